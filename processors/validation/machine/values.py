"""One value of a column, as compiled code reads and compares it."""

from __future__ import annotations

import numpy as np

from processors.validation.machine.layout import (
    CLASSES,
    DATA,
    EQUAL,
    FALSE,
    FIRST_ARGUMENT,
    INT8,
    INT16,
    INT32,
    INT64,
    KIND,
    LESS,
    LESS_OR_EQUAL,
    MORE,
    MORE_OR_EQUAL,
    OPERATION,
    PATTERNS,
    SECOND_ARGUMENT,
    TEXT_AGAINST,
    TEXT_AMONG,
    TEXT_MATCHES,
    TEXT_STARTS,
    TEXTS,
    TRUE,
    UINT8,
    UINT16,
    VALIDITY,
    VALUES,
)
from schemas.codec.views import VIEW_BYTES, bit_at, text_of_view
from schemas.compiled import Word, bytes_at, inlined, inner, int8_at, int16_at, int32_at, int64_at, uint16_at, uint32_at

_WORD = 8


@inlined
def given(column: Word, index: Word) -> bool:
    """Tell whether a value is there."""
    validity = int64_at(column)[VALIDITY]
    return bool(validity == 0 or bit_at(validity, index) == 1)


@inner
def whole_at(column: Word, index: Word) -> Word:  # noqa: PLR0911 - one return a type
    """Return a whole number."""
    kind, values = int64_at(column)[KIND], int64_at(column)[VALUES]
    if kind == INT32:
        return np.int64(int32_at(values)[index])
    if kind == INT64:
        return int64_at(values)[index]
    if kind == INT8:
        return np.int64(int8_at(values)[index])
    if kind == INT16:
        return np.int64(int16_at(values)[index])
    if kind == UINT8:
        return np.int64(bytes_at(values)[index])
    if kind == UINT16:
        return np.int64(uint16_at(values)[index])
    return np.int64(uint32_at(values)[index])


@inner
def bytes_of(column: Word, index: Word) -> tuple[Word, Word]:
    """Return address and length of a text."""
    return text_of_view(int64_at(column)[VALUES] + VIEW_BYTES * index, int64_at(column)[DATA])


@inner
def order(one: Word, size: Word, other: Word, other_size: Word) -> Word:
    """Return -1, 0 or 1 as one text stands before, with or behind another."""
    for place in range(min(size, other_size)):
        left, right = bytes_at(one)[place], bytes_at(other)[place]
        if left != right:
            return np.int64(-1) if left < right else np.int64(1)
    return np.int64(0) if size == other_size else (np.int64(-1) if size < other_size else np.int64(1))


@inner
def holds(comparison: Word, order: Word) -> Word:
    """Return the state of a comparison of two values that stand so to each other."""
    if comparison == EQUAL:
        does = order == 0
    elif comparison == LESS:
        does = order < 0
    elif comparison == LESS_OR_EQUAL:
        does = order <= 0
    elif comparison == MORE:
        does = order > 0
    elif comparison == MORE_OR_EQUAL:
        does = order >= 0
    else:
        does = order != 0
    return np.uint8(TRUE) if does else np.uint8(FALSE)


@inlined
def sign(left: Word, right: Word) -> Word:
    """Return -1, 0 or 1 as one number is less than, equal to or greater than another."""
    return np.int64(left > right) - np.int64(left < right)


@inlined
def float_sign(left: Word, right: Word) -> Word:
    """Compare floats as polars does: what is no number equals itself and is greater than all others."""
    if left != left:  # noqa: PLR0124  # NaN
        return np.int64(0) if right != right else np.int64(1)  # noqa: PLR0124
    if right != right:  # noqa: PLR0124
        return np.int64(-1)
    return np.int64(left > right) - np.int64(left < right)


@inner
def _matches(text: Word, size: Word, pattern: Word, classes: Word) -> bool:
    """Tell whether a text begins with one character of each class of a pattern, and ends there if it has to."""
    first, count, ends = int64_at(pattern)[0], int64_at(pattern)[1], int64_at(pattern)[2]
    if size < count or (ends == 1 and size != count):
        return False
    for place in range(count):
        if bytes_at(classes + 256 * (first + place))[np.int64(bytes_at(text)[place])] == 0:
            return False
    return True


@inner
def _among(texts: Word, first: Word, last: Word, text: Word, size: Word) -> Word:
    for one in range(first, last):
        listed = texts + 2 * _WORD * one
        other = int64_at(listed)[0]
        # Most differ in their length or their last character, where codes of one list differ.
        if int64_at(listed)[1] != size or (size > 0 and bytes_at(other)[size - 1] != bytes_at(text)[size - 1]):
            continue
        if order(text, size, other, size) == 0:
            return np.uint8(TRUE)
    return np.uint8(FALSE)


@inner
def _matches_any(desk: Word, first: Word, last: Word, text: Word, size: Word) -> Word:
    patterns, classes = int64_at(desk)[PATTERNS], int64_at(desk)[CLASSES]
    for one in range(first, last):
        if _matches(text, size, patterns + 3 * _WORD * one, classes):
            return np.uint8(TRUE)
    return np.uint8(FALSE)


@inner
def text_state(desk: Word, step: Word, text: Word, size: Word) -> Word:
    """Return the state of an operation on one text that is there."""
    operation = int64_at(step)[OPERATION]
    first, second = int64_at(step)[FIRST_ARGUMENT], int64_at(step)[SECOND_ARGUMENT]
    texts = int64_at(desk)[TEXTS]
    if operation == TEXT_AMONG:
        return _among(texts, first, second, text, size)
    if operation == TEXT_MATCHES:
        return _matches_any(desk, first, second, text, size)
    other, other_size = int64_at(texts + 2 * _WORD * first)[0], int64_at(texts + 2 * _WORD * first)[1]
    if operation == TEXT_AGAINST:
        return holds(second, order(text, size, other, other_size))
    if size < other_size:
        return np.uint8(FALSE)
    start = text if operation == TEXT_STARTS else text + size - other_size
    return np.uint8(TRUE) if order(start, other_size, other, other_size) == 0 else np.uint8(FALSE)
