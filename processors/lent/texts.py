"""Columns of texts as small integers: distinct texts in the order in which they first appear, and who holds which."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.lent.arrow import WORD_BYTES, child_of, is_there, text_of, view_of, word_of
from schemas.codec.lending import LentFrame
from schemas.codec.views import INLINE_BYTES
from schemas.compiled import Word, bytes_at, compiled, int64_at

Bytes = NDArray[np.uint8]

Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

_WORD_BITS, _FEWEST_BITS = 64, 4
_SPREAD = np.int64(-0x61C8864680B583EB)
"""2^64 by the golden ratio, as a signed word: what multiplicative hashing multiplies by (Knuth)."""


@dataclass(frozen=True, eq=False)  # arrays have no equality
class NumberedTexts:
    """Texts as numbers.

    Attributes:
        values: The distinct texts.
        index: Position in `values` of each text; the length of `values` stands for null.
    """

    values: list[str]
    index: Index

    @property
    def known(self) -> Flags:
        """Tell which texts are not null."""
        known: Flags = self.index != len(self.values)
        return known

    def among(self, *wanted: str) -> Flags:
        """Tell which texts are among these; null is not."""
        return np.array([*(value in wanted for value in self.values), False])[self.index]

    def column(self, name: str) -> pl.Series:
        """Return the texts as a column again."""
        return pl.Series(name, [*self.values, None], dtype=pl.String)[pl.Series(self.index.astype(np.uint32))]


def number_texts(frame: pl.DataFrame) -> dict[str, NumberedTexts]:
    """Return columns of texts as numbers."""
    if not frame.height:
        return {name: NumberedTexts([], np.zeros(0, dtype=np.int64)) for name in frame.columns}
    rows = np.arange(frame.height)
    with LentFrame(frame) as lent:
        return {name: numbered(child_of(lent.array, place), rows) for place, name in enumerate(frame.columns)}


def first_bytes(texts: pl.Series, width: int) -> Bytes:
    """Return the first bytes of every text, padded with zeros: one row a text; null counts as the empty text."""
    out = np.zeros((len(texts), width), dtype=np.uint8)
    if len(texts):
        with LentFrame(texts.to_frame()) as lent:
            copy_bytes_of(child_of(lent.array, 0), np.arange(len(texts)), out)
    return out


def numbered(array: int, rows: Index) -> NumberedTexts:
    """Return the texts at some rows of a lent array as numbers; a row of -1 stands for null."""
    bits = max(_FEWEST_BITS, (2 * len(rows) - 1).bit_length())
    slots = np.full(1 << bits, -1, dtype=np.int64)
    index, firsts = np.empty(len(rows), dtype=np.int64), np.empty((len(rows), 2), dtype=np.int64)
    distinct = _number(array, rows, slots, _WORD_BITS - bits, index, firsts)
    values = [ctypes.string_at(text, length).decode() for text, length in firsts[:distinct].tolist()]
    return NumberedTexts(values, index)


@compiled
def copy_bytes_of(array: Word, rows: Index, out: Bytes) -> None:
    """Copy the first bytes of the texts at some rows of a lent array; `out` is zero before."""
    for row in range(out.shape[0]):
        if is_there(array, rows[row]):
            text, length = text_of(array, rows[row])
            for place in range(min(length, out.shape[1])):
                out[row, place] = bytes_at(text)[place]


@compiled
def _number(array: Word, rows: Index, slots: Index, shift: int, index: Index, firsts: Index) -> int:
    """Number texts; `firsts` gets address and length of each distinct one. Return how many these are.

    Slots are found by the first bits of a product, on which every bit of a text has its effect.
    """
    distinct = 0
    for place in range(len(rows)):
        if rows[place] < 0 or not is_there(array, rows[place]):
            index[place] = -1
            continue
        text, length = text_of(array, rows[place])
        slot = np.int64(_hash(view_of(array, rows[place]), text, length) >> np.uint64(shift))
        while slots[slot] >= 0 and not _same(firsts[slots[slot], 0], firsts[slots[slot], 1], text, length):
            slot = (slot + 1) & (len(slots) - 1)
        if slots[slot] < 0:
            slots[slot] = distinct
            firsts[distinct, 0], firsts[distinct, 1] = text, length
            distinct += 1
        index[place] = slots[slot]
    for place in range(len(rows)):
        if index[place] < 0:
            index[place] = distinct
    return distinct


@compiled
def _hash(view: Word, text: Word, length: Word) -> Word:
    """Return where to look for a text: of the view alone when it holds the text, of every byte otherwise."""
    total = int64_at(view)[0] ^ (int64_at(view)[1] * _SPREAD)
    if length > INLINE_BYTES:
        total = length ^ word_of(text, length - WORD_BYTES)  # the last word may overlap the one before
        for place in range(0, length - WORD_BYTES, WORD_BYTES):
            total = (total * _SPREAD) ^ word_of(text, place)
    return np.uint64(total * _SPREAD)


@compiled
def _same(text: Word, length: Word, other: Word, other_length: Word) -> bool:
    if length != other_length:
        return False
    if length >= WORD_BYTES:
        place = 0
        while place + WORD_BYTES < length and word_of(text, place) == word_of(other, place):
            place += WORD_BYTES
        last = length - WORD_BYTES  # may overlap the word before
        return bool(place >= last and word_of(text, last) == word_of(other, last))
    place = 0
    while place < length and bytes_at(text)[place] == bytes_at(other)[place]:
        place += 1
    return bool(place == length)
