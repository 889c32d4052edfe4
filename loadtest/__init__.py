"""Benchmarks: the load generator and the measurement of a whole run."""
