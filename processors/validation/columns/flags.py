"""Many yes-or-no facts in one number: a bit each, told apart again as boolean columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, partial

import numpy as np

from processors.validation.columns.definition import Integers
from processors.validation.columns.made import FlagColumn, Flags

__all__ = ["Bits", "Flags", "at", "booleans", "has"]


_MOST = 63
"""An int64 has 63 bits beside its sign."""


class Bits:
    """A bit for each of up to 63 names.

    Args:
        names: The names; the place of each is its bit.
    """

    def __init__(self, names: Sequence[str]) -> None:
        if len(names) > _MOST:
            msg = f"{len(names)} names have no bits of their own in one number, only {_MOST} have"
            raise ValueError(msg)
        self._bit = {name: 1 << place for place, name in enumerate(names)}
        self._together = cache(lambda some: sum(self._bit[name] for name in set(some)))

    def of(self, *names: str) -> int:
        """Return the number with the bits of these names."""
        return self._together(names)

    def table(self, size: int, members: Iterable[tuple[str, Integers]]) -> Integers:
        """Return, for the numbers up to and with `size`, the bits of the names they are members of."""
        table = np.zeros(size + 1, dtype=np.int64)
        for name, numbers in members:
            table[numbers[numbers < size]] |= self._bit[name]
        return table


def has(bits: Integers, wanted: int) -> Flags:
    """Return where any of the wanted bits is set."""
    flags: Flags = (bits & wanted) != 0
    return flags


def booleans(bits: Integers, wanted: dict[str, int]) -> list[FlagColumn]:
    """Return a boolean column for each name: whether any of its bits is set."""
    somewhere = int(np.bitwise_or.reduce(bits)) if len(bits) else 0
    return [
        FlagColumn(name, partial(has, bits, mask), bool(somewhere & mask), bits, mask) for name, mask in wanted.items()
    ]


def at(positions: Integers, values: np.ndarray, size: int, otherwise: object) -> np.ndarray:
    """Return an array of one size with values at positions and one other value everywhere else."""
    full = np.full(size, otherwise, dtype=values.dtype)
    full[positions] = values
    return full
