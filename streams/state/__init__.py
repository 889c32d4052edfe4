"""State of the claim stage: one store a partition, a changelog in the same transaction, recovery from it."""

from streams.state.keeper import StateKeeper

__all__ = ["StateKeeper"]
