"""Writes Avro messages from Arrow memory: one walk over the contract's operations for each row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from schemas.codec.buffers import DATA, FIRST, MEMORY_WIDTH, OFFSETS, VALIDITY, VALUES
from schemas.codec.program import (
    ARRAY,
    BOOLEAN,
    CODE,
    END,
    INT32,
    INT64,
    JUMP,
    MOST_DEPTH,
    NULLABLE,
    RECORD,
    TEXT,
    WIDTH,
)
from schemas.codec.views import INLINE_BYTES, VIEW_BYTES, bit_at, text_of_view
from schemas.compiled import Word, bytes_at, compiled, copy_bytes, inlined, int32_at, int64_at

DONE, FULL, NULL = range(3)
"""How writing ended: all rows are written, the output is too small, a required value is null."""

_ROOM = 20
"""Bytes that must be free before a value: a branch, and a number or a length."""


@inlined
def _put_number(out: Word, position: Word, number: Word) -> Word:
    rest = np.uint64((number << 1) ^ (number >> 63))
    while rest > np.uint64(0x7F):
        bytes_at(out)[position] = np.uint8((rest & np.uint64(0x7F)) | np.uint64(0x80))
        rest >>= np.uint64(7)
        position += 1
    bytes_at(out)[position] = np.uint8(rest)
    return position + 1


@inlined
def _put_scalar(code: Word, values: Word, index: Word, out: Word, position: Word) -> Word:
    if code == INT32:
        return _put_number(out, position, np.int64(int32_at(values)[index]))
    if code == INT64:
        return _put_number(out, position, int64_at(values)[index])
    if code == BOOLEAN:
        bytes_at(out)[position] = bit_at(values, index)
        return position + 1
    copy_bytes(out + position, values + 8 * index, 8)  # DOUBLE
    return position + 8


@compiled
def write_rows(  # noqa: C901, PLR0912, PLR0915 - one walk, compiled as one
    program: NDArray[np.int64],
    columns: NDArray[np.int64],
    header: NDArray[np.uint8],
    first_row: Word,
    rows: NDArray[np.int64],
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
) -> tuple[int, Word]:
    """Write rows as messages, one behind the other.

    Args:
        program: Table of operations.
        columns: Memory of the column of each operation.
        header: Bytes before each message.
        first_row: Place in `rows` to begin at; ends[first_row] is where its message begins.
        rows: Rows of the columns, one a message.
        out: Takes the messages.
        ends: Takes the end of each message, at its place plus one.

    Returns:
        How it ended, and the place in `rows` or the operation at which it did.
    """
    stack = np.empty((MOST_DEPTH, 2), dtype=np.int64)
    target, room = out.ctypes.data, len(out)
    operations, memory, steps = program.ctypes.data, columns.ctypes.data, len(program)
    for row in range(first_row, len(rows)):
        position = ends[row]
        if position + len(header) + _ROOM > room:
            return FULL, row
        copy_bytes(target + position, header.ctypes.data, len(header))
        position += len(header)
        step, index, depth = 0, rows[row], 0
        while step < steps:
            if position + _ROOM > room:
                return FULL, row
            operation = int64_at(operations + 8 * WIDTH * step)
            code = operation[CODE]
            if code == END:
                index += 1
                if index < stack[depth - 1, 1]:
                    step = operation[JUMP]
                    continue
                bytes_at(target)[position] = 0
                position += 1
                depth -= 1
                index = stack[depth, 0]
                step += 1
                continue
            address = memory + 8 * MEMORY_WIDTH * step
            column = int64_at(address)
            here = column[FIRST] + index
            there = column[VALIDITY] == 0 or bit_at(column[VALIDITY], here) == 1
            if operation[NULLABLE] == 1:
                bytes_at(target)[position] = 2 if there else 0
                position += 1
            elif not there:
                return NULL, step
            if not there:
                step = operation[JUMP]
            elif code == TEXT:
                source, length = text_of_view(column[VALUES] + VIEW_BYTES * here, column[DATA])
                if position + _ROOM + length > room:
                    return FULL, row
                position = _put_number(target, position, length)
                if length <= INLINE_BYTES:  # a copy of a fixed size is two instructions, one of any size a call
                    copy_bytes(target + position, source, INLINE_BYTES)
                else:
                    copy_bytes(target + position, source, length)
                position += length
                step += 1
            elif code == ARRAY:
                offsets = int64_at(column[OFFSETS])
                count = offsets[here + 1] - offsets[here]
                position = _put_number(target, position, count)
                if count:
                    stack[depth, 0] = index
                    stack[depth, 1] = offsets[here + 1]
                    index = offsets[here]
                    depth += 1
                    step += 1
                else:
                    step = operation[JUMP]
            elif code == RECORD:
                step += 1
            else:
                position = _put_scalar(code, column[VALUES], here, target, position)
                step += 1
        ends[row + 1] = position
    return DONE, len(rows)
