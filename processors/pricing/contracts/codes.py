"""Codes as numbers that sort as the codes do, so that lists and ranges of codes are found by whole columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.pricing.arrays import Mask

LONGEST_CODE = 8
"""Letters and digits that fit into the number; no code of the claim formats is longer."""

_FORM = np.uint64(0x6060606060606060)
"""The bits of a number that tell, place by place, a digit from a letter and from nothing."""

Numbers = NDArray[np.uint64]


def number(code: str) -> int:
    """Return a code as a number; of two codes, the one that sorts first has the smaller number."""
    return int.from_bytes(code.encode().ljust(LONGEST_CODE, b"\0"), "big")


def numbered(column: str) -> pl.Expr:
    """Return a column of codes as such numbers; 0 for null and for what is too long to be a code."""
    eight_bytes = pl.col(column).str.pad_end(LONGEST_CODE, "\0").cast(pl.Binary)
    return eight_bytes.bin.reinterpret(dtype=pl.UInt64, endianness="big").fill_null(0).alias(column)


def form(code: int) -> int:
    """Return where a numbered code has digits, letters and nothing."""
    return code & int(_FORM)


@dataclass(frozen=True, eq=False)  # arrays have no equality
class CodeSet:
    """Codes and ranges of codes.

    A range holds the codes of its own form only: 00100-01999 are anesthesia codes and not 0042T, which sorts
    between them.

    Attributes:
        bounds: For each form, the first and the last codes of its ranges, ascending, without overlaps.
    """

    bounds: tuple[tuple[np.uint64, Numbers, Numbers], ...]

    @classmethod
    def of(cls, ranges: Iterable[tuple[str, str]]) -> Self:
        """Return the set of these ranges, both ends belonging to them; both must have the same form."""
        merged: dict[int, list[list[int]]] = {}
        for first, last in sorted((number(first), number(last)) for first, last in ranges):
            same_form = merged.setdefault(form(first), [])
            if same_form and first <= same_form[-1][1]:
                same_form[-1][1] = max(same_form[-1][1], last)
            else:
                same_form.append([first, last])
        pairs = {key: np.array(found, dtype=np.uint64) for key, found in merged.items()}
        return cls(tuple((np.uint64(key), pair[:, 0].copy(), pair[:, 1].copy()) for key, pair in pairs.items()))

    def holds(self, codes: Numbers) -> Mask:
        """Return which codes are in the set."""
        forms = codes & _FORM
        held = np.zeros(len(codes), dtype=bool)
        for key, first, last in self.bounds:
            place = np.searchsorted(first, codes, side="right") - 1
            held |= (forms == key) & (place >= 0) & (codes <= last[place])
        return held
