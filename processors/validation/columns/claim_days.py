"""Lines of one claim and day: what they have in common, and which of them repeat a code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.validation.columns.arrays import NO_DAY, code_numbers, line_arrays
from processors.validation.columns.definition import Inputs, Integers
from processors.validation.columns.flags import Flags
from processors.validation.columns.forms import PROCEDURE


@dataclass(frozen=True, eq=False)
class Groups:
    """Lines by group.

    Attributes:
        group: Number of the group of every line.
        count: Number of groups.
    """

    group: Integers
    count: int

    def some(self, flags: Flags) -> Flags:
        """Return, for every line, whether any line of its group has the flag."""
        hit = np.zeros(self.count, dtype=bool)
        hit[self.group[flags]] = True
        return hit[self.group]

    def number_of(self, flags: Flags) -> Integers:
        """Return, for every line, how many lines of its group have the flag."""
        return np.bincount(self.group[flags], minlength=self.count)[self.group]

    def total(self, values: np.ndarray) -> np.ndarray:
        """Return, for every line, the sum of a value over its group."""
        return np.bincount(self.group, weights=values, minlength=self.count)[self.group]


def grouped(key: Integers) -> Groups:
    """Return the lines by key."""
    rises = key[1:] != key[:-1]
    if np.all(key[1:] >= key[:-1]):  # as lines usually come
        group = np.concatenate([np.zeros(min(len(key), 1), dtype=np.int64), rises.cumsum()])
        return Groups(group, int(group[-1]) + 1 if len(group) else 0)
    values, group = np.unique(key, return_inverse=True)
    return Groups(group, len(values))


def day_numbers(inputs: Inputs) -> Integers:
    """Return the service day of every line in days since 1970; NO_DAY when there is none."""
    own = inputs.once(line_arrays)["day"]
    missing = own == NO_DAY
    if not missing.any():
        return own
    of_claim = inputs.claim_day.to_physical().fill_null(NO_DAY).to_numpy().astype(np.int64)
    return np.where(missing, of_claim[inputs.row], own)


def claims_of_lines(inputs: Inputs) -> Groups:
    """Return the lines by claim."""
    return Groups(inputs.row, inputs.size)


def claim_days(inputs: Inputs) -> Groups:
    """Return the lines by claim and service day."""
    return grouped(inputs.row * 2**32 + (inputs.once(day_numbers) - NO_DAY))


@dataclass(frozen=True, eq=False)
class Repeats:
    """Lines that repeat the code of another line of their claim and day.

    Attributes:
        positions: The lines among all, the first of a code as well.
        same: These lines by claim, day and code.
        first: Whether each is the first of its group.
    """

    positions: Integers
    same: Groups
    first: Flags


_MOST_BUCKETS = 2**16


def repeats(inputs: Inputs) -> Repeats:
    """Return the lines that share claim, day and code with another."""
    number = inputs.once(code_numbers)
    key = inputs.once(claim_days).group * (PROCEDURE.size + 1) + number
    # Most keys stand alone: a rough count sets those aside, so that few have to be sorted.
    buckets = min(_MOST_BUCKETS, 1 << (16 * len(key)).bit_length())
    bucket = (key * 0x9E3779B1 >> 8) % buckets
    candidates = np.flatnonzero((np.bincount(bucket, minlength=buckets)[bucket] > 1) & (number < PROCEDURE.size))
    _, group, times = np.unique(key[candidates], return_inverse=True, return_counts=True)
    repeated = times[group] > 1
    positions = candidates[repeated]
    _, first, same = np.unique(group[repeated], return_index=True, return_inverse=True)
    is_first = np.zeros(len(positions), dtype=bool)
    is_first[first] = True
    return Repeats(positions, Groups(same, len(first)), is_first)
