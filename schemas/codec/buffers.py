"""Where the values of a column lie: the addresses behind each operation, found in a lent frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from schemas.codec.program import ARRAY, CHILD, CODE, END, FNV_OFFSET, FNV_PRIME, FORMAT, NAME, PARENT, RECORD
from schemas.compiled import Word, bytes_at, compiled, inlined, int64_at

VALUES, OFFSETS, VALIDITY, FIRST, DATA, NULLS = range(6)
"""Columns of the table of memory: addresses of the values, of the list offsets and of the validity bits (0 where
nothing is null), the index of the first value, the address of the addresses of the bytes of texts, and the number
of nulls."""
MEMORY_WIDTH = 6

# Words of the structures of Arrow's C data interface.
_NULL_COUNT, _OFFSET, _BUFFERS, _CHILDREN = 1, 2, 5, 6
_FORMAT, _NAME, _SCHEMA_CHILDREN = 0, 1, 5


@inlined
def _form_at(address: Word) -> Word:
    text, number = bytes_at(address), np.uint64(0)
    for place in range(8):
        if text[place] == 0:
            break
        number |= np.uint64(text[place]) << np.uint64(8 * place)
    return np.int64(number)


@inlined
def _hash_at(address: Word) -> Word:
    text, value, place = bytes_at(address), np.uint64(FNV_OFFSET), 0
    while text[place] != 0:
        value = (value ^ np.uint64(text[place])) * np.uint64(FNV_PRIME)
        place += 1
    return np.int64(value)


@inlined
def _fits(schema: Word, form: Word, name: Word) -> bool:
    """Tell whether a column has the format and, where it matters, the name."""
    if _form_at(int64_at(schema)[_FORMAT]) != form:
        return False
    return bool(name == 0 or _hash_at(int64_at(schema)[_NAME]) == name)


@compiled
def find_columns(program: NDArray[np.int64], array: Word, schema: Word, columns: NDArray[np.int64]) -> int:
    """Fill the table of memory from a lent frame.

    Args:
        program: Table of operations; the frame has its top-level columns in this order.
        array: Address of the ArrowArray.
        schema: Address of the ArrowSchema.
        columns: Takes one row an operation.

    Returns:
        The first operation whose column is not what the contract needs, or -1.
    """
    arrays = np.empty(len(program), dtype=np.int64)
    schemas = np.empty(len(program), dtype=np.int64)
    for step in range(len(program)):
        code = program[step, CODE]
        if code == END:
            continue
        parent, child = program[step, PARENT], program[step, CHILD]
        over_array, over_schema = (array, schema) if parent < 0 else (arrays[parent], schemas[parent])
        here = int64_at(int64_at(over_array)[_CHILDREN])[child]
        form = int64_at(int64_at(over_schema)[_SCHEMA_CHILDREN])[child]
        arrays[step], schemas[step] = here, form
        if not _fits(form, program[step, FORMAT], program[step, NAME]):
            return step
        first = int64_at(here)[_OFFSET]
        if parent < 0:  # the offset of a struct goes for its children too
            first += int64_at(array)[_OFFSET]
        elif program[parent, CODE] == RECORD:
            first += columns[parent, FIRST]
        buffers = int64_at(int64_at(here)[_BUFFERS])
        columns[step, FIRST] = first
        columns[step, VALIDITY] = buffers[0]
        columns[step, NULLS] = int64_at(here)[_NULL_COUNT]
        if code == ARRAY:
            columns[step, OFFSETS] = buffers[1]
        elif code != RECORD:
            columns[step, VALUES] = buffers[1]
            columns[step, DATA] = int64_at(here)[_BUFFERS] + 16
    return -1
