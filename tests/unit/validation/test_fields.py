"""Fields that compiled code reads are what polars says they are, in whole frames and in parts of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.validation.columns.fields import Fields
from processors.validation.columns.forms import TWO
from processors.validation.columns.known_texts import KnownTexts
from processors.validation.columns.made import ArrayColumn
from processors.validation.machine.layout import COLUMN_WIDTH
from processors.validation.machine.machine import Machine
from processors.validation.machine.memory import words_of_array

TEXTS = st.one_of(
    st.none(), st.sampled_from(["", "A1", "1A", "B", "é1", "ABCDEFG", "ABCDEFGH", "a text beyond its view"])
)
RECORD = st.fixed_dictionaries(
    {"code": TEXTS, "cents": st.one_of(st.none(), st.integers(-5, 5)), "inner": st.lists(TEXTS, max_size=2)}
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": TEXTS,
            "day": st.one_of(st.none(), st.dates(date(1960, 1, 1), date(2030, 1, 1))),
            "flag": st.sampled_from([True, False, None]),
            "units": st.sampled_from([None, 1.5, float("nan"), -2.0]),
            "texts": st.one_of(st.none(), st.lists(TEXTS, max_size=3)),
            "records": st.one_of(st.none(), st.lists(RECORD, max_size=3)),
        }
    ),
    max_size=12,
)
SCHEMA = {
    "text": pl.String(),
    "day": pl.Date(),
    "flag": pl.Boolean(),
    "units": pl.Float64(),
    "texts": pl.List(pl.String()),
    "records": pl.List(pl.Struct({"code": pl.String(), "cents": pl.Int64(), "inner": pl.List(pl.String())})),
}
KNOWN = KnownTexts(["A1", "ABCDEFGH", "B", "", "ABCDEFG"])


def known(texts: list[str | None]) -> list[int]:
    places = {"A1": 0, "B": 2, "": 3, "ABCDEFG": 4}  # a text of eight bytes is found nowhere
    return [5 if text is None else places.get(text, 5) for text in texts]


@settings(max_examples=150, deadline=None)
@given(ROWS, st.integers(0, 3))
def test_fields_are_what_polars_says(rows: list[dict[str, object]], start: int) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)[start:]
    texts, items = frame["text"].to_list(), [one for some in frame["texts"].to_list() for one in some or ()]
    records = [one for some in frame["records"].to_list() for one in some or ()]
    with Fields(frame) as fields:
        text = fields["text"]
        assert text.texts() == texts
        assert text.given().tolist() == [one is not None for one in texts]
        assert text.equal("1A").tolist() == [one == "1A" for one in texts]
        assert text.starts_with("ABC").tolist() == [(one or "").startswith("ABC") for one in texts]
        assert text.known(KNOWN).tolist() == known(texts)
        assert TWO.of(text).tolist() == TWO.numbers(frame["text"]).tolist()
        assert text.first_bytes().tolist() == [one.encode()[0] if one else 0 for one in texts]
        assert text.last_bytes(2).tolist() == [
            one.encode()[1] if one and len(one.encode()) == 2 else 0 for one in texts
        ]
        same = text.hashes().tolist()
        assert len(set(same)) == len({one or "" for one in texts})
        assert fields["day"].whole(-1).tolist() == frame["day"].cast(pl.Int32).fill_null(-1).to_list()
        assert fields["flag"].flags().tolist() == frame["flag"].fill_null(value=False).to_list()
        assert fields["units"].floats(0).tolist() == frame["units"].fill_null(0).fill_nan(0).to_list()
        assert fields["texts"].lengths.tolist() == [len(some or ()) for some in frame["texts"].to_list()]
        assert fields["texts"].items.known(KNOWN).tolist() == known(items)
        found = fields["records"].records
        assert bool(found) == bool(records)
        if found:
            assert found["code"].texts() == [one["code"] for one in records]
            assert found["cents"].whole(9).tolist() == [9 if one["cents"] is None else one["cents"] for one in records]
            assert found["inner"].items.texts() == [one for record in records for one in record["inner"]]


def test_a_field_is_not_read_as_what_it_is_not() -> None:
    with Fields(pl.DataFrame({"day": [date(2026, 1, 1)]})) as fields, pytest.raises(TypeError):
        fields["day"].equal("x")


@given(
    st.lists(st.sampled_from([True, False, None]), max_size=40), st.sampled_from(["a", "NOT a", "a IS NULL", "a OR b"])
)
@settings(deadline=None)
def test_the_machine_reads_arrays_with_gaps_as_polars_reads_the_column(
    flags: list[bool | None], condition: str
) -> None:
    values, there = (
        np.array([flag is True for flag in flags], dtype=bool),
        np.array([flag is not None for flag in flags]),
    )
    column = ArrayColumn("a", values, given=there.astype(bool))
    frame = pl.DataFrame(
        {"a": column.series(), "b": pl.Series(values).not_()}, schema={"a": pl.Boolean, "b": pl.Boolean}
    )
    machine = Machine.of([pl.sql_expr(condition)], frame.schema)
    bits, other = np.packbits(there.astype(bool), bitorder="little"), ~values
    words = {"a": words_of_array(values, bits.ctypes.data), "b": words_of_array(other)}
    memory = np.array([words[name] for name, _ in machine.columns], dtype=np.int64).reshape(-1, COLUMN_WIDTH)
    _, position = machine.candidates(memory, np.empty(0, np.uint32), frame.height)
    assert position.tolist() == frame.select(pl.sql_expr(condition).alias("x"))["x"].arg_true().to_list()
