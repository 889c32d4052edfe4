"""Columns of numbers, truths and days as arrays of doubles or of integers."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.lent.arrow import child_of, is_there, text_of, values_of
from schemas.codec.lending import LentFrame
from schemas.codec.views import bit_at
from schemas.compiled import Word, bytes_at, compiled, float64_at, int32_at, int64_at

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

INT32, UINT32, INT64, DOUBLE, BIT = range(5)
"""How a number lies in memory."""

_FORMS: dict[pl.DataType, int] = {
    pl.Int32(): INT32,
    pl.Date(): INT32,
    pl.UInt32(): UINT32,
    pl.Int64(): INT64,
    pl.Float64(): DOUBLE,
    pl.Boolean(): BIT,
}
_MOST_DIGITS = 18
"""Digits that surely fit in 64 bits."""


def read_numbers(frame: pl.DataFrame) -> dict[str, Numbers]:
    """Return columns of numbers, truths (0 or 1), dates (days since 1970) or instants (their unit since 1970).

    Returns:
        Each as float64, NaN for null.
    """
    forms = [form_of(dtype) for dtype in frame.dtypes]
    if None in forms:
        frame = frame.cast({n: pl.Float64() for n, form in zip(frame.columns, forms, strict=True) if form is None})
    known_forms = np.array([DOUBLE if form is None else form for form in forms], dtype=np.int64)
    numbers = np.empty(frame.shape[::-1], dtype=np.float64)
    if frame.height and frame.width:
        with LentFrame(frame) as lent:
            _read_numbers(lent.array, known_forms, numbers)
    return dict(zip(frame.columns, numbers, strict=True))


def read_integers(frame: pl.DataFrame, missing: int = 0) -> dict[str, Integers]:
    """Return columns of whole numbers, dates (days since 1970) or instants (their unit since 1970).

    Args:
        frame: The columns; none of doubles or truths.
        missing: Stands for null.
    """
    forms = np.array([form_of(dtype) for dtype in frame.dtypes], dtype=np.int64)
    numbers = np.empty(frame.shape[::-1], dtype=np.int64)
    if frame.height and frame.width:
        with LentFrame(frame) as lent:
            _read_integers(lent.array, forms, missing, numbers)
    return dict(zip(frame.columns, numbers, strict=True))


def read_digits(frame: pl.DataFrame) -> dict[str, Integers]:
    """Return columns of texts as the whole numbers that they write, 0 for null and for what is no number."""
    numbers = np.zeros(frame.shape[::-1], dtype=np.int64)
    plain = np.ones(frame.width, dtype=np.bool_)
    if frame.height and frame.width:
        with LentFrame(frame) as lent:
            _read_digits(lent.array, numbers, plain)
    for place in np.flatnonzero(~plain).tolist():  # signs and the like: as polars reads them
        column = frame.to_series(place).cast(pl.Int64, strict=False)
        numbers[place] = column.fill_null(0).to_numpy()
    return dict(zip(frame.columns, numbers, strict=True))


def form_of(dtype: pl.DataType) -> int | None:
    """Return how numbers of a type lie in memory; None for a type that must be cast to Float64 first."""
    return INT64 if isinstance(dtype, pl.Datetime) else _FORMS.get(dtype)


def read_known(frame: pl.DataFrame) -> dict[str, Flags]:
    """Tell of columns of any type where they are not null."""
    known = np.empty(frame.shape[::-1], dtype=np.bool_)
    if frame.height and frame.width:
        with LentFrame(frame) as lent:
            _read_known(lent.array, known)
    return dict(zip(frame.columns, known, strict=True))


@compiled
def number_at(array: Word, row: Word, form: Word) -> float:
    """Return a number, NaN for null."""
    if not is_there(array, row):
        return np.nan
    values, index = values_of(array), int64_at(array)[2] + row
    if form == INT32:
        return float(int32_at(values)[index])
    if form == INT64:
        return float(int64_at(values)[index])
    if form == DOUBLE:
        return float(float64_at(values)[index])
    if form == UINT32:
        return float(np.int64(int32_at(values)[index]) & 0xFFFFFFFF)
    return float(bit_at(values, index))


@compiled
def _read_numbers(frame: Word, forms: NDArray[np.int64], numbers: Numbers) -> None:
    for place in range(len(forms)):
        array = child_of(frame, place)
        for row in range(numbers.shape[1]):
            numbers[place, row] = number_at(array, row, forms[place])


@compiled
def _read_integers(frame: Word, forms: Integers, missing: int, numbers: Integers) -> None:
    for place in range(len(forms)):
        array = child_of(frame, place)
        for row in range(numbers.shape[1]):
            values, index = values_of(array), int64_at(array)[2] + row
            if not is_there(array, row):
                numbers[place, row] = missing
            elif forms[place] == INT64:
                numbers[place, row] = int64_at(values)[index]
            elif forms[place] == INT32:
                numbers[place, row] = int32_at(values)[index]
            else:
                numbers[place, row] = np.int64(int32_at(values)[index]) & 0xFFFFFFFF


@compiled
def _read_digits(frame: Word, numbers: Integers, plain: Flags) -> None:
    """Read digits; a column with a text that is anything else is none to be read here."""
    for place in range(len(plain)):
        array = child_of(frame, place)
        for row in range(numbers.shape[1]):
            if is_there(array, row):
                text, length = text_of(array, row)
                plain[place] &= 0 < length <= _MOST_DIGITS
                for at in range(min(length, _MOST_DIGITS)):
                    digit = np.int64(bytes_at(text)[at]) - 48
                    plain[place] &= 0 <= digit <= 9
                    numbers[place, row] = numbers[place, row] * 10 + digit


@compiled
def _read_known(frame: Word, known: Flags) -> None:
    for place in range(known.shape[0]):
        array = child_of(frame, place)
        for row in range(known.shape[1]):
            known[place, row] = is_there(array, row)
