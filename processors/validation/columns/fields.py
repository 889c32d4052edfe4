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

from processors.validation.columns.field_values import (
    Flags,
    Integers,
    join_texts,
    places_of_items,
    read_codes,
    read_first_bytes,
    read_flags,
    read_floats,
    read_given,
    read_hashes,
    read_last_bytes,
    read_lengths,
    read_starts,
    read_whole,
    text_ends,
)
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
)
from processors.validation.machine.memory import LentColumns, child_words, item_words


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
        read_whole(self._words, self._indices, missing, out)
        return out

    def floats(self, missing: float) -> NDArray[np.float64]:
        """Return floats, with another one for nulls and for what is no number."""
        self._refuse_unless(FLOAT64)
        out = np.empty(len(self._indices))
        read_floats(self._words, self._indices, missing, out)
        return out

    def given(self) -> Flags:
        """Return which values are there."""
        out = np.empty(len(self._indices), dtype=bool)
        read_given(self._words, self._indices, out)
        return out

    def flags(self) -> Flags:
        """Return which values are true."""
        self._refuse_unless(BITS)
        out = np.empty(len(self._indices), dtype=bool)
        read_flags(self._words, self._indices, out)
        return out

    def equal(self, text: str) -> Flags:
        """Return which values are a text."""
        return self._starting(text, ends=True)

    def starts_with(self, text: str) -> Flags:
        """Return which values begin with a text."""
        return self._starting(text, ends=False)

    def _starting(self, text: str, *, ends: bool) -> Flags:
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=bool)
        read_starts(self._words, self._indices, np.frombuffer(text.encode(), dtype=np.uint8), ends, out)
        return out

    def first_bytes(self) -> NDArray[np.int32]:
        """Return the first byte of each text; 0 for a null and for a text without any."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int32)
        read_first_bytes(self._words, self._indices, out)
        return out

    def last_bytes(self, size: int) -> NDArray[np.int32]:
        """Return the last byte of each text of a size; 0 for a null and for a text of another size."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int32)
        read_last_bytes(self._words, self._indices, size, out)
        return out

    def hashes(self) -> Integers:
        """Return a number of 63 bits for each text, the same one for a null and for a text without any byte."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int64)
        read_hashes(self._words, self._indices, out)
        return out

    def texts(self) -> list[str | None]:
        """Return the texts as such; for the few that a message shows."""
        self._refuse_unless(TEXT)
        ends, given = np.empty(len(self._indices) + 1, dtype=np.int64), self.given()
        text_ends(self._words, self._indices, ends)
        joined = np.empty(int(ends[-1]), dtype=np.uint8)
        join_texts(self._words, self._indices, ends, joined)
        whole = joined.tobytes()
        parts = (whole[start:end].decode() for start, end in pairwise(ends.tolist()))
        return [text if there else None for text, there in zip(parts, given.tolist(), strict=True)]

    def codes(self, worth: NDArray[np.int64], unknown: int) -> Integers:
        """Return the numbers of codes of a form (see `forms`), `unknown` for nulls and other texts."""
        self._refuse_unless(TEXT)
        out = np.empty(len(self._indices), dtype=np.int64)
        read_codes(self._words, self._indices, worth, unknown, out)
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
        read_lengths(self._words, self._indices, out)
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
            places_of_items(self._words, self._indices, self.lengths, self._item_words[0, FIRST], places)
        return places

    @cached_property
    def _item_words(self) -> NDArray[np.int64]:
        return item_words(self._words)


def _type_of(field: pl.Field) -> pl.DataType:
    return field.dtype  # type: ignore[return-value]  # a frame has no classes of types


def type_in(frame: pl.DataFrame, name: str) -> pl.DataType:
    """Return the type of a column; asked of the frame, for a field that knew its Fields would be a circle."""
    return frame.get_column(name).dtype


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
                self.address(name), words[KIND], self._indices[first], partial(type_in, self._frame, name)
            )
        return self._fields[name]
