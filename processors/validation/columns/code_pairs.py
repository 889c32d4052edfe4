"""Pairs of lines whose codes a table names together, found by integer keys.

A table of pairs can have more than a million rows. Whether it has a pair is first asked of a bitmap that is
right for every pair it has and wrong for few others; only what passes is searched in the sorted keys.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from processors.validation.columns.definition import Integers
from processors.validation.columns.flags import Flags
from processors.validation.columns.forms import PROCEDURE

_RADIX = PROCEDURE.size + 1
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: spreads neighbouring keys
_PAIRS_AT_ONCE = 2**20


def keys_of(first: Integers, second: Integers) -> Integers:
    """Return the key of every pair of code numbers."""
    return first * _RADIX + second


class PairTable:
    """Pairs of codes that can be asked for fast.

    Args:
        first: Number of the first code of every pair.
        second: Number of the second code.
    """

    def __init__(self, first: Integers, second: Integers) -> None:
        keys = keys_of(first, second)
        self.order = np.argsort(keys, kind="stable")
        self._keys = keys[self.order]
        self._is_first, self._is_second = (_members(numbers) for numbers in (first, second))
        self._shift = np.uint64(64 - max(12, int(len(keys) * 16).bit_length()))
        self._bitmap = np.zeros(2 ** (64 - int(self._shift)) // 8, dtype=np.uint8)
        places = self._place(self._keys)
        np.bitwise_or.at(self._bitmap, places >> 3, _bit(places))

    def find(self, group: Integers, number: Integers, wanted: Flags) -> tuple[Integers, Integers, Integers]:
        """Return the pairs of different lines of one group that the table has.

        Args:
            group: Group of every line.
            number: Number of the code of every line.
            wanted: The lines to look at.

        Returns:
            Position of the line with the first code, of the line with the second code, and the row of the pair
            in the arrays that the table was made of.
        """
        first, second = self._is_first.take(number) & wanted, self._is_second.take(number) & wanted
        lines = np.flatnonzero(first | second)
        if not len(lines):
            return lines, lines, lines
        if np.any(group[lines[1:]] < group[lines[:-1]]):
            lines = lines[np.argsort(group[lines], kind="stable")]
        found = [self._known(number, left, right) for left, right in _pairs(lines, group[lines], first)]
        left, right, row = (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else (lines[:0],) * 3
        return left, right, row

    def _known(self, number: Integers, left: Integers, right: Integers) -> tuple[Integers, Integers, Integers]:
        key = keys_of(number[left], number[right])
        place = self._place(key)
        likely = np.flatnonzero(self._bitmap[place >> 3] & _bit(place))
        row = np.searchsorted(self._keys, key[likely])
        is_there = self._keys[np.minimum(row, len(self._keys) - 1)] == key[likely]
        likely = likely[is_there]
        return left[likely], right[likely], self.order[row[is_there]]

    def _place(self, keys: Integers) -> Integers:
        return (keys.astype(np.uint64) * _MIXER >> self._shift).astype(np.int64)


def _members(numbers: Integers) -> Flags:
    members = np.zeros(_RADIX, dtype=bool)
    members[numbers] = True
    members[PROCEDURE.size] = False
    return members


def _bit(place: Integers) -> np.ndarray:
    return (1 << (place & 7)).astype(np.uint8)


def _pairs(lines: Integers, group: Integers, first: Flags) -> Iterator[tuple[Integers, Integers]]:
    """Yield the pairs of lines of a group, of which the left one can be a first code, some at a time.

    A line is paired with itself as well: no table names a code together with itself.

    Args:
        lines: Positions of the lines, by group.
        group: Group of each of them.
        first: For every line of the batch, whether its code is the first of any pair.
    """
    is_new = np.concatenate([[True], group[1:] != group[:-1]])
    start = np.flatnonzero(is_new)
    size = np.diff(np.append(start, len(lines)))
    of_group = is_new.cumsum() - 1
    left = np.flatnonzero(first[lines] & (size[of_group] > 1))
    partners = size[of_group[left]]
    ends = partners.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    for chunk in np.split(
        np.arange(len(left)), np.searchsorted(ends, np.arange(_PAIRS_AT_ONCE, total, _PAIRS_AT_ONCE))
    ):
        times = partners[chunk]
        mine = np.repeat(left[chunk], times)
        within = np.arange(len(mine)) - np.repeat(times.cumsum() - times, times)
        other = start[of_group[mine]] + within
        yield lines[mine], lines[other]
