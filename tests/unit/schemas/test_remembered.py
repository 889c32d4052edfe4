"""Rows that are encoded from what is remembered are those that fastavro writes."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec.remembered import MOST_REMEMBERED, RowWriter
from schemas.errors import ContractError

ITEM = {"type": "record", "name": "Item", "fields": [
    {"name": "code", "type": ["null", "string"]}, {"name": "cents", "type": "long"}]}  # fmt: skip
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "string"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]},
    {"name": "number", "type": "int"},
    {"name": "share", "type": ["null", "double"]},
    {"name": "flag", "type": "boolean"},
    {"name": "maybe", "type": ["null", "boolean"]},
    {"name": "words", "type": {"type": "array", "items": "string"}},
    {"name": "items", "type": {"type": "array", "items": ITEM}},
]
SCHEMA = fastavro.parse_schema({"type": "record", "name": "Row", "fields": FIELDS})
INT, LONG = st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(max_size=80)
ROWS = st.fixed_dictionaries({
    "id": TEXT, "at": LONG, "day": st.none() | INT, "number": INT, "share": st.none() | st.floats(allow_nan=False),
    "flag": st.booleans(), "maybe": st.none() | st.booleans(), "words": st.lists(TEXT, max_size=70),
    "items": st.lists(st.fixed_dictionaries({"code": st.none() | TEXT, "cents": LONG}), max_size=3),
})  # fmt: skip
ROW: dict[str, Any] = {"id": "a", "at": 1, "day": None, "number": 2, "share": 0.5, "flag": True, "maybe": None,
                       "words": [], "items": []}  # fmt: skip


def reference(row: dict[str, Any]) -> bytes:
    body = io.BytesIO()
    fastavro.schemaless_writer(body, SCHEMA, row)
    return body.getvalue()


@settings(max_examples=150)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=4), fresh=st.sets(st.sampled_from(["id", "at", "day", "number", "share"]))
)
def test_rows_are_those_of_fastavro_whether_remembered_or_not(rows: list[dict[str, Any]], fresh: set[str]) -> None:
    writer = RowWriter(FIELDS, fresh=fresh)
    for row in (*rows, *rows):
        assert writer.encode(row) == reference(row)


def test_zeros_of_both_signs_keep_their_sign() -> None:
    writer = RowWriter(FIELDS)
    for share in (0.0, -0.0, 0.0):
        assert writer.encode({**ROW, "share": share}) == reference({**ROW, "share": share})


def test_it_forgets_before_it_grows_without_end_and_goes_on() -> None:
    writer = RowWriter(FIELDS)
    for number in range(MOST_REMEMBERED + 10):
        row = {**ROW, "at": number}
        assert writer.encode(row) == reference(row)
    assert max(len(table) for table in writer._tables if isinstance(table, dict)) <= MOST_REMEMBERED


def test_a_missing_field_is_null_where_that_is_allowed() -> None:
    row = {name: value for name, value in ROW.items() if name != "day"}
    assert RowWriter(FIELDS).encode(row) == reference(ROW)


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", None), ("id", 3), ("number", 2**31), ("at", 2**63), ("at", "x"), ("flag", 2), ("share", "x"), ("words", 5)],
)
def test_what_does_not_keep_the_contract_is_named(name: str, value: Any) -> None:
    with pytest.raises(ContractError, match=f"The field {name}"):
        RowWriter(FIELDS).encode({**ROW, name: value})
