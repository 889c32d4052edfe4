"""Fuzzing: what reads bytes from outside answers all of them, and tells nothing of them."""
