"""Reads Avro bodies into Arrow memory: one walk over the contract's operations for each message.

The walk checks every byte before it uses it. It can be made without memory, to find the damaged bodies and to
count the items of arrays, and with memory, to fill it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from schemas.codec.buffers import MEMORY_WIDTH, OFFSETS, VALIDITY, VALUES
from schemas.codec.program import (
    ARRAY,
    BOOLEAN,
    CODE,
    DOUBLE,
    END,
    FORMAT,
    INT32,
    JUMP,
    MOST_DEPTH,
    NULLABLE,
    RECORD,
    TEXT,
    WIDTH,
)
from schemas.codec.utf8 import is_utf8
from schemas.codec.views import INLINE_BYTES, VIEW_BYTES
from schemas.compiled import Word, bytes_at, compiled, copy_bytes, inlined, int32_at, int64_at

GOOD, DAMAGED, TOO_LONG = range(3)
"""What is known of a body."""

_STRING_FORM = int.from_bytes(b"vu", "little")
_STACK_WIDTH = 3
_ARRAY_STEP, _OUTER, _LEFT = range(_STACK_WIDTH)
"""What is kept of each array that is being read: its operation, the index around it, items left of the block."""


@inlined
def _set_bit(address: Word, index: Word) -> None:
    bytes_at(address)[index >> 3] |= np.uint8(1 << (index & 7))


@compiled
def _long_number(data: Word, position: Word, end: Word) -> tuple[Word, Word]:
    value, shift = np.uint64(0), np.uint64(0)
    while position < end and shift < 70:
        byte = bytes_at(data)[position]
        position += 1
        value |= np.uint64(byte & 0x7F) << shift
        if byte < 0x80:
            return np.int64(value >> np.uint64(1)) ^ -np.int64(value & np.uint64(1)), position
        shift += np.uint64(7)
    return np.int64(0), np.int64(-1)


@inlined
def _number(data: Word, position: Word, end: Word) -> tuple[Word, Word]:
    """Return a zigzag number and the position behind it; position -1 when there is none before the end."""
    if position < end and bytes_at(data)[position] < 0x80:  # most numbers have one byte
        small = np.int64(bytes_at(data)[position])
        return (small >> 1) ^ -(small & 1), position + 1
    return _long_number(data, position, end)


@compiled
def _block(data: Word, position: Word, end: Word) -> tuple[Word, Word]:
    """Return the items of the next block of an array and the position of the first; a negative count has a size."""
    count, position = _number(data, position, end)
    if position >= 0 and count < 0:
        count = -count
        _, position = _number(data, position, end)
    if position < 0 or count < 0 or count > end - position:  # an item has a byte at least
        return np.int64(0), np.int64(-1)
    return count, position


@inlined
def _put_text(values: Word, index: Word, data: Word, position: Word, length: Word) -> None:
    """Write the view of a text: its length, and its bytes or their first four and where the rest lies."""
    view = values + VIEW_BYTES * index
    int32_at(view)[0] = length
    if length <= INLINE_BYTES:
        copy_bytes(view + 4, data + position, length)
    else:
        copy_bytes(view + 4, data + position, 4)
        int32_at(view)[3] = position


@compiled
def _close_lists(program: Word, columns: Word, step: Word, index: Word) -> None:
    """Give the arrays of a null record no items."""
    last = int64_at(program + 8 * WIDTH * step)[JUMP]
    inner = step + 1
    while inner < last:
        operation = int64_at(program + 8 * WIDTH * inner)
        if operation[CODE] == ARRAY:
            offsets = int64_at(int64_at(columns + 8 * MEMORY_WIDTH * inner)[OFFSETS])
            offsets[index + 1] = offsets[index]
            inner = operation[JUMP]
        else:
            inner += 1


@compiled
def _read_body(  # noqa: C901, PLR0911, PLR0912, PLR0915 - one walk, compiled as one
    tables: tuple[Word, Word, Word],
    data: Word,
    place: tuple[Word, Word, Word],
    counts: NDArray[np.int64],
    fill: bool,
    stack: NDArray[np.int64],
) -> Word:
    """Read one body; return where it ended, or -1 when it is damaged.

    Tables are the addresses of the operations and of their memory, and the number of operations; place is the
    row of the body, its start and its end.
    """
    program, columns, steps = tables
    row, position, end = place
    step, index, depth = np.int64(0), np.int64(row), np.int64(0)
    while step < steps:
        operation = int64_at(program + 8 * WIDTH * step)
        code = operation[CODE]
        if code == END:  # of an item: the next one, the next block, or the end of the array
            array = stack[depth - 1, _ARRAY_STEP]
            stack[depth - 1, _LEFT] -= 1
            index += 1
            if stack[depth - 1, _LEFT] > 0:
                step = operation[JUMP]
                continue
            count, position = _block(data, position, end)
            if position < 0:
                return -1
            counts[array] += count
            if count > 0:
                stack[depth - 1, _LEFT] = count
                step = operation[JUMP]
                continue
            depth -= 1
            outer = stack[depth, _OUTER]
            if fill:
                int64_at(int64_at(columns + 8 * MEMORY_WIDTH * array)[OFFSETS])[outer + 1] = index
            index = outer
            step += 1
            continue
        column = int64_at(columns + 8 * MEMORY_WIDTH * step)
        if operation[NULLABLE]:
            if position >= end:
                return -1
            branch = bytes_at(data)[position]
            position += 1
            if branch == 0:
                if fill and code == ARRAY:
                    int64_at(column[OFFSETS])[index + 1] = int64_at(column[OFFSETS])[index]
                if fill and code == RECORD:
                    _close_lists(program, columns, step, index)
                step = operation[JUMP]
                continue
            if branch != 2:
                return -1
            if fill:
                _set_bit(column[VALIDITY], index)
        if code == TEXT:
            length, position = _number(data, position, end)
            if position < 0 or length < 0 or length > end - position:
                return -1
            if fill:
                _put_text(column[VALUES], index, data, position, length)
            elif operation[FORMAT] == _STRING_FORM and not is_utf8(data + position, length):
                return -1
            position += length
        elif code == ARRAY:
            count, position = _block(data, position, end)
            if position < 0:
                return -1
            before = counts[step]
            counts[step] += count
            if count == 0:
                if fill:
                    int64_at(column[OFFSETS])[index + 1] = before
                step = operation[JUMP]
                continue
            stack[depth, _ARRAY_STEP], stack[depth, _OUTER], stack[depth, _LEFT] = step, index, count
            index = before
            depth += 1
        elif code == BOOLEAN:
            if position >= end or bytes_at(data)[position] > 1:
                return -1
            if fill and bytes_at(data)[position] == 1:
                _set_bit(column[VALUES], index)
            position += 1
        elif code == DOUBLE:
            if end - position < 8:
                return -1
            if fill:
                copy_bytes(column[VALUES] + 8 * index, data + position, 8)
            position += 8
        elif code != RECORD:
            value, position = _number(data, position, end)
            if position < 0 or (code == INT32 and not -(2**31) <= value < 2**31):
                return -1
            if fill and code == INT32:
                int32_at(column[VALUES])[index] = value
            elif fill:
                int64_at(column[VALUES])[index] = value
        step += 1
    return position


@compiled
def read_bodies(
    program: NDArray[np.int64],
    columns: NDArray[np.int64],
    data: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    status: NDArray[np.int8],
    counts: NDArray[np.int64],
    fill: bool,
) -> None:
    """Check bodies, or read the good ones into memory.

    Args:
        program: Table of operations.
        columns: Memory of the column of each operation, all zero; not looked at when checking.
        data: All messages, one behind the other.
        bounds: Start and end of each body.
        status: Takes what is known of each body when checking, and says it when reading.
        counts: Takes the number of items of each array.
        fill: False to check, True to read.
    """
    stack = np.empty((MOST_DEPTH, _STACK_WIDTH), dtype=np.int64)
    before = counts.copy()
    tables = (program.ctypes.data, columns.ctypes.data, len(program))
    row = 0
    for body in range(len(bounds)):
        if fill and status[body] != GOOD:
            continue
        before[:] = counts
        end = bounds[body, 1]
        position = _read_body(tables, data.ctypes.data, (row, bounds[body, 0], end), counts, fill, stack)
        if fill:
            row += 1
        elif position != end:
            status[body] = DAMAGED if position < 0 else TOO_LONG
            counts[:] = before
