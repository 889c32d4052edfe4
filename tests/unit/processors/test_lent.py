"""Columns read where polars keeps them say what polars says, in slices too."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from processors.lent import (
    counted_missing,
    list_shapes,
    list_texts,
    number_texts,
    read_known,
    read_list_numbers,
    read_numbers,
)

_TEXTS = st.none() | st.sampled_from(["", "a", "ab", "twelve bytes", "thirteen byte", "thirteen bytf", "äöü" * 9])
_NUMBERS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "int": (pl.Int32, st.integers(-(2**31), 2**31 - 1)),
    "long": (pl.Int64, st.integers(-(2**53), 2**53)),
    "small": (pl.Int16, st.integers(-(2**15), 2**15 - 1)),
    "row": (pl.UInt32, st.integers(0, 2**32 - 1)),
    "double": (pl.Float64, st.floats()),
    "flag": (pl.Boolean, st.booleans()),
    "day": (pl.Date, st.dates(date(1900, 1, 1), date(2100, 1, 1))),
    "instant": (pl.Datetime("us", "UTC"), st.datetimes(timezones=st.just(UTC))),
}
_SCHEMA = pl.Schema({name: dtype for name, (dtype, _) in _NUMBERS.items()})
_ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, (_, values) in _NUMBERS.items()}))


@given(_ROWS, st.integers(0, 9))
def test_numbers_and_nulls_are_those_of_polars(rows: list[dict[str, object]], first: int) -> None:
    frame = pl.DataFrame(rows, schema=_SCHEMA)[first:]
    numbers, known = read_numbers(frame), read_known(frame)
    for column in frame.iter_columns():
        np.testing.assert_array_equal(numbers[column.name], column.to_physical().cast(pl.Float64).to_numpy())
        assert known[column.name].tolist() == column.is_not_null().to_list()


@given(st.lists(_TEXTS), st.lists(st.none() | st.lists(_TEXTS, max_size=4)), st.integers(0, 5))
def test_numbered_texts_are_the_texts(texts: list[str | None], lists: list[list[str] | None], first: int) -> None:
    plain = pl.Series("texts", texts, dtype=pl.String)[first:]
    nested = pl.Series("lists", lists, dtype=pl.List(pl.String))[first:]
    flat = [text for each in nested.to_list() if each is not None for text in each]
    for numbered, wanted in ((number_texts(plain.to_frame())["texts"], plain.to_list()), (list_texts(nested), flat)):
        assert [[*numbered.values, None][number] for number in numbered.index.tolist()] == wanted
        assert numbered.values == list(dict.fromkeys(text for text in wanted if text is not None))


@given(st.lists(st.none() | st.lists(st.none() | st.integers(0, 9), max_size=4)), st.integers(0, 5))
def test_lists_have_their_shape_and_numbers(lists: list[list[int | None] | None], first: int) -> None:
    column = pl.Series("lists", lists, dtype=pl.List(pl.Int32))[first:]
    shape, wanted = list_shapes(column.to_frame())["lists"], column.to_list()
    assert shape.known.tolist() == [each is not None for each in wanted]
    assert shape.lengths.tolist() == [len(each or []) for each in wanted]
    assert shape.starts.tolist() == (np.cumsum(shape.lengths) - shape.lengths).tolist()
    flat = [np.nan if number is None else number for each in wanted if each is not None for number in each]
    np.testing.assert_array_equal(read_list_numbers(column), np.array(flat, dtype=np.float64))


def test_what_a_null_list_holds_is_not_read() -> None:
    column = pl.Series([[1, 2], [3], [4, 5]])
    hidden = pl.select(pl.when(pl.Series([True, False, True])).then(pl.lit(column)).alias("lists")).to_series()
    assert read_list_numbers(hidden).tolist() == [1, 2, 4, 5]


def test_missing_fields_of_structs_are_counted_by_list() -> None:
    structs = [[{"paid": 1, "by": "x"}, {"paid": None, "by": "y"}], None, [], [{"paid": None, "by": None}] * 3]
    column = pl.Series("payers", structs)
    assert counted_missing(column, "paid").tolist() == [1, 0, 0, 3]
    assert counted_missing(column[1:], "by").tolist() == [0, 0, 3]
