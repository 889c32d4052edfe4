"""What the machine finds of a condition is what polars finds, whatever the condition and the rows."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.validation.machine.layout import COLUMN_WIDTH
from processors.validation.machine.machine import Machine
from processors.validation.machine.memory import LentColumns

FLAGS = ("a", "b")
NUMBERS = ("i", "j", "k")
TEXTS = ("s", "t")
LONG = "a text that is too long to lie in its view"
COMPARED = st.sampled_from(["<", "<=", ">", ">=", "=", "<>"])
TEXT = st.sampled_from(["", "A", "AB", "12", "123", "12\n", LONG, f"{LONG}!", "é2"])
PATTERNS = [
    "^[0-9]{2}$", "^A", "2", "^(A|1[0-9])$", "^1?2", "^[0-9]{2,3}$", "^A|B$", "^a text [a-z ]{9}",
    "^(12|[A-C]{2})(3|B)?$", "^1.",
]  # fmt: skip
ATOMS = st.one_of(
    st.sampled_from(FLAGS),
    st.tuples(st.sampled_from([*NUMBERS, *TEXTS, *FLAGS, "d"]), st.sampled_from(["IS NULL", "IS NOT NULL"])).map(
        " ".join
    ),
    st.tuples(st.sampled_from(NUMBERS), COMPARED, st.integers(-3, 3).map(str)).map(" ".join),
    st.tuples(st.integers(-3, 3).map(str), COMPARED, st.sampled_from(NUMBERS)).map(" ".join),
    st.tuples(COMPARED, st.integers(-2, 2)).map(lambda one: f"i {one[0]} j + {one[1]}"),
    st.tuples(COMPARED, st.sampled_from(["k + k", "k - 2147483647", "i - k", "f", "2 * f * j"])).map(
        lambda one: f"k {one[0]} {one[1]}"
    ),
    COMPARED.map(lambda how: f"i {how} j"),
    COMPARED.map(lambda how: f"d {how} e"),
    COMPARED.map(lambda how: f"d {how} DATE '2026-01-02'"),
    COMPARED.map(lambda how: f"f {how} 1"),
    COMPARED.map(lambda how: f"f {how} g"),
    COMPARED.map(lambda how: f"s {how} t"),
    st.tuples(st.sampled_from(TEXTS), COMPARED, TEXT.map(lambda text: f"'{text}'")).map(" ".join),
    st.sampled_from(["s IN ('A', '12')", "t NOT IN ('A', 'AB')", "i IN (1, 2)", "j NOT IN (0, 1)", "NOT i > 1"]),
    st.sampled_from(["c = 'x'", "c <> 'y'", "c IN ('x', 'z')", "c NOT IN ('y')"]),
    st.tuples(st.sampled_from(TEXTS), st.sampled_from(PATTERNS)).map(lambda one: f"regexp_like({one[0]}, '{one[1]}')"),
    st.sampled_from(["s LIKE '1%'", "s LIKE '%2'", f"s LIKE '{LONG}%'", "SUBSTR(s, 1, 1) <> t", "LENGTH(t) = 2"]),
    st.sampled_from(["CASE WHEN a THEN b ELSE i > 0 END", "(s IS DISTINCT FROM t)"]),
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda one: f"(NOT {one})"),
    ),
    max_leaves=6,
)
DAY = st.one_of(st.none(), st.integers(0, 3).map(lambda days: date(2026, 1, 1) + timedelta(days=days)))
FLOAT = st.sampled_from([0.5, 1.0, -1.0, float("nan"), float("inf"), None])
ROWS = st.lists(
    st.tuples(
        *(st.sampled_from([True, False, None]) for _ in FLAGS),
        *(st.one_of(st.none(), st.integers(-3, 3)) for _ in ("i", "j")),
        st.sampled_from([None, 0, 1, 2**31 - 1, -(2**31)]),
        *(st.one_of(st.none(), TEXT) for _ in TEXTS),
        DAY,
        DAY,
        FLOAT,
        FLOAT,
        st.sampled_from(["x", "y", "z", None]),
    ),
    max_size=5,
)
SCHEMA = {
    **dict.fromkeys(FLAGS, pl.Boolean()),
    "i": pl.Int64(),
    "j": pl.Int8(),
    "k": pl.Int32(),
    **dict.fromkeys(TEXTS, pl.String()),
    "d": pl.Date(),
    "e": pl.Date(),
    "f": pl.Float64(),
    "g": pl.Float64(),
    "c": pl.Enum(["x", "y", "z"]),
}


def found(conditions: list[str], frame: pl.DataFrame) -> list[list[int]]:
    """Return the rows where each condition is true, as the machine and what it leaves to polars say."""
    machine = Machine.of([pl.sql_expr(condition) for condition in conditions], SCHEMA)
    with LentColumns(frame) as lent:
        memory = np.array([lent.words(name) for name, _ in machine.columns], dtype=np.int64).reshape(-1, COLUMN_WIDTH)
        number, position = machine.candidates(memory, np.empty(0, np.uint32), frame.height)
    rows = [position[number == one].tolist() for one in range(len(conditions))]
    for one, expr in machine.rest.items():
        answer = frame.select(expr).to_series()
        rows[one] = [row for row in rows[one] if answer[row]]
    return rows


@settings(max_examples=400, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=3), ROWS, st.sampled_from([1, 2, 700]), st.integers(0, 3))
def test_the_machine_finds_what_polars_finds(
    conditions: list[str], rows: list[object], times: int, sliced: int
) -> None:
    frame = pl.DataFrame(rows * times, schema=SCHEMA, orient="row")[sliced:]
    answers = frame.select(pl.sql_expr(condition).alias(str(at)) for at, condition in enumerate(conditions))
    assert found(conditions, frame) == [answer.arg_true().to_list() for answer in answers.iter_columns()]


@pytest.mark.parametrize(
    "condition",
    [
        "a AND NOT b", "i > 5", "5 < i", "i IN (1, 2)", "i > j", "s IS NULL", "s NOT IN ('x', 'y')", "c = 'x'",
        "NOT regexp_like(s, '^([01][0-9]|2[0-3])[0-5][0-9]$')", "s LIKE 'x%'", "s LIKE '%F'", "k BETWEEN 1 AND i - 1",
        "i > 8 * f * j", "s BETWEEN 'S00' AND 'T34ZZZZ'", "d > e", "d >= DATE '2026-01-01'", "i = 1 OR s = t",
    ],
)  # fmt: skip
def test_the_machine_leaves_nothing_of_common_conditions_to_polars(condition: str) -> None:
    assert not Machine.of([pl.sql_expr(condition)], SCHEMA).rest
