"""Conditions on the facts of a lineage, as they stand in config/workqueues.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import eq
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictStr

from processors.config_file import Settings


class Above(Settings):
    """The field is a number above this one; a missing field is zero."""

    above: float

    def holds(self, value: Any) -> bool:
        """Return whether a value fulfils it."""
        return (value or 0) > self.above


class Has(Settings):
    """The field is a list with at least one of these entries."""

    has: Annotated[list[str], Field(min_length=1)]

    def holds(self, value: Any) -> bool:
        """Return whether a value fulfils it."""
        return bool(set(value or ()) & set(self.has))


Condition = Above | Has | StrictBool | Literal["given"] | StrictStr | list[str]
"""Above, Has, a flag (missing is neither), `given` (not missing), a text, or one of several texts."""


Test = Callable[[Any], bool]
Tests = Sequence[tuple[str, Test]]
"""Tests of fields."""


def test_of(condition: Condition) -> Test:
    """Return the test of a value that a condition stands for."""
    if isinstance(condition, Above | Has):
        return condition.holds
    if isinstance(condition, bool):
        return lambda value: value is condition
    if condition == "given":
        return lambda value: value is not None
    return condition.__contains__ if isinstance(condition, list) else partial(eq, condition)


def tests_of(conditions: Mapping[str, Condition]) -> Tests:
    """Return the tests of all conditions, by field."""
    return [(field, test_of(condition)) for field, condition in conditions.items()]


def all_hold(tests: Tests, facts: Mapping[str, Any]) -> bool:
    """Return whether the facts pass every test; a missing field is None."""
    for field, test in tests:  # noqa: SIM110 - all() of a generator takes three times as long, at every fact
        if not test(facts.get(field)):
            return False
    return True
