"""Where a value of a lent column lies: steps through the structures of Arrow's C data interface, in compiled code.

An array is the address of its ArrowArray, whose words are length, null count, offset, number of buffers, number of
children, buffers, children. Rows count from the array's offset, as everywhere outside of it.
"""

from __future__ import annotations

import numpy as np

from schemas.codec.views import VIEW_BYTES, bit_at, text_of_view
from schemas.compiled import Word, compiled, int64_at

WORD_BYTES = 8
_BUFFERS_BEFORE_TEXTS = 2
"""Validity and views; those of the long texts follow."""


@compiled
def child_of(array: Word, place: Word) -> Word:
    """Return a child of an array: a column of a lent frame, a field of a struct, the elements of a list."""
    return int64_at(int64_at(array)[6])[place]


@compiled
def is_there(array: Word, row: Word) -> bool:
    """Tell whether a value is not null."""
    validity = int64_at(int64_at(array)[5])[0]
    index = int64_at(array)[2] + row
    return bool(validity == 0 or bit_at(validity, index) == 1)


@compiled
def values_of(array: Word) -> Word:
    """Return the address of the values (of texts: of their views; of lists: of their offsets)."""
    return int64_at(int64_at(array)[5])[1]


@compiled
def view_of(array: Word, row: Word) -> Word:
    """Return the address of the view of a text."""
    return values_of(array) + VIEW_BYTES * (int64_at(array)[2] + row)


@compiled
def text_of(array: Word, row: Word) -> tuple[Word, Word]:
    """Return address and length of a text that is not null."""
    return text_of_view(view_of(array, row), int64_at(array)[5] + _BUFFERS_BEFORE_TEXTS * WORD_BYTES)


@compiled
def word_of(text: Word, place: Word) -> Word:
    """Return the eight bytes at a place of a text, all of them its own, as a little-endian word."""
    return int64_at(text + place)[0]  # processors that this runs on read words at any address


@compiled
def list_of(array: Word, row: Word) -> tuple[Word, Word]:
    """Return the first element of a list and the one behind its last; none for null."""
    if not is_there(array, row):
        return np.int64(0), np.int64(0)
    ends = int64_at(values_of(array))
    index = int64_at(array)[2] + row
    return ends[index], ends[index + 1]
