"""Short codes of a fixed form as numbers: a text is read once a batch, everything after compares integers.

A code of fixed length is a number in mixed radix: every place of it a digit, or a digit or letter. Facts of
codes then stand in arrays indexed by that number. Looking texts up in a dictionary of thousands of codes costs a
batch ten times more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.validation.columns.definition import Integers
from processors.validation.columns.fields import Field

_DIGIT, _LETTER_OR_DIGIT = 10, 36
_NO_BYTE = 10**7
"""What a byte that a place does not allow adds: more than any code."""


@dataclass(frozen=True)
class Form:
    """The form of a code: for every place, how many characters it allows (10 digits, or 36 digits and capitals).

    Attributes:
        radices: Characters allowed, place by place.
    """

    radices: tuple[int, ...]

    @cached_property
    def size(self) -> int:
        """How many codes there can be; as a number it stands for a text that is none."""
        return int(np.prod(self.radices))

    def numbers(self, texts: pl.Series) -> Integers:
        """Return the number of every text; `size` for null and for a text without this form."""
        if texts.null_count() == texts.len():
            return np.full(texts.len(), self.size, dtype=np.int64)
        return self.numbers_in(texts.to_frame().select(self.joined(texts.name)).item())

    def joined(self, name: str) -> pl.Expr:
        """Return the texts of a column one behind the other; a text of another length is as many question marks."""
        width, text = len(self.radices), pl.col(name)
        return pl.when(text.str.len_bytes() == width).then(text).fill_null("?" * width).str.join("").alias(name)

    def numbers_in(self, joined: str) -> Integers:
        """Return the numbers of texts that `joined` has joined."""
        places = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(-1, len(self.radices))
        number = self._worth[0].take(places[:, 0])
        for place in range(1, len(self.radices)):
            number += self._worth[place].take(places[:, place])
        return np.minimum(number, self.size)

    def number(self, code: str) -> int:
        """Return the number of one code of this form."""
        return int(self.numbers(pl.Series([code]))[0])

    def numbers_of(self, codes: Iterable[str]) -> Integers:
        """Return the numbers of codes of this form."""
        return self.numbers(pl.Series(list(codes), dtype=pl.String))

    @cached_property
    def worth(self) -> NDArray[np.int64]:
        """What every byte adds to the number: a row a place, a column a byte."""
        return np.stack(self._worth)

    def of(self, field: Field) -> Integers:
        """Return the number of every value of a field; `size` for null and for a text without this form."""
        return field.codes(self.worth, self.size)

    @cached_property
    def _worth(self) -> tuple[Integers, ...]:
        """What every byte adds to the number, place by place."""
        worth = []
        for place, radix in enumerate(self.radices):
            step = int(np.prod(self.radices[place + 1 :], dtype=np.int64))
            adds = np.full(256, _NO_BYTE, dtype=np.int64)
            adds[ord("0") : ord("0") + _DIGIT] = np.arange(_DIGIT) * step
            if radix == _LETTER_OR_DIGIT:
                adds[ord("A") : ord("A") + radix - _DIGIT] = np.arange(_DIGIT, radix) * step
            worth.append(adds)
        return tuple(worth)


PROCEDURE = Form((_LETTER_OR_DIGIT, _DIGIT, _DIGIT, _DIGIT, _LETTER_OR_DIGIT))
"""CPT, HCPCS level II and dental codes: 99213, J1100, 0001F, D2391."""

TWO = Form((_LETTER_OR_DIGIT, _LETTER_OR_DIGIT))
"""Modifiers, and condition, occurrence and value codes."""

TWO_DIGITS = Form((_DIGIT, _DIGIT))
"""Places of service and patient status codes."""

BILL_TYPE = Form((_DIGIT, _DIGIT, _DIGIT, _LETTER_OR_DIGIT))
"""Types of bill with their leading zero; their first three digits are the number divided by 36."""

REVENUE = Form((_DIGIT, _DIGIT, _DIGIT, _DIGIT))
"""Revenue codes; their group is the number divided by 10."""


def expand(ranges: str) -> list[str]:
    """Return the codes of ranges as `99202-99205 G0438 J0120-J0129`; a range runs over its digits."""
    return [code for part in ranges.split() for code in _range(part)]


def _range(part: str) -> list[str]:
    first, _, last = part.partition("-")
    if not last:
        return [first]
    letter = first[0] if first[0].isalpha() else ""
    suffix = first[-1] if first[-1].isalpha() else ""
    start, end = (code.removeprefix(letter).removesuffix(suffix) for code in (first, last))
    return [f"{letter}{number:0{len(start)}d}{suffix}" for number in range(int(start), int(end) + 1)]
