"""Writes Avro messages from Arrow memory: one walk over the contract's operations for each row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from schemas.codec.buffers import DATA, FIRST, OFFSETS, VALIDITY, VALUES
from schemas.codec.compiled import Word, bytes_at, compiled, copy_bytes, inlined, int32_at, int64_at
from schemas.codec.program import ARRAY, BOOLEAN, CODE, END, INT32, INT64, JUMP, NULLABLE, RECORD, TEXT

DONE, FULL, NULL = range(3)
"""How writing ended: all rows are written, the output is too small, a required value is null."""

MOST_BYTES_OF_A_NUMBER = 10
_ROOM = 2 * MOST_BYTES_OF_A_NUMBER
"""Bytes that must be free before a value: branch, number or length."""
MOST_DEPTH = 16


@inlined
def _put_number(out: NDArray[np.uint8], position: Word, number: Word) -> Word:
    rest = np.uint64((number << 1) ^ (number >> 63))
    while rest > np.uint64(0x7F):
        out[position] = np.uint8((rest & np.uint64(0x7F)) | np.uint64(0x80))
        rest >>= np.uint64(7)
        position += 1
    out[position] = np.uint8(rest)
    return position + 1


@inlined
def _is_there(validity: Word, index: Word) -> bool:
    return bool(validity == 0 or (bytes_at(validity)[index >> 3] >> (index & 7)) & 1 == 1)


@inlined
def _text_source(column: NDArray[np.int64], index: Word) -> tuple[Word, Word]:
    """Return address and length of a text in Arrow's view layout: short ones lie in the view itself."""
    view = column[VALUES] + 16 * index
    length = np.int64(int32_at(view)[0])
    if length <= 12:
        return view + 4, length
    data = int64_at(column[DATA])[np.int64(int32_at(view)[2])]
    return data + np.int64(int32_at(view)[3]), length


@inlined
def _put_scalar(code: Word, column: NDArray[np.int64], index: Word, out: NDArray[np.uint8], position: Word) -> Word:
    if code == INT32:
        return _put_number(out, position, np.int64(int32_at(column[VALUES])[index]))
    if code == INT64:
        return _put_number(out, position, int64_at(column[VALUES])[index])
    if code == BOOLEAN:
        out[position] = (bytes_at(column[VALUES])[index >> 3] >> (index & 7)) & 1
        return position + 1
    raw = int64_at(column[VALUES])[index]  # DOUBLE: its eight bytes as they are
    for byte in range(8):
        out[position + byte] = np.uint8((raw >> (8 * byte)) & 0xFF)
    return position + 8


@compiled
def write_rows(  # noqa: C901, PLR0912, PLR0915 - one walk, compiled as one
    program: NDArray[np.int64],
    columns: NDArray[np.int64],
    header: NDArray[np.uint8],
    first_row: Word,
    rows: Word,
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
) -> tuple[int, Word]:
    """Write rows as messages, one behind the other.

    Args:
        program: Table of operations.
        columns: Memory of the column of each operation.
        header: Bytes before each message.
        first_row: Row to begin with; ends[first_row] is where its message begins.
        rows: Number of rows.
        out: Takes the messages.
        ends: Takes the end of each message, at its row plus one.

    Returns:
        How it ended, and the row or the operation at which it did.
    """
    stack = np.empty((MOST_DEPTH, 2), dtype=np.int64)
    start = out.ctypes.data
    for row in range(first_row, rows):
        position = ends[row]
        if position + len(header) + _ROOM > len(out):
            return FULL, row
        for byte in header:
            out[position] = byte
            position += 1
        step, index, depth = 0, row, 0
        while step < len(program):
            if position + _ROOM > len(out):
                return FULL, row
            code = program[step, CODE]
            if code == END:
                index += 1
                if index < stack[depth - 1, 1]:
                    step = program[step, JUMP]
                    continue
                out[position] = 0
                position += 1
                depth -= 1
                index = stack[depth, 0]
                step += 1
                continue
            column = columns[step]
            here = column[FIRST] + index
            there = _is_there(column[VALIDITY], here)
            if program[step, NULLABLE]:
                out[position] = 2 if there else 0
                position += 1
            elif not there:
                return NULL, step
            if not there:
                step = program[step, JUMP]
            elif code == TEXT:
                source, length = _text_source(column, here)
                if position + _ROOM + length > len(out):
                    return FULL, row
                position = _put_number(out, position, length)
                copy_bytes(start + position, source, length)
                position += length
                step += 1
            elif code == ARRAY:
                offsets = int64_at(column[OFFSETS])
                count = offsets[here + 1] - offsets[here]
                position = _put_number(out, position, count)
                if count:
                    stack[depth, 0] = index
                    stack[depth, 1] = offsets[here + 1]
                    index = offsets[here]
                    depth += 1
                    step += 1
                else:
                    step = program[step, JUMP]
            elif code == RECORD:
                step += 1
            else:
                position = _put_scalar(code, column, here, out, position)
                step += 1
        ends[row + 1] = position
    return DONE, rows
