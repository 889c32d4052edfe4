"""Routing: what happens to a claim next, in which queue it waits, and in which order people work it."""

from processors.routing.decide import decide
from processors.routing.policy import Policy, PolicyError

__all__ = ["Policy", "PolicyError", "decide"]
