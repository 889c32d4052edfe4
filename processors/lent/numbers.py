"""Columns of numbers, truths and days as one array of doubles."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.lent.arrow import child_of, is_there, values_of
from schemas.codec.lending import LentFrame
from schemas.compiled import Word, bytes_at, compiled, float64_at, int32_at, int64_at

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

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
    return float((bytes_at(values)[index >> 3] >> (index & 7)) & 1)


@compiled
def _read_numbers(frame: Word, forms: NDArray[np.int64], numbers: Numbers) -> None:
    for place in range(len(forms)):
        array = child_of(frame, place)
        for row in range(numbers.shape[1]):
            numbers[place, row] = number_at(array, row, forms[place])


@compiled
def _read_known(frame: Word, known: Flags) -> None:
    for place in range(known.shape[0]):
        array = child_of(frame, place)
        for row in range(known.shape[1]):
            known[place, row] = is_there(array, row)
