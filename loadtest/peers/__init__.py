"""Peers on the same work: the same claims, rules, model and broker, each engine in its own idiom."""
