"""The small language the features are written in: formulas over the columns of a claim.

Values are float64 with NaN for "not known"; a truth is 1, 0 or NaN and follows three-valued logic, so that
a missing source never reads as a no. A formula is built once and then run by numpy on every batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from processors.features.coded import Coded
from processors.features.columns import Flags, Numbers


class Columns(Protocol):
    """What formulas read: columns by name, one value a claim."""

    def number(self, name: str) -> Numbers:
        """Return a column of numbers, truths or days, NaN for null."""

    def text(self, name: str) -> Coded:
        """Return a column of codes."""

    def given(self, name: str) -> Flags:
        """Tell where a column is not null."""


@dataclass(frozen=True)
class Formula:
    """A number or truth computed for every claim.

    Attributes:
        run: Computes the values, one a claim.
    """

    run: Callable[[Columns], Numbers]

    def __gt__(self, bound: float) -> Formula:
        """Truth of being greater."""
        return _truth(self, lambda values: values > bound)

    def __ge__(self, bound: float) -> Formula:
        """Truth of being at least."""
        return _truth(self, lambda values: values >= bound)

    def __lt__(self, bound: float) -> Formula:
        """Truth of being less."""
        return _truth(self, lambda values: values < bound)

    def equals(self, value: float) -> Formula:
        """Truth of being equal."""
        return _truth(self, lambda values: values == value)

    def differs(self, other: Formula) -> Formula:
        """Truth of not being equal; known where this formula is."""
        return Formula(lambda columns: _known_of(self.run(columns), other.run(columns)))

    def __and__(self, other: Formula) -> Formula:
        """False when one is false, else true when both are known."""
        return Formula(lambda columns: _both(self.run(columns), other.run(columns)))

    def __or__(self, other: Formula) -> Formula:
        """True when one is true, else false when both are known."""
        return Formula(lambda columns: _either(self.run(columns), other.run(columns)))

    def __invert__(self) -> Formula:
        """The opposite truth."""
        return Formula(lambda columns: 1.0 - self.run(columns))

    def __add__(self, other: Formula) -> Formula:
        """Sum."""
        return Formula(lambda columns: self.run(columns) + other.run(columns))

    def __truediv__(self, other: Formula | float) -> Formula:
        """Quotient in double precision."""
        if isinstance(other, Formula):
            return Formula(lambda columns: self.run(columns) / other.run(columns))
        return Formula(lambda columns: self.run(columns) / other)

    def missing(self) -> Formula:
        """Truth of not being known."""
        return Formula(lambda columns: np.isnan(self.run(columns)).astype(np.float64))

    def or_else(self, value: float) -> Formula:
        """The value where it is known, this one elsewhere."""
        return Formula(lambda columns: _filled(self.run(columns), value))

    def where(self, condition: Formula, otherwise: float = np.nan) -> Formula:
        """The value where the condition is true, the other one where it is false or not known."""
        return Formula(lambda columns: np.where(condition.run(columns) == 1, self.run(columns), otherwise))


def col(name: str) -> Formula:
    """Return the formula that reads a column."""
    return Formula(lambda columns: columns.number(name))


@dataclass(frozen=True)
class Text:
    """A column of codes."""

    name: str

    def one_of(self, *values: str) -> Formula:
        """Truth of holding one of these values."""
        return self._asked(lambda value: value in values)

    def none_of(self, *values: str) -> Formula:
        """Truth of holding another value."""
        return ~self.one_of(*values)

    def starts_with(self, prefix: str) -> Formula:
        """Truth of beginning so."""
        return self._asked(lambda value: value.startswith(prefix))

    def given(self) -> Formula:
        """Truth of being there; always known."""
        return Formula(lambda columns: columns.given(self.name).astype(np.float64))

    def _asked(self, question: Callable[[str], bool]) -> Formula:
        def run(columns: Columns) -> Numbers:
            coded = columns.text(self.name)
            return coded.answer([question(value) for value in coded.values])

        return Formula(run)


@dataclass
class Asked:
    """Listens to formulas: the columns they read, found by running them over no claims.

    Attributes:
        numbers: Names of the columns of numbers.
        texts: Names of the columns of codes.
        givens: Names of the columns that are asked for where they are null.
    """

    numbers: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    givens: set[str] = field(default_factory=set)

    def number(self, name: str) -> Numbers:
        """Note a column of numbers."""
        self.numbers.add(name)
        return np.zeros(0)

    def text(self, name: str) -> Coded:
        """Note a column of codes."""
        self.texts.add(name)
        return Coded([], np.zeros(0, dtype=np.int64))

    def given(self, name: str) -> Flags:
        """Note a column whose nulls matter."""
        self.givens.add(name)
        return np.zeros(0, dtype=bool)


def text(name: str) -> Text:
    """Return a column of codes to ask about."""
    return Text(name)


def _truth(formula: Formula, question: Callable[[Numbers], npt.NDArray[np.bool_]]) -> Formula:
    def run(columns: Columns) -> Numbers:
        values = formula.run(columns)
        return np.where(np.isnan(values), np.nan, question(values))

    return Formula(run)


def _known_of(first: Numbers, second: Numbers) -> Numbers:
    return np.where(np.isnan(first), np.nan, first != second)


def _both(first: Numbers, second: Numbers) -> Numbers:
    return np.where((first == 0) | (second == 0), 0.0, first * second)


def _either(first: Numbers, second: Numbers) -> Numbers:
    return np.where((first == 1) | (second == 1), 1.0, first + second)


def _filled(values: Numbers, value: float) -> Numbers:
    return np.where(np.isnan(values), value, values)
