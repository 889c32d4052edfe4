"""Conditions on the facts of a lineage, as they stand in config/workqueues.yaml."""

from __future__ import annotations

from collections.abc import Mapping
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


def holds(condition: Condition, value: Any) -> bool:
    """Return whether a value fulfils a condition."""
    if isinstance(condition, Above | Has):
        return condition.holds(value)
    if isinstance(condition, bool):
        return value is condition
    if condition == "given":
        return value is not None
    return value in condition if isinstance(condition, list) else value == condition


def all_hold(conditions: Mapping[str, Condition], facts: Mapping[str, Any]) -> bool:
    """Return whether the facts fulfil every condition."""
    return all(holds(condition, facts.get(field)) for field, condition in conditions.items())
