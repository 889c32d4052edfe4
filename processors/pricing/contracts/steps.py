"""Price steps of many lines at once: lists of steps taken apart, put together anew, never line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
import pyarrow as pa

from processors.pricing.arrays import NONE, Integers
from processors.pricing.steps import step_lists


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Steps:
    """Steps, one below the other.

    Attributes:
        name: What was done.
        factor_e4: What the amount before was multiplied by; NONE where the step sets an amount.
        amount_cents: Amount after the step.
    """

    name: pl.Series
    factor_e4: Integers
    amount_cents: Integers

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Return several columns of steps as one."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            pl.concat([part.name for part in parts], rechunk=True),  # looking up in one piece is far faster
            np.concatenate([part.factor_e4 for part in parts]),
            np.concatenate([part.amount_cents for part in parts]),
        )

    def take(self, places: Integers) -> Steps:
        """Return the steps at these places."""
        return Steps(self.name[places], self.factor_e4[places], self.amount_cents[places])

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.amount_cents)


@dataclass(frozen=True, eq=False)  # arrays have no equality
class StepLists:
    """A column of price steps: all steps, and where each line's steps are.

    Attributes:
        steps: The steps.
        start: First step of every line.
        count: Number of steps of every line.
    """

    steps: Steps
    start: Integers
    count: Integers

    @classmethod
    def of(cls, column: pl.Series) -> Self:
        """Take a column of price steps without nulls apart."""
        lists = column.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
        offsets = lists.offsets.to_numpy()
        values = lists.values
        name = pl.Series("step", values.field("step"), dtype=pl.String)
        steps = Steps(name, _integers(values.field("factor_e4")), _integers(values.field("amount_cents")))
        return cls(steps, offsets[:-1], np.diff(offsets))

    def last_amounts(self) -> Integers:
        """Return the amount after the last step of every line; 0 for a line without steps."""
        last = np.where(self.count > 0, self.start + self.count - 1, -1)
        return np.append(self.steps.amount_cents, 0)[last]

    def column(self) -> pl.Series:
        """Return the column of lists again."""
        offsets = np.concatenate([[0], np.cumsum(self.count)])
        steps = self.steps
        if offsets[-1] != len(steps) or (self.start != offsets[:-1]).any():
            steps = steps.take(_ranges(self.start, self.count))
        return step_lists(offsets, steps.name, steps.factor_e4, steps.amount_cents)


def joined(before: StepLists, after: StepLists) -> StepLists:
    """Return for every line its steps of one column and then those of another."""
    count = before.count + after.count
    # Two ranges a line, one after the other, are put in order at once.
    starts = np.column_stack([before.start, after.start + len(before.steps)]).ravel()
    source = _ranges(starts, np.column_stack([before.count, after.count]).ravel())
    return StepLists(Steps.together([before.steps, after.steps]).take(source), np.cumsum(count) - count, count)


def _integers(column: pa.Array) -> Integers:
    """Return integers, NONE for null."""
    integers: Integers = (column.fill_null(NONE) if column.null_count else column).to_numpy()
    return integers


def _ranges(start: Integers, count: Integers) -> Integers:
    """Return the numbers start, start + 1, ... of every range, `count` of them, one range after the other."""
    shift = start - (np.cumsum(count) - count)
    ranges: Integers = np.arange(int(count.sum()), dtype=np.int64) + np.repeat(shift, count)
    return ranges


class StepLog:
    """Steps as they happen: each call appends one step to some lines."""

    def __init__(self, lines: int) -> None:
        self._labels: list[str] = []
        self._entries: list[tuple[int, Integers, Integers | int, Integers]] = []
        self._rank: list[Integers] = []
        self._count = np.zeros(lines, dtype=np.int64)

    def add(self, label: str, at: Integers, amount: Integers, factor_e4: Integers | int | None = None) -> None:
        """Append a step.

        Args:
            label: Name of the step.
            at: Positions of the lines, each once.
            amount: Their amounts after the step, cents.
            factor_e4: What the amounts before were multiplied by; None where the step sets an amount.
        """
        self._labels.append(label)
        self._rank.append(self._count[at])
        self._count[at] += 1
        self._entries.append((len(self._labels) - 1, at, NONE if factor_e4 is None else factor_e4, amount))

    def lists(self) -> StepLists:
        """Return what was logged, line by line."""
        start = np.cumsum(self._count) - self._count
        total = int(self._count.sum())
        label, factor, amount = (np.empty(total, dtype=np.int64) for _ in range(3))
        for (number, at, factors, amounts), rank in zip(self._entries, self._rank, strict=True):
            place = start[at] + rank
            label[place], factor[place], amount[place] = number, factors, amounts
        names = pl.Series(self._labels, dtype=pl.String)[label]
        return StepLists(Steps(names, factor, amount), start, self._count)
