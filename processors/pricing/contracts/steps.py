"""Price steps of many lines at once: lists of steps taken apart, put together anew, never line by line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from processors.pricing.arrays import NONE, Integers
from processors.pricing.steps import step_lists

_FIELDS = ["step", "factor_e4", "amount_cents"]


@dataclass(frozen=True, eq=False)  # frames have no equality
class StepLists:
    """A column of price steps: all steps below each other, and where each line's steps are.

    Attributes:
        steps: Columns step, factor_e4 (NONE where a step sets an amount) and amount_cents.
        start: First step of every line.
        count: Number of steps of every line.
    """

    steps: pl.DataFrame
    start: Integers
    count: Integers

    @classmethod
    def of(cls, column: pl.Series) -> Self:
        """Take a column of price steps apart."""
        count = column.list.len().fill_null(0).to_numpy().astype(np.int64)
        steps = column.explode(empty_as_null=False, keep_nulls=False).struct.unnest().select(_FIELDS)
        steps = steps.with_columns(steps["factor_e4"].fill_null(NONE))
        return cls(steps, np.cumsum(count) - count, count)

    @cached_property
    def amounts(self) -> Integers:
        """Amount after every step, cents."""
        amounts: Integers = self.steps["amount_cents"].to_numpy()
        return amounts

    def last_amounts(self) -> Integers:
        """Return the amount after the last step of every line; 0 for a line without steps."""
        return np.append(self.amounts, 0)[np.where(self.count > 0, self.start + self.count - 1, -1)]

    def column(self) -> pl.Series:
        """Return the column of lists again."""
        offsets = np.concatenate([[0], np.cumsum(self.count)])
        steps = self.steps
        if offsets[-1] != steps.height or (self.start != offsets[:-1]).any():
            steps = steps[_ranges(self.start, self.count)]
        return step_lists(offsets, steps["step"], steps["factor_e4"].to_numpy(), steps["amount_cents"].to_numpy())


def joined(before: StepLists, after: StepLists) -> StepLists:
    """Return for every line its steps of one column and then those of another."""
    count = before.count + after.count
    source = np.empty(int(count.sum()), dtype=np.int64)
    start = np.cumsum(count) - count
    source[_ranges(start, before.count)] = _ranges(before.start, before.count)
    source[_ranges(start + before.count, after.count)] = _ranges(after.start, after.count) + before.steps.height
    return StepLists(pl.concat([before.steps, after.steps], rechunk=True)[source], start, count)


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
        steps = pl.DataFrame(
            {
                "step": pl.Series(self._labels, dtype=pl.String).gather(label),
                "factor_e4": pl.Series(factor),
                "amount_cents": pl.Series(amount),
            }
        )
        return StepLists(steps, start, self._count)
