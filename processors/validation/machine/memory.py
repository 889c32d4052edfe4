"""Where the values of columns lie: frames lent to compiled code, and arrays."""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
import polars as pl

from processors.validation.machine.layout import (
    ARRAY,
    COLUMN_WIDTH,
    DATA,
    FIRST,
    KIND,
    KIND_OF_ARRAY,
    KIND_OF_FORMAT,
    NEVER,
    NULLS,
    OTHER,
    SCHEMA,
    VALIDITY,
    VALUES,
)
from schemas.codec.lending import LentFrame
from schemas.compiled import Word, bytes_at, compiled, int64_at

Words = tuple[int, ...]

NEVER_TRUE: Words = (NEVER, *(0,) * (COLUMN_WIDTH - 1))
"""A column of flags none of which is true."""

# Words of the structures of Arrow's C data interface.
_LENGTH, _NULL_COUNT, _OFFSET, _BUFFER_COUNT, _BUFFERS, _CHILDREN = 0, 1, 2, 3, 5, 6
_FORMAT, _SCHEMA_CHILDREN = 0, 5
_LONGEST_FORMAT = 8

_KIND_OF_WORD = {int.from_bytes(form.encode(), "little"): kind for form, kind in KIND_OF_FORMAT.items()}
_KINDS = np.array(sorted(_KIND_OF_WORD.items()), dtype=np.int64)


@compiled
def look(array: Word, schema: Word, kinds: np.ndarray, columns: np.ndarray) -> None:
    """Write down where the values of each child of an array lie.

    Args:
        array: Address of its ArrowArray.
        schema: Address of its ArrowSchema.
        kinds: Formats as numbers, each with the kind of its columns.
        columns: Takes the words of each child (see `layout`).
    """
    for child in range(len(columns)):
        here = int64_at(int64_at(array)[_CHILDREN])[child]
        described = int64_at(int64_at(schema)[_SCHEMA_CHILDREN])[child]
        text, form = bytes_at(int64_at(described)[_FORMAT]), np.uint64(0)
        for place in range(_LONGEST_FORMAT):
            if text[place] == 0:
                break
            form |= np.uint64(text[place]) << np.uint64(8 * place)
        columns[child, KIND] = OTHER
        for place in range(len(kinds)):
            if kinds[place, 0] == np.int64(form):
                columns[child, KIND] = kinds[place, 1]
        columns[child, FIRST] = int64_at(here)[_OFFSET] + int64_at(array)[_OFFSET]
        columns[child, ARRAY], columns[child, SCHEMA] = here, described
        if int64_at(here)[_NULL_COUNT] == int64_at(here)[_LENGTH]:
            columns[child, KIND] = NULLS
        elif int64_at(here)[_BUFFER_COUNT] >= 2:  # a struct has but one
            buffers = int64_at(here)[_BUFFERS]
            columns[child, VALIDITY] = int64_at(buffers)[0] if int64_at(here)[_NULL_COUNT] != 0 else 0
            columns[child, VALUES] = int64_at(buffers)[1]
            columns[child, DATA] = buffers + 16


class LentColumns(LentFrame):
    """The columns of a frame as addresses, good inside the with block.

    Args:
        frame: The frame.

    Attributes:
        height: Number of rows.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__(frame)
        self.height = frame.height
        self._places = _places(tuple(frame.columns))

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def words(self, name: str) -> Words:
        """Return the words of a column (see `layout`)."""
        return self._rows[self._places[name]]

    def address(self, name: str) -> int:
        """Return the address of the words of a column."""
        return self._address + self._places[name] * COLUMN_WIDTH * 8

    @cached_property
    def _table(self) -> np.ndarray:
        found = np.zeros((len(self._places), COLUMN_WIDTH), dtype=np.int64)
        look(self.array, self.schema, _KINDS, found)
        return found

    @cached_property
    def _rows(self) -> list[Words]:
        return [tuple(words) for words in self._table.tolist()]

    @cached_property
    def _address(self) -> int:
        return int(self._table.ctypes.data)


def item_words(words: int) -> np.ndarray:
    """Return the words of the items of a list column; they are found by their place among all items.

    Args:
        words: Address of the words of the list column.
    """
    found = np.zeros((1, COLUMN_WIDTH), dtype=np.int64)
    _look_inside(words, _KINDS, found)
    return found


def child_words(words: int, children: int) -> np.ndarray:
    """Return the words of the fields of a column of records, which count as many values as it does.

    Args:
        words: Address of the words of the column.
        children: Number of its fields.
    """
    found = np.zeros((children, COLUMN_WIDTH), dtype=np.int64)
    _look_at_fields(words, _KINDS, found)
    return found


@compiled
def _look_at_fields(words: Word, kinds: np.ndarray, columns: np.ndarray) -> None:
    look(int64_at(words)[ARRAY], int64_at(words)[SCHEMA], kinds, columns)


@compiled
def _look_inside(words: Word, kinds: np.ndarray, columns: np.ndarray) -> None:
    look(int64_at(words)[ARRAY], int64_at(words)[SCHEMA], kinds, columns)
    # The offset of a list goes for its own rows, not for its items.
    columns[0, FIRST] -= int64_at(int64_at(words)[ARRAY])[_OFFSET]


@lru_cache(maxsize=64)
def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def words_of_array(values: np.ndarray, validity: int = 0) -> Words:
    """Return the words of an array, which has to be kept as long as they are used.

    Args:
        values: The array, without gaps.
        validity: Address of the bits that say which of them are there; 0 where all are.
    """
    return KIND_OF_ARRAY[values.dtype.str], values.ctypes.data, validity, *(0,) * (COLUMN_WIDTH - 3)
