"""Pairs of rows with equal keys, found by sorting: what a join would give, on bare arrays."""

from __future__ import annotations

import numpy as np

from processors.history.entry import Hashes, Integers


def pairs(left: Hashes, right: Hashes) -> tuple[Integers, Integers]:
    """Return the positions of every pair of equal keys, ordered by the left position."""
    if not len(left) or not len(right):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    left_kept, right_kept = _perhaps_in(left, right), _perhaps_in(right, left)
    left, right = left[left_kept], right[right_kept]
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    first = np.searchsorted(ordered, left, side="left")
    counts = np.searchsorted(ordered, left, side="right") - first
    total = int(counts.sum())
    left_position = np.repeat(left_kept, counts)
    within = np.arange(total) - np.repeat(counts.cumsum() - counts, counts)
    return left_position, right_kept[order[np.repeat(first, counts) + within]]


_BITS = 17
_LOW = np.uint64((1 << _BITS) - 1)
_FEW = 2_000
"""Keys that are sorted faster than a table of all their low bits is cleared."""


def _perhaps_in(keys: Hashes, others: Hashes) -> Integers:
    """Return the positions of keys that may be among others: all that are, few more; saves sorting the rest."""
    if len(keys) + len(others) < _FEW:
        return np.arange(len(keys))
    seen = np.zeros(1 << _BITS, dtype=bool)
    seen[(others & _LOW).astype(np.int64)] = True
    return np.flatnonzero(seen[(keys & _LOW).astype(np.int64)])


def first_of(groups: Integers, places: Integers, size: int) -> Integers:
    """Return for each group the position of its member with the lowest place; -1 for a group without members.

    Args:
        groups: Group of each member, 0 to size - 1.
        places: What the members are compared by.
        size: Number of groups.
    """
    first = np.full(size, -1, dtype=np.int64)
    backwards = np.argsort(places, kind="stable")[::-1]
    first[groups[backwards]] = backwards  # the lowest is written last and stays
    return first
