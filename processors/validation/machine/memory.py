"""Where the values of columns lie: frames lent to compiled code, and arrays."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.machine.layout import (
    COLUMN_WIDTH,
    DATA,
    FIRST,
    KIND,
    KIND_OF_ARRAY,
    KIND_OF_FORMAT,
    NEVER,
    VALIDITY,
    VALUES,
)
from schemas.codec.lending import LentFrame
from schemas.compiled import Word, bytes_at, compiled, int64_at

NEVER_TRUE = (NEVER, 0, 0, 0, 0, 0)
"""A column of flags none of which is true."""

# Words of the structures of Arrow's C data interface.
_ARRAY_LENGTH, _ARRAY_NULL_COUNT, _ARRAY_OFFSET, _ARRAY_BUFFER_COUNT, _ARRAY_BUFFERS, _ARRAY_CHILDREN = 0, 1, 2, 3, 5, 6
_SCHEMA_FORMAT, _SCHEMA_CHILDREN = 0, 5
_LONGEST_FORMAT = 8
_FORMAT_OF_NULLS = ord("n")


@compiled
def _look(array: Word, schema: Word, memory: np.ndarray) -> None:
    """Write down where the values of each column lie; the word of the kind takes the beginning of its format."""
    for child in range(len(memory)):
        here = int64_at(int64_at(array)[_ARRAY_CHILDREN])[child]
        text = bytes_at(int64_at(int64_at(int64_at(schema)[_SCHEMA_CHILDREN])[child])[_SCHEMA_FORMAT])
        form = np.uint64(0)
        for place in range(_LONGEST_FORMAT):
            if text[place] == 0:
                break
            form |= np.uint64(text[place]) << np.uint64(8 * place)
        memory[child, KIND] = np.int64(form)
        if int64_at(here)[_ARRAY_NULL_COUNT] == int64_at(here)[_ARRAY_LENGTH]:
            memory[child, KIND] = _FORMAT_OF_NULLS
            continue
        if int64_at(here)[_ARRAY_BUFFER_COUNT] < 2:  # a struct, or nothing but nulls
            continue
        buffers = int64_at(here)[_ARRAY_BUFFERS]
        memory[child, FIRST] = int64_at(here)[_ARRAY_OFFSET] + int64_at(array)[_ARRAY_OFFSET]
        memory[child, VALIDITY] = int64_at(buffers)[0] if int64_at(here)[_ARRAY_NULL_COUNT] != 0 else 0
        memory[child, VALUES] = int64_at(buffers)[1]
        memory[child, DATA] = buffers + 16


_KIND_OF_WORD = {int.from_bytes(form.encode(), "little"): kind for form, kind in KIND_OF_FORMAT.items()}


class LentColumns(LentFrame):
    """The columns of a frame as addresses, good inside the with block.

    Args:
        frame: The frame.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__(frame)
        self._places = _places(tuple(frame.columns))
        self._found: np.ndarray | None = None

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def words(self, name: str) -> tuple[int, ...]:
        """Return the words of a column (see `layout`)."""
        if self._found is None:
            self._found = np.zeros((len(self._places), COLUMN_WIDTH), dtype=np.int64)
            _look(self.array, self.schema, self._found)
        form, *words = self._found[self._places[name]].tolist()
        return _KIND_OF_WORD[form], *words


@lru_cache(maxsize=64)
def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def words_of_array(values: np.ndarray) -> tuple[int, ...]:
    """Return the words of an array without nulls, which has to be kept as long as they are used."""
    return KIND_OF_ARRAY[values.dtype.str], values.ctypes.data, 0, 0, 0, 0
