"""Fields of claims and lines as arrays, read by compiled code where polars keeps them.

Groups of columns compute on these. A query costs fifty microseconds and more whatever it asks, a field read here two or
three and what it takes to walk over its values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.validation.columns.known_texts import KnownTexts, find_known
from processors.validation.machine.layout import (
    BITS,
    COLUMN_WIDTH,
    FIRST,
    FLOAT64,
    KIND,
    LISTS,
    NULLS,
    TEXT,
    VALUES,
)
from processors.validation.machine.memory import LentColumns, child_words, item_words
from processors.validation.machine.values import bit_at, bytes_of, given, order, whole_at
from schemas.compiled import Word, bytes_at, compiled, float64_at, int64_at

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

# FNV-1a, its bits mixed once more, since the upper ones alone are used.
_HASH_SEED, _HASH_PRIME, _HASH_FACTOR = 0xCBF29CE484222325, 0x100000001B3, 0x9E3779B97F4A7C15


@compiled
def _read_whole(column: Word, indices: Integers, missing: Word, out: Integers) -> None:
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        index = indices[one]
        out[one] = missing if nothing or not given(column, index) else whole_at(column, index)


@compiled
def _read_floats(column: Word, indices: Integers, missing: float, out: NDArray[np.float64]) -> None:
    nothing, values = int64_at(column)[KIND] == NULLS, int64_at(column)[VALUES]
    for one in range(len(indices)):
        value = missing
        if not nothing and given(column, indices[one]):
            value = float64_at(values)[indices[one]]
        out[one] = missing if np.isnan(value) else value


@compiled
def _read_given(column: Word, indices: Integers, out: Flags) -> None:
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        out[one] = not nothing and given(column, indices[one])


@compiled
def _read_flags(column: Word, indices: Integers, out: Flags) -> None:
    nothing, values = int64_at(column)[KIND] == NULLS, int64_at(column)[VALUES]
    for one in range(len(indices)):
        out[one] = not nothing and given(column, indices[one]) and bit_at(values, indices[one]) == 1


@compiled
def _read_equal(column: Word, indices: Integers, text: NDArray[np.uint8], out: Flags) -> None:
    nothing, wanted, size = int64_at(column)[KIND] == NULLS, text.ctypes.data, len(text)
    for one in range(len(indices)):
        out[one] = False
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            out[one] = length == size and order(start, length, wanted, size) == 0


@compiled
def _read_starts(column: Word, indices: Integers, text: NDArray[np.uint8], out: Flags) -> None:
    nothing, wanted, size = int64_at(column)[KIND] == NULLS, text.ctypes.data, len(text)
    for one in range(len(indices)):
        out[one] = False
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            out[one] = length >= size and order(start, size, wanted, size) == 0


@compiled
def _read_first_bytes(column: Word, indices: Integers, out: NDArray[np.int32]) -> None:
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        out[one] = 0
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            if length > 0:
                out[one] = bytes_at(start)[0]


@compiled
def _read_last_bytes(column: Word, indices: Integers, size: Word, out: NDArray[np.int32]) -> None:
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        out[one] = 0
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            if length == size:
                out[one] = bytes_at(start)[size - 1]


@compiled
def _read_hashes(column: Word, indices: Integers, out: Integers) -> None:
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        value = np.uint64(_HASH_SEED)
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            for place in range(length):
                value = (value ^ np.uint64(bytes_at(start)[place])) * np.uint64(_HASH_PRIME)
        value = (value ^ (value >> np.uint64(32))) * np.uint64(_HASH_FACTOR)
        out[one] = np.int64(value >> np.uint64(1))


@compiled
def _measure(column: Word, indices: Integers, ends: Integers) -> None:
    nothing = int64_at(column)[KIND] == NULLS
    ends[0] = 0
    for one in range(len(indices)):
        length = np.int64(0)
        if not nothing and given(column, indices[one]):
            length = bytes_of(column, indices[one])[1]
        ends[one + 1] = ends[one] + length


@compiled
def _join(column: Word, indices: Integers, ends: Integers, out: NDArray[np.uint8]) -> None:
    for one in range(len(indices)):
        if ends[one + 1] > ends[one]:
            start = bytes_of(column, indices[one])[0]
            for place in range(ends[one + 1] - ends[one]):
                out[ends[one] + place] = bytes_at(start)[place]


@compiled
def _read_codes(column: Word, indices: Integers, worth: NDArray[np.int64], unknown: Word, out: Integers) -> None:
    """Read codes of a form: the sum of what their bytes are worth, place by place."""
    nothing, width = int64_at(column)[KIND] == NULLS, len(worth)
    for one in range(len(indices)):
        out[one] = unknown
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            if length == width:
                number = np.int64(0)
                for place in range(width):
                    number += worth[place, np.int64(bytes_at(start)[place])]
                out[one] = min(number, unknown)


@compiled
def _read_lengths(column: Word, indices: Integers, out: Integers) -> None:
    nothing, offsets = int64_at(column)[KIND] == NULLS, int64_at(column)[VALUES]
    for one in range(len(indices)):
        out[one] = 0
        if not nothing and given(column, indices[one]):
            out[one] = int64_at(offsets)[indices[one] + 1] - int64_at(offsets)[indices[one]]


@compiled
def _places_of_items(column: Word, indices: Integers, lengths: Integers, first: Word, out: Integers) -> None:
    offsets, count = int64_at(column)[VALUES], 0
    for one in range(len(indices)):
        for place in range(lengths[one]):
            out[count] = first + int64_at(offsets)[indices[one]] + place
            count += 1


class Field:
    """A column of a frame, or the items of its lists, as arrays.

    Args:
        words: Where its values lie (see `machine.layout`).
        indices: The index of each value.
    """

    def __init__(self, words: int, kind: int, indices: Integers) -> None:
        self._words, self._kind, self._indices = words, kind, indices

    def whole(self, missing: int) -> Integers:
        """Return whole numbers, or dates as days since 1970, with another number for nulls."""
        out = np.empty(len(self._indices), dtype=np.int64)
        _read_whole(self._words, self._indices, missing, out)
        return out

    def floats(self, missing: float) -> NDArray[np.float64]:
        """Return floats, with another one for nulls and for what is no number."""
        self._refuse_unless(FLOAT64)
        out = np.empty(len(self._indices))
        _read_floats(self._words, self._indices, missing, out)
        return out

    def given(self) -> Flags:
        """Return which values are there."""
        out = np.empty(len(self._indices), dtype=bool)
        _read_given(self._words, self._indices, out)
        return out

    def flags(self) -> Flags:
        """Return which values are true."""
        self._refuse_unless(BITS)
        out = np.empty(len(self._indices), dtype=bool)
        _read_flags(self._words, self._indices, out)
        return out

    def equal(self, text: str) -> Flags:
        """Return which values are a text."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=bool)
        _read_equal(self._words, self._indices, np.frombuffer(text.encode(), dtype=np.uint8), out)
        return out

    def starts_with(self, text: str) -> Flags:
        """Return which values begin with a text."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=bool)
        _read_starts(self._words, self._indices, np.frombuffer(text.encode(), dtype=np.uint8), out)
        return out

    def first_bytes(self) -> NDArray[np.int32]:
        """Return the first byte of each text; 0 for a null and for a text without any."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int32)
        _read_first_bytes(self._words, self._indices, out)
        return out

    def last_bytes(self, size: int) -> NDArray[np.int32]:
        """Return the last byte of each text of a size; 0 for a null and for a text of another size."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int32)
        _read_last_bytes(self._words, self._indices, size, out)
        return out

    def hashes(self) -> Integers:
        """Return a number of 63 bits for each text, the same one for a null and for a text without any byte."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int64)
        _read_hashes(self._words, self._indices, out)
        return out

    def texts(self) -> list[str | None]:
        """Return the texts as such; for the few that a message shows."""
        self._refuse_unless(TEXT)
        ends, given = np.empty(len(self._indices) + 1, dtype=np.int64), self.given()
        _measure(self._words, self._indices, ends)
        joined = np.empty(int(ends[-1]), dtype=np.uint8)
        _join(self._words, self._indices, ends, joined)
        whole = joined.tobytes()
        parts = (whole[start:end].decode() for start, end in pairwise(ends.tolist()))
        return [text if there else None for text, there in zip(parts, given.tolist(), strict=True)]

    def codes(self, worth: NDArray[np.int64], unknown: int) -> Integers:
        """Return the numbers of codes of a form (see `forms`), `unknown` for nulls and other texts."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int64)
        _read_codes(self._words, self._indices, worth, unknown, out)
        return out

    def known(self, texts: KnownTexts) -> NDArray[np.int32]:
        """Return the place of each value among texts, `texts.unknown` for nulls and other texts."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int32)
        find_known(self._words, self._indices, texts.keys, texts.places, texts.unknown, out)
        return out

    def _refuse_unless(self, kind: int) -> None:
        """Raise when the values are of another kind: compiled code would take them for what they are not."""
        if self._kind not in (kind, NULLS):
            msg = f"values of kind {self._kind} cannot be read as those of kind {kind}"
            raise TypeError(msg)


class ListField(Field):
    """A column of lists.

    Args:
        words: Where its lists lie.
        kind: Kind of the column.
        indices: The index of each list.
        dtype: Returns its type.
    """

    def __init__(self, words: int, kind: int, indices: Integers, dtype: Callable[[], pl.DataType]) -> None:
        super().__init__(words, kind, indices)
        self._dtype = dtype

    @cached_property
    def lengths(self) -> Integers:
        """Number of items of every list; 0 for a null."""
        self._refuse_unless(LISTS)
        out = np.empty(len(self._indices), dtype=np.int64)
        _read_lengths(self._words, self._indices, out)
        return out

    @cached_property
    def items(self) -> Field:
        """The items of all lists, one behind the other."""
        places = self._places
        if not len(places):
            return Field(self._words, NULLS, places)
        return Field(int(self._item_words.ctypes.data), int(self._item_words[0, KIND]), places)

    @cached_property
    def records(self) -> dict[str, ListField]:
        """The fields of the records that are the items of all lists, one record behind the other; {} without any."""
        places, dtype = self._places, self._dtype()
        inner = dtype.inner if isinstance(dtype, pl.List) else None
        if not len(places) or not isinstance(inner, pl.Struct):
            return {}
        self._record_words = child_words(int(self._item_words.ctypes.data), len(inner.fields))
        address, shift = int(self._record_words.ctypes.data), self._record_words[:, FIRST] - self._item_words[0, FIRST]
        return {
            one.name: ListField(
                address + 8 * COLUMN_WIDTH * place,
                int(self._record_words[place, KIND]),
                places + shift[place] if shift[place] else places,
                partial(_type_of, one),
            )
            for place, one in enumerate(inner.fields)
        }

    @cached_property
    def _places(self) -> Integers:
        places = np.empty(int(self.lengths.sum()), dtype=np.int64)
        if len(places):
            _places_of_items(self._words, self._indices, self.lengths, self._item_words[0, FIRST], places)
        return places

    @cached_property
    def _item_words(self) -> NDArray[np.int64]:
        return item_words(self._words)


def _type_of(field: pl.Field) -> pl.DataType:
    return field.dtype  # type: ignore[return-value]  # a frame has no classes of types


class Fields(LentColumns):
    """The fields of a level as arrays, good inside the with block.

    Args:
        frame: The rows of the level.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__(frame)
        self._fields: dict[str, ListField] = {}
        self._indices: dict[int, Integers] = {}

    def __getitem__(self, name: str) -> ListField:
        """Return a field by its name."""
        if name not in self._fields:
            words = self.words(name)
            first = words[FIRST]
            if first not in self._indices:
                self._indices[first] = np.arange(first, first + self.height)
            self._fields[name] = ListField(
                self.address(name), words[KIND], self._indices[first], partial(self.type_of, name)
            )
        return self._fields[name]

    def type_of(self, name: str) -> pl.DataType:
        """Return the type of a field."""
        return self._frame.get_column(name).dtype
