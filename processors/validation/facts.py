"""Facts: what a column of a batch holds at all, so that rules which cannot be true of it need not be asked."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from processors.validation.columns.made import ArrayColumn, FlagColumn, Made

_FEW = 512
"""Rows up to which the values of a text column are told apart: beyond, that costs more than the rules it saves."""

_MANY = 8_192
"""Rows up to which a pattern is better matched against the different values of a column than against each."""

Value = Any
_HOLDS: dict[str, Callable[[Value, Value], bool]] = {
    "Gt": operator.gt,
    "GtEq": operator.ge,
    "Lt": operator.lt,
    "LtEq": operator.le,
    "Eq": operator.eq,
    "NotEq": operator.ne,
}
COMPARISONS = frozenset(_HOLDS)


class Fact(NamedTuple):
    """What a column can hold; each is at least as wide as what it does hold.

    Attributes:
        some_true: A value may be true.
        some_false: A value may be false.
        some_null: A value may be missing.
        some_value: A value may be there.
        bounds: Lowest and highest value; null when they are not known.
        values: Every value; null when they are not known.
    """

    some_true: bool = True
    some_false: bool = True
    some_null: bool = True
    some_value: bool = True
    bounds: tuple[Value, Value] | None = None
    values: frozenset[str] | None = None

    def may(self, comparison: str, literal: Value) -> bool:
        """Return whether a value may compare so with a literal of the column's type."""
        if not self.some_value:
            return False
        if self.values is not None:
            return any(_HOLDS[comparison](value, literal) for value in self.values)
        return self.bounds is None or may_compare(comparison, self.bounds, (literal, literal))

    def may_be_in(self, listed: frozenset[Value]) -> bool:
        """Return whether a value may be one of a list."""
        if self.values is not None:
            return not self.values.isdisjoint(listed)
        return self.some_value and (self.bounds is None or any(self.may("Eq", value) for value in listed))

    def may_be_outside(self, listed: frozenset[Value]) -> bool:
        """Return whether a value may be none of a list."""
        if self.values is not None:
            return not self.values <= listed
        return self.some_value and (
            self.bounds is None or self.bounds[0] != self.bounds[1] or self.bounds[0] not in listed
        )


UNKNOWN = Fact()


def may_compare(comparison: str, left: tuple[Value, Value], right: tuple[Value, Value]) -> bool:
    """Return whether a value within the left bounds may compare so with one within the right bounds."""
    if comparison == "Eq":
        return may_compare("LtEq", left, right) and may_compare("GtEq", left, right)
    if comparison == "NotEq":
        return not left[0] == left[1] == right[0] == right[1]
    upward = comparison.startswith("Gt")
    return _HOLDS[comparison](left[upward], right[not upward])


class Facts(dict[str, Fact]):
    """Facts of the columns of a level by name, found out when first asked; UNKNOWN while a column is not made.

    Args:
        find: Returns a column, or its facts where they are known elsewhere; null while it is not made.
    """

    def __init__(self, find: Callable[[str], Made | Fact | None]) -> None:
        super().__init__()
        self._find = find
        self._unmade: list[str] = []

    def __missing__(self, name: str) -> Fact:
        column = self._find(name)
        if column is None or column is UNKNOWN:
            self._unmade.append(name)
            found = UNKNOWN
        else:
            found = column if isinstance(column, Fact) else fact_of(column)
        self[name] = found
        return found

    def texts(self, name: str) -> frozenset[str] | None:
        """Return the values of a text column, told apart for this question if need be; null when they are too many."""
        fact = self[name]
        column = self._find(name) if fact.values is None else None
        if isinstance(column, pl.Series) and column.dtype == pl.String and len(column) <= _MANY:
            found = column.unique()
            if len(found) <= _FEW:
                self[name] = fact = fact._replace(values=frozenset(found.to_list()) - {None})
        return fact.values

    def renew(self) -> None:
        """Ask again for what was not made so far."""
        for name in self._unmade:
            del self[name]
        self._unmade.clear()


def fact_of(column: Made) -> Fact:
    """Return what a column holds."""
    if isinstance(column, FlagColumn):
        return Fact(some_true=column.possible, some_null=False)
    if isinstance(column, ArrayColumn):
        return _of_array(column.values)
    missing = column.null_count()
    some_null, some_value = missing > 0, missing < len(column)
    if not some_value:
        return _NOTHING if some_null else _NO_ROWS
    find = _KINDS.get(type(column.dtype))
    return Fact(some_null=some_null) if find is None else find(column, some_null)


_NOTHING = Fact(some_true=False, some_false=False, some_value=False)
_NO_ROWS = Fact(some_true=False, some_false=False, some_null=False, some_value=False)


def _of_array(values: np.ndarray) -> Fact:
    if not len(values):
        return _NO_ROWS
    if values.dtype.kind == "b":
        return Fact(some_true=bool(values.any()), some_null=False)
    lowest, highest = values.min().item(), values.max().item()
    return Fact(some_null=False, bounds=(lowest, highest) if lowest == lowest else None)  # noqa: PLR0124  # NaN


def _of_flags(column: pl.Series, some_null: bool) -> Fact:
    return Fact(column.any(), not column.all(), some_null)


def _of_numbers(column: pl.Series, some_null: bool) -> Fact:
    return Fact(some_null=some_null, bounds=(column.min(), column.max()))


def _of_texts(column: pl.Series, some_null: bool) -> Fact:
    few = frozenset(column.to_list()) - {None} if len(column) <= _FEW else None
    return Fact(some_null=some_null, values=few)


_INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)
_KINDS: dict[type[pl.DataType], Callable[[pl.Series, bool], Fact]] = {
    pl.Boolean: _of_flags,
    **dict.fromkeys((*_INTEGERS, pl.Date), _of_numbers),
    **dict.fromkeys((pl.String, pl.Enum), _of_texts),
}
"""How the facts of a column are found, by its type; of floats that may be no numbers nothing is known."""
