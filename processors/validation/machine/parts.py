"""A part of a rule asked of some rows: its instructions over two stacks, one of states and one of numbers."""

from __future__ import annotations

import numpy as np

from processors.validation.machine.layout import (
    AND,
    BYTES,
    COLUMN,
    COLUMN_WIDTH,
    COMPARE,
    COMPARE_FLOATS,
    DATA,
    FALSE,
    FIRST,
    FIRST_ARGUMENT,
    FLAG,
    FLOAT,
    FLOAT64,
    GIVEN,
    INSTRUCTION_WIDTH,
    KIND,
    MASKS,
    MEMORY,
    MINUS,
    MISSING,
    NEVER,
    NOT,
    NULLS,
    NUMBERS,
    OPERATION,
    OR,
    PLUS,
    PROGRAM,
    ROWS,
    SECOND_ARGUMENT,
    SPACE,
    TEXTS_SAME,
    THROUGH,
    TIMES,
    TRUE,
    UNKNOWN,
    VALUES,
    WHOLE,
    WHOLE_AGAINST,
    WHOLE_AMONG,
)
from processors.validation.machine.values import (
    bytes_of,
    float_sign,
    given,
    holds,
    order,
    sign,
    text_state,
    whole_at,
)
from schemas.codec.views import bit_at
from schemas.compiled import Word, bytes_at, float64_at, inlined, inner, int64_at, uint32_at

BLOCK = 1024
"""Rows that a part is asked of at a time."""

DEPTH = 8
"""Values that a part may need at the same time."""

SPACE_WORDS = BLOCK * (1 + 2 * DEPTH + DEPTH // 4)
"""Words of the space to work in: an index a row, and the stacks of states, of numbers and of which are there."""

_WORD = 8


@inner
def _flags(column: Word, places: Word, count: Word, states: Word) -> None:
    """Read flags."""
    kind, values = int64_at(column)[KIND], int64_at(column)[VALUES]
    if kind in (NEVER, NULLS):
        state = np.uint8(FALSE) if kind == NEVER else np.uint8(UNKNOWN)
        for one in range(count):
            bytes_at(states)[one] = state
        return
    for one in range(count):
        index = int64_at(places)[one]
        if not given(column, index):
            bytes_at(states)[one] = np.uint8(UNKNOWN)
        elif kind == BYTES:
            bytes_at(states)[one] = np.uint8(2) - bytes_at(values)[index]
        elif kind == MASKS:
            is_set = int64_at(values)[index] & int64_at(column)[DATA] != 0
            bytes_at(states)[one] = np.uint8(TRUE) if is_set else np.uint8(FALSE)
        else:
            bytes_at(states)[one] = np.uint8(2) - np.uint8(bit_at(values, index))


@inner
def _column_states(step: Word, column: Word, places: Word, count: Word, states: Word, lists: Word) -> None:
    """Answer an operation that looks at whether values are there or at one whole number of each row."""
    operation = int64_at(step)[OPERATION]
    first, second = int64_at(step)[FIRST_ARGUMENT], int64_at(step)[SECOND_ARGUMENT]
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(count):
        index = int64_at(places)[one]
        there = not nothing and given(column, index)
        state = np.uint8(UNKNOWN)
        if operation == MISSING:
            state = np.uint8(FALSE) if there else np.uint8(TRUE)
        elif operation == GIVEN:
            state = np.uint8(TRUE) if there else np.uint8(FALSE)
        elif there and operation == WHOLE_AGAINST:
            state = holds(second, sign(whole_at(column, index), first))
        elif there:
            state, value = np.uint8(FALSE), whole_at(column, index)
            for place in range(first, second):
                if int64_at(lists)[place] == value:
                    state = np.uint8(TRUE)
        bytes_at(states)[one] = state


@inner
def _index_of(column: Word, position: Word, rows: Word) -> Word:
    """Return the index of the value of a row: its own, or that of the claim of the line."""
    if int64_at(column)[THROUGH]:
        return int64_at(column)[FIRST] + np.int64(uint32_at(rows)[position])
    return int64_at(column)[FIRST] + position


@inner
def _numbers(step: Word, column: Word, places: Word, count: Word, top: Word, is_given: Word) -> None:
    """Read whole numbers, or the same as floats."""
    as_float = int64_at(step)[OPERATION] == FLOAT
    kind, values = int64_at(column)[KIND], int64_at(column)[VALUES]
    for one in range(count):
        index = int64_at(places)[one]
        there = kind != NULLS and given(column, index)
        bytes_at(is_given)[one] = np.uint8(there)
        if not there:
            int64_at(top)[one] = 0
        elif not as_float:
            int64_at(top)[one] = whole_at(column, index)
        elif kind == FLOAT64:
            float64_at(top)[one] = float64_at(values)[index]
        else:
            float64_at(top)[one] = np.float64(whole_at(column, index))


@inner
def _combined(step: Word, count: Word, top: Word, is_given: Word, states: Word) -> None:
    """Add, subtract, multiply or compare the two uppermost numbers; the lower one takes the result."""
    operation, how = int64_at(step)[OPERATION], int64_at(step)[FIRST_ARGUMENT]
    low, low_given = top - _WORD * BLOCK, is_given - BLOCK
    for one in range(count):
        there = bytes_at(low_given)[one] & bytes_at(is_given)[one]
        if operation in (COMPARE, COMPARE_FLOATS):
            state = np.uint8(UNKNOWN)
            if there and operation == COMPARE:
                state = holds(how, sign(int64_at(low)[one], int64_at(top)[one]))
            elif there:
                state = holds(how, float_sign(float64_at(low)[one], float64_at(top)[one]))
            bytes_at(states)[one] = state
            continue
        bytes_at(low_given)[one] = there
        if operation == TIMES:
            float64_at(low)[one] = float64_at(low)[one] * float64_at(top)[one]
            continue
        right = int64_at(top)[one]
        made = int64_at(low)[one] + right if operation == PLUS else int64_at(low)[one] - right
        int64_at(low)[one] = np.int64(np.int32(made)) if how == 32 else made  # as polars wraps


@inner
def _constants(step: Word, count: Word, top: Word, is_given: Word) -> None:
    """Write one number for all rows; a float lies in the instruction bit by bit."""
    value = int64_at(step)[FIRST_ARGUMENT]
    for one in range(count):
        int64_at(top)[one] = value
        bytes_at(is_given)[one] = np.uint8(1)


@inner
def _logic(operation: Word, count: Word, states: Word) -> None:
    """Negate the uppermost states, or join the two uppermost into the lower one."""
    low = states - BLOCK
    for one in range(count):
        state = bytes_at(states)[one]
        if operation == NOT:
            bytes_at(states)[one] = ((state & TRUE) << 1) | (state >> 1)
            continue
        other = bytes_at(low)[one]
        both, either = state & other, state | other
        if operation == AND:
            bytes_at(low)[one] = (both & TRUE) | (either & FALSE)
        else:
            bytes_at(low)[one] = (either & TRUE) | (both & FALSE)


@inner
def _same(other: Word, index: Word, text: Word, size: Word) -> Word:
    """Return the state of whether a text of another column is the same."""
    if int64_at(other)[KIND] == NULLS or not given(other, index):
        return np.uint8(UNKNOWN)
    there, there_size = bytes_of(other, index)
    return np.uint8(TRUE) if size == there_size and order(text, size, there, size) == 0 else np.uint8(FALSE)


@inner
def _texts(desk: Word, step: Word, column: Word, positions: Word, count: Word, states: Word) -> None:
    """Answer an operation on texts."""
    rows, places = int64_at(desk)[ROWS], int64_at(desk)[SPACE]
    is_same = int64_at(step)[OPERATION] == TEXTS_SAME
    other = int64_at(desk)[MEMORY] + _WORD * COLUMN_WIDTH * int64_at(step)[FIRST_ARGUMENT]
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(count):
        index = int64_at(places)[one]
        state = np.uint8(UNKNOWN)
        if not nothing and given(column, index):
            text, size = bytes_of(column, index)
            if is_same:
                state = _same(other, _index_of(other, int64_at(positions)[one], rows), text, size)
            else:
                state = text_state(desk, step, text, size)
        bytes_at(states)[one] = state


@inner
def _answer(desk: Word, step: Word, column: Word, positions: Word, count: Word, states: Word) -> None:
    """Answer an operation that looks at one column."""
    operation, places = int64_at(step)[OPERATION], int64_at(desk)[SPACE]
    if operation == FLAG:
        _flags(column, places, count, states)
    elif operation in (MISSING, GIVEN, WHOLE_AGAINST, WHOLE_AMONG):
        _column_states(step, column, places, count, states, int64_at(desk)[NUMBERS])
    else:
        _texts(desk, step, column, positions, count, states)


@inner
def _put(step: Word, column: Word, places: Word, count: Word, top: Word, is_given: Word) -> None:
    """Put numbers on their stack: those of a column, or the same one for every row."""
    if int64_at(step)[OPERATION] in (WHOLE, FLOAT):
        _numbers(step, column, places, count, top, is_given)
    else:
        _constants(step, count, top, is_given)


@inlined
def states_of(desk: Word) -> Word:
    """Return the address of the states that a part leaves."""
    return int64_at(desk)[SPACE] + _WORD * BLOCK


@inner
def run_part(desk: Word, start: Word, end: Word, positions: Word, count: Word) -> None:
    """Run the instructions of a part on rows; their states are left where `states_of` says."""
    places, states = int64_at(desk)[SPACE], states_of(desk)
    numbers, there = states + DEPTH * BLOCK, states + DEPTH * BLOCK + _WORD * DEPTH * BLOCK
    state_depth, depth = -1, -1
    for at in range(start, end):
        step = int64_at(desk)[PROGRAM] + _WORD * INSTRUCTION_WIDTH * at
        operation = int64_at(step)[OPERATION]
        column = int64_at(desk)[MEMORY] + _WORD * COLUMN_WIDTH * int64_at(step)[COLUMN]
        if int64_at(step)[COLUMN] >= 0:
            for one in range(count):
                int64_at(places)[one] = _index_of(column, int64_at(positions)[one], int64_at(desk)[ROWS])
        top, top_given = numbers + _WORD * BLOCK * depth, there + BLOCK * depth
        if operation in (NOT, AND, OR):
            _logic(operation, count, states + BLOCK * state_depth)
            state_depth -= 0 if operation == NOT else 1
        elif operation <= TEXTS_SAME:
            state_depth += 1
            _answer(desk, step, column, positions, count, states + BLOCK * state_depth)
        elif operation in (COMPARE, COMPARE_FLOATS):
            state_depth += 1
            _combined(step, count, top, top_given, states + BLOCK * state_depth)
            depth -= 2
        elif operation in (PLUS, MINUS, TIMES):
            _combined(step, count, top, top_given, states)
            depth -= 1
        else:
            depth += 1
            _put(step, column, places, count, top + _WORD * BLOCK, top_given + BLOCK)
