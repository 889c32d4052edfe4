"""Columns of lists: how long they are, and their elements laid end to end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.lent.arrow import child_of, is_there, list_of
from processors.lent.numbers import DOUBLE, Flags, Numbers, form_of, number_at
from processors.lent.texts import Bytes, Index, NumberedTexts, copy_bytes_of, numbered
from schemas.codec.lending import LentFrame
from schemas.compiled import Word, compiled, int64_at


class ListShape(NamedTuple):
    """The shape of a column of lists.

    Attributes:
        starts: Position of each list's first element among all elements laid end to end.
        lengths: Number of elements; 0 for null.
        known: False where the list is null.
    """

    starts: Index
    lengths: Index
    known: Flags

    @property
    def filled(self) -> Index:
        """Rows whose list holds an element."""
        return np.flatnonzero(self.lengths)

    @property
    def counts(self) -> Numbers:
        """Number of elements of each list, NaN for null."""
        return np.where(self.known, self.lengths, np.nan)


def list_shapes(frame: pl.DataFrame) -> dict[str, ListShape]:
    """Return the shapes of columns of lists."""
    lengths = np.zeros(frame.shape[::-1], dtype=np.int64)
    known = np.zeros(frame.shape[::-1], dtype=np.bool_)
    if frame.height:
        with LentFrame(frame) as lent:
            _measure(lent.array, lengths, known)
    shapes = zip(np.cumsum(lengths, axis=1) - lengths, lengths, known, strict=True)
    return {name: ListShape(*shape) for name, shape in zip(frame.columns, shapes, strict=True)}


def list_texts(column: pl.Series) -> NumberedTexts:
    """Return the elements of lists of texts as numbers."""
    if not len(column):
        return NumberedTexts([], np.zeros(0, dtype=np.int64))
    with LentFrame(column.to_frame()) as lent:
        lists = child_of(lent.array, 0)
        return numbered(child_of(lists, 0), _elements(lists, len(column)))


def first_texts(column: pl.Series, field: str | None = None) -> NumberedTexts:
    """Return the first text of each list as numbers; null where the list is empty.

    Args:
        column: Lists of texts or of structs.
        field: Field of the structs.
    """
    if not len(column):
        return NumberedTexts([], np.zeros(0, dtype=np.int64))
    with LentFrame(column.to_frame()) as lent:
        lists = child_of(lent.array, 0)
        if field is None:
            return numbered(child_of(lists, 0), _first_elements(lists, len(column)))
        place = _field_of(column.dtype, field)
        return numbered(child_of(child_of(lists, 0), place), _first_fields(lists, len(column)))


def read_list_numbers(column: pl.Series) -> Numbers:
    """Return the elements of lists of numbers as float64, NaN for null."""
    form = form_of(_elements_of(column.dtype))
    if form is None:
        column, form = column.cast(pl.List(pl.Float64)), DOUBLE
    if not len(column):
        return np.zeros(0)
    with LentFrame(column.to_frame()) as lent:
        lists = child_of(lent.array, 0)
        return _read_elements(child_of(lists, 0), _elements(lists, len(column)), form)


def element_bytes(column: pl.Series, width: int) -> Bytes:
    """Return the first bytes of every text in lists, padded with zeros: one row an element, null as the empty text."""
    if not len(column):
        return np.zeros((0, width), dtype=np.uint8)
    with LentFrame(column.to_frame()) as lent:
        lists = child_of(lent.array, 0)
        rows = _elements(lists, len(column))
        out = np.zeros((len(rows), width), dtype=np.uint8)
        copy_bytes_of(child_of(lists, 0), rows, out)
    return out


def counted_missing(column: pl.Series, field: str) -> Index:
    """Count the elements of each list of structs in which a field is null."""
    counts = np.zeros(len(column), dtype=np.int64)
    if len(column):
        place = _field_of(column.dtype, field)
        with LentFrame(column.to_frame()) as lent:
            _count_missing(child_of(lent.array, 0), place, counts)
    return counts


def _elements_of(dtype: pl.DataType) -> pl.DataType:
    """Return the type of the elements of lists."""
    if not isinstance(dtype, pl.List):
        msg = f"{dtype} is no type of lists"
        raise TypeError(msg)
    inner = dtype.inner
    return inner if isinstance(inner, pl.DataType) else inner()


def _field_of(dtype: pl.DataType, name: str) -> int:
    """Return the place of a field among those of lists of structs."""
    return [each.name for each in getattr(_elements_of(dtype), "fields", ())].index(name)


@compiled
def _first_elements(lists: Word, size: int) -> Index:
    """Return the row of the first element of every list among the elements; -1 for an empty one."""
    rows = np.full(size, -1, dtype=np.int64)
    for row in range(size):
        first, end = list_of(lists, row)
        if end > first:
            rows[row] = first
    return rows


@compiled
def _first_fields(lists: Word, size: int) -> Index:
    """Return the row of the first struct of every list among the values of its fields; -1 for none."""
    structs, rows = child_of(lists, 0), _first_elements(lists, size)
    for row in range(size):
        if rows[row] >= 0:
            rows[row] = int64_at(structs)[2] + rows[row] if is_there(structs, rows[row]) else -1
    return rows


@compiled
def _measure(frame: Word, lengths: NDArray[np.int64], known: NDArray[np.bool_]) -> None:
    for place in range(lengths.shape[0]):
        array = child_of(frame, place)
        for row in range(lengths.shape[1]):
            first, end = list_of(array, row)
            lengths[place, row] = end - first
            known[place, row] = is_there(array, row)


@compiled
def _elements(lists: Word, size: int) -> Index:
    """Return the rows of the child array that are elements of the lists, in order; what a null holds is none."""
    total = 0
    for row in range(size):
        first, end = list_of(lists, row)
        total += end - first
    rows = np.empty(total, dtype=np.int64)
    place = 0
    for row in range(size):
        first, end = list_of(lists, row)
        for element in range(first, end):
            rows[place] = element
            place += 1
    return rows


@compiled
def _read_elements(elements: Word, rows: Index, form: int) -> Numbers:
    numbers = np.empty(len(rows), dtype=np.float64)
    for place in range(len(rows)):
        numbers[place] = number_at(elements, rows[place], form)
    return numbers


@compiled
def _count_missing(lists: Word, field: int, counts: Index) -> None:
    structs = child_of(lists, 0)
    values = child_of(structs, field)
    for row in range(len(counts)):
        first, end = list_of(lists, row)
        for element in range(first, end):
            # The fields of a struct have its rows, from its offset on.
            counts[row] += not (is_there(structs, element) and is_there(values, int64_at(structs)[2] + element))
