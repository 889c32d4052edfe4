"""The first part of a rule, asked of every row of a batch: the simple ones in loops of their own.

Many rules begin with the same part, which is asked once for all of them.
"""

from __future__ import annotations

import numpy as np

from processors.validation.machine.layout import (
    BYTES,
    COLUMN,
    COLUMN_WIDTH,
    DATA,
    EQUAL,
    FIRST,
    FIRST_ARGUMENT,
    FLAG,
    GIVEN,
    INSTRUCTION_WIDTH,
    INT32,
    INT64,
    KIND,
    LESS,
    LESS_OR_EQUAL,
    MASKS,
    MEMORY,
    MISSING,
    MORE,
    MORE_OR_EQUAL,
    NEVER,
    NOT,
    NULLS,
    OPERATION,
    PROGRAM,
    ROWS,
    SECOND_ARGUMENT,
    TEXT_AMONG,
    TEXTS,
    THROUGH,
    TRUE,
    VALIDITY,
    VALUES,
    WHOLE_AGAINST,
)
from processors.validation.machine.parts import BLOCK, run_part, states_of
from processors.validation.machine.values import given, whole_at
from schemas.codec.views import INLINE_BYTES, VIEW_BYTES, bit_at
from schemas.compiled import Word, bytes_at, inner, int32_at, int64_at, uint32_at

_WORD = 8
_NO_FLAGS, _ALL_FLAGS = 0, 0x0101010101010101
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


@inner
def _every(height: Word, positions: Word) -> Word:
    for row in range(height):
        int64_at(positions)[row] = row
    return height


@inner
def _with_bytes(values: Word, wanted: Word, height: Word, positions: Word) -> Word:
    """Write down the rows whose flag is as wanted; eight at a time are passed over where none is."""
    count, row = 0, 0
    nothing = _NO_FLAGS if wanted == 1 else _ALL_FLAGS
    while row < height:
        if row + _WORD <= height and int64_at(values + row)[0] == nothing:
            row += _WORD
            continue
        for one in range(row, min(row + _WORD, height)):
            int64_at(positions)[count] = one
            count += bytes_at(values)[one] == wanted
        row += _WORD
    return count


@inner
def _with_bits(column: Word, wanted: Word, height: Word, positions: Word) -> Word:
    """Write down the rows whose flag is there and as wanted."""
    values, validity, first = int64_at(column)[VALUES], int64_at(column)[VALIDITY], int64_at(column)[FIRST]
    count, row, turned = 0, 0, np.uint8(0 if wanted == 1 else 255)
    while row < height:
        index = first + row
        bits = (bytes_at(values)[index >> 3] ^ turned) >> (index & 7)
        if validity != 0:
            bits &= bytes_at(validity)[index >> 3] >> (index & 7)
        end = min(row + 8 - (index & 7), height)
        while bits != 0 and row < end:
            int64_at(positions)[count] = row
            count += bits & 1
            bits >>= 1
            row += 1
        row = end
    return count


@inner
def _with_masks(column: Word, wanted: Word, height: Word, positions: Word) -> Word:
    """Write down the rows whose flag, a bit of a number, is as wanted."""
    values, mask, count = int64_at(column)[VALUES], int64_at(column)[DATA], 0
    for row in range(height):
        int64_at(positions)[count] = row
        count += ((int64_at(values)[row] & mask) != 0) == (wanted == 1)
    return count


@inner
def _given_of(column: Word, positions: Word, count: Word) -> Word:
    """Leave the rows whose value is there."""
    if int64_at(column)[VALIDITY] == 0:
        return count
    left = 0
    for one in range(count):
        row = int64_at(positions)[one]
        int64_at(positions)[left] = row
        left += given(column, int64_at(column)[FIRST] + row)
    return left


@inner
def _flagged(column: Word, wanted: Word, rows: Word, height: Word, positions: Word) -> Word:
    kind, values = int64_at(column)[KIND], int64_at(column)[VALUES]
    if kind == NULLS:
        return 0
    if kind == NEVER:
        return 0 if wanted == 1 else _every(height, positions)
    through, first = int64_at(column)[THROUGH], int64_at(column)[FIRST]
    if through == 0 and kind == BYTES:
        return _given_of(column, positions, _with_bytes(values + first, wanted, height, positions))
    if through == 0 and kind == MASKS:
        return _with_masks(column, wanted, height, positions)
    if through == 0:
        return _with_bits(column, wanted, height, positions)
    count, validity = 0, int64_at(column)[VALIDITY]
    for row in range(height):
        index = first + np.int64(uint32_at(rows)[row])
        if kind == MASKS:
            flag = np.int64((int64_at(values)[index] & int64_at(column)[DATA]) != 0)
        else:
            flag = np.int64(bytes_at(values)[index]) if kind == BYTES else np.int64(bit_at(values, index))
        there = validity == 0 or bit_at(validity, index) == 1
        int64_at(positions)[count] = row
        count += there and flag == wanted
    return count


@inner
def _given_or_missing(column: Word, wanted: Word, height: Word, positions: Word) -> Word:
    validity, first = int64_at(column)[VALIDITY], int64_at(column)[FIRST]
    if int64_at(column)[KIND] == NULLS:
        return 0 if wanted == 1 else _every(height, positions)
    if validity == 0:
        return 0 if wanted == 0 else _every(height, positions)
    count = 0
    for row in range(height):
        index = first + row
        int64_at(positions)[count] = row
        count += bit_at(validity, index) == wanted
    return count


@inner
def _within(column: Word, low: Word, high: Word, height: Word, positions: Word) -> Word:
    """Write down the rows whose whole number is there and lies within bounds."""
    kind, first, count = int64_at(column)[KIND], int64_at(column)[FIRST], 0
    values = int64_at(column)[VALUES]
    if kind == INT32:
        for row in range(height):
            value = np.int64(int32_at(values)[first + row])
            int64_at(positions)[count] = row
            count += low <= value <= high
    elif kind == INT64:
        for row in range(height):
            value = int64_at(values)[first + row]
            int64_at(positions)[count] = row
            count += low <= value <= high
    else:
        for row in range(height):
            value = whole_at(column, first + row)
            int64_at(positions)[count] = row
            count += low <= value <= high
    return _given_of(column, positions, count)


@inner
def _compared(step: Word, column: Word, height: Word, positions: Word) -> Word:
    how, value = int64_at(step)[SECOND_ARGUMENT], int64_at(step)[FIRST_ARGUMENT]
    low, high = _LOWEST, _HIGHEST
    if how in (EQUAL, MORE_OR_EQUAL):
        low = value
    if how in (EQUAL, LESS_OR_EQUAL):
        high = value
    if how == MORE:
        low = value + 1
    if how == LESS:
        high = value - 1
    return _within(column, low, high, height, positions)


@inner
def _with_short_text(column: Word, text: Word, size: Word, height: Word, positions: Word) -> Word:
    """Write down the rows with one text that lies in its view: two words are compared."""
    one, other = np.uint64(size), np.uint64(0)
    for place in range(size):
        byte = np.uint64(bytes_at(text)[place])
        if place < 4:  # behind the length, in the first word
            one |= byte << np.uint64(32 + 8 * place)
        else:
            other |= byte << np.uint64(8 * (place - 4))
    view, count = int64_at(column)[VALUES] + VIEW_BYTES * int64_at(column)[FIRST], 0
    first, second = np.int64(one), np.int64(other)
    for row in range(height):
        int64_at(positions)[count] = row
        count += int64_at(view)[2 * row] == first and int64_at(view)[2 * row + 1] == second
    return _given_of(column, positions, count)


@inner
def _asked_in_blocks(desk: Word, start: Word, end: Word, height: Word, positions: Word) -> Word:
    states, left = states_of(desk), 0
    _every(height, positions)
    for first in range(0, height, BLOCK):
        count = min(BLOCK, height - first)
        run_part(desk, start, end, positions + _WORD * first, count)
        for one in range(count):
            int64_at(positions)[left] = first + one
            left += bytes_at(states)[one] == TRUE
    return left


@inner
def _asked_of_column(desk: Word, step: Word, column: Word, height: Word, positions: Word) -> Word:
    """Answer one instruction on a column of the level itself; -1 where there is no loop of its own for it."""
    operation, first = int64_at(step)[OPERATION], int64_at(step)[FIRST_ARGUMENT]
    if operation in (MISSING, GIVEN):
        return _given_or_missing(column, 1 if operation == GIVEN else 0, height, positions)
    if int64_at(column)[KIND] == NULLS:
        return 0
    if operation == WHOLE_AGAINST and int64_at(step)[SECOND_ARGUMENT] <= MORE:
        return _compared(step, column, height, positions)
    if operation == TEXT_AMONG and int64_at(step)[SECOND_ARGUMENT] == first + 1:
        text = int64_at(desk)[TEXTS] + 2 * _WORD * first
        if int64_at(text)[1] <= INLINE_BYTES:
            return _with_short_text(column, int64_at(text)[0], int64_at(text)[1], height, positions)
    return -1


@inner
def rows_of_root(desk: Word, start: Word, end: Word, height: Word, positions: Word) -> Word:
    """Write down the rows where a part is true, in order, and return how many there are."""
    if start == end:
        return _every(height, positions)
    step = int64_at(desk)[PROGRAM] + _WORD * INSTRUCTION_WIDTH * start
    column = int64_at(desk)[MEMORY] + _WORD * COLUMN_WIDTH * int64_at(step)[COLUMN]
    found = -1
    if int64_at(step)[OPERATION] == FLAG:
        is_negated = end - start == 2 and int64_at(step + _WORD * INSTRUCTION_WIDTH)[OPERATION] == NOT
        if end - start == 1 or is_negated:
            found = _flagged(column, 0 if is_negated else 1, int64_at(desk)[ROWS], height, positions)
    elif end - start == 1 and int64_at(column)[THROUGH] == 0:
        found = _asked_of_column(desk, step, column, height, positions)
    return found if found >= 0 else _asked_in_blocks(desk, start, end, height, positions)
