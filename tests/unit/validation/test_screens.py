"""Rules that cannot fire on a batch are not asked; which ones that are changes no answer."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.validation import RuleCatalogue
from processors.validation.derive import derive, derive_for
from processors.validation.examples import example_batch
from processors.validation.facts import UNKNOWN, Facts
from processors.validation.fire import Fired, fire
from processors.validation.screens import screen_of
from reference.library import ReferenceLibrary

CATALOGUE = RuleCatalogue.load(library=ReferenceLibrary.starter().as_if_complete())

FLAGS = ("a", "b")
NUMBERS = ("i", "j")
TEXTS = ("s", "t")
COMPARED = st.sampled_from(["<", "<=", ">", ">=", "=", "<>"])
TEXT = st.sampled_from(["", "A", "AB", "12", "123", "12\n"])
ATOMS = st.one_of(
    st.sampled_from(FLAGS),
    st.tuples(st.sampled_from([*NUMBERS, *TEXTS]), st.sampled_from(["IS NULL", "IS NOT NULL"])).map(" ".join),
    st.tuples(st.sampled_from(NUMBERS), COMPARED, st.integers(-3, 3).map(str)).map(" ".join),
    st.tuples(st.integers(-3, 3).map(str), COMPARED, st.sampled_from(NUMBERS)).map(" ".join),
    st.tuples(COMPARED, st.integers(-2, 2)).map(lambda one: f"i {one[0]} j + {one[1]}"),
    COMPARED.map(lambda how: f"i {how} j"),
    COMPARED.map(lambda how: f"d {how} e"),
    COMPARED.map(lambda how: f"f {how} 1"),
    st.tuples(st.sampled_from(TEXTS), COMPARED, TEXT.map(lambda text: f"'{text}'")).map(" ".join),
    st.sampled_from(["s IN ('A', '12')", "t NOT IN ('A', 'AB')", "i IN (1, 2)", "j NOT IN (0, 1)", "NOT i > 1"]),
    st.sampled_from(["regexp_like(s, '^[0-9]{2}$')", "regexp_like(t, '^A')", "regexp_like(s, '2')"]),
    st.sampled_from(["s LIKE '1%'", "SUBSTR(s, 1, 1) <> t", "LENGTH(t) = 2", "CASE WHEN a THEN b ELSE i > 0 END"]),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda one: f"(NOT {one})"),
    ),
    max_leaves=6,
)
DAY = st.one_of(st.none(), st.integers(0, 3).map(lambda days: date(2026, 1, 1) + timedelta(days=days)))
ROWS = st.lists(
    st.tuples(
        *(st.sampled_from([True, False, None]) for _ in FLAGS),
        *(st.one_of(st.none(), st.integers(-3, 3)) for _ in NUMBERS),
        *(st.one_of(st.none(), TEXT) for _ in TEXTS),
        DAY,
        DAY,
        st.sampled_from([0.5, 1.0, float("nan"), None]),
    ),
    max_size=3,
)
SCHEMA = {
    **dict.fromkeys(FLAGS, pl.Boolean),
    **dict.fromkeys(NUMBERS, pl.Int64),
    **dict.fromkeys(TEXTS, pl.String),
    "d": pl.Date,
    "e": pl.Date,
    "f": pl.Float64,
}


@settings(max_examples=400)
@given(CONDITIONS, ROWS, st.integers(1, 700))
def test_a_condition_that_is_true_on_some_row_passes_its_screen(condition: str, rows: list[object], times: int) -> None:
    frame = pl.DataFrame(rows * times, schema=SCHEMA, orient="row")
    expr = pl.sql_expr(condition)
    if frame.select(expr.alias("true"))["true"].any():
        assert screen_of(expr)(Facts(frame.get_column))


@pytest.mark.parametrize(
    ("condition", "closed"),
    [
        ("a", {"a": [False, None]}),
        ("NOT a", {"a": [True, None]}),
        ("a AND b", {"a": [True], "b": [False]}),
        ("a OR b", {"a": [False], "b": [None]}),
        ("i > 5", {"i": [5, None]}),
        ("NOT i > 5", {"i": [6, 7]}),
        ("i IN (1, 2)", {"i": [3, 4]}),
        ("i > j", {"i": [1, 2], "j": [2, 9]}),
        ("i IS NULL", {"i": [1]}),
        ("s = 'x'", {"s": ["y", None]}),
        ("s NOT IN ('x', 'y')", {"s": ["y", "x"]}),
        ("NOT regexp_like(s, '^[0-9]{2}$')", {"s": ["12", "34"]}),
        ("s LIKE 'x%'", {"s": [None]}),
    ],
)
def test_a_screen_closes_what_the_values_of_a_batch_rule_out(condition: str, closed: dict[str, list[object]]) -> None:
    frame = pl.DataFrame(closed, schema={name: SCHEMA[name] for name in closed})
    assert not screen_of(pl.sql_expr(condition))(Facts(frame.get_column))


def test_what_is_not_known_yet_may_be_anything_and_is_asked_again() -> None:
    made: dict[str, pl.Series] = {}
    facts, screen = Facts(made.get), screen_of(pl.sql_expr("a"))
    assert screen(facts)
    assert facts["a"] is UNKNOWN
    made["a"] = pl.Series([False])
    facts.renew()
    assert not screen(facts)


@pytest.mark.parametrize("size", [1, 40])
def test_screens_change_no_answer_of_the_shipped_rules(size: int) -> None:
    rules = [rule for rule in CATALOGUE.rules if rule.stage == "submitted"]
    examples = [example for rule in rules for example in (rule.rule.examples.fires[0], {})]
    examples = examples if size > 1 else examples[::14]
    asked = CATALOGUE.asked("claim"), CATALOGUE.asked("line")
    closed = 0
    for start in range(0, len(examples), size):
        batch = example_batch(examples[start : start + size])
        whole = derive(batch, asked[0].columns, asked[1].columns, CATALOGUE.library)
        derived, *narrowed = derive_for(batch, *asked, CATALOGUE.library)
        for frame, every, made, few in zip(whole, asked, derived, narrowed, strict=True):
            assert _cells(fire(made, few)) == _cells(fire(frame, every))
            closed += len(every.asked) - len(few.asked)
    assert closed > 0


def _cells(fired: Fired) -> list[tuple[str, int]]:
    cells = zip(fired.number.tolist(), fired.position.tolist(), strict=True)
    return [(fired.rules[number].rule.id, position) for number, position in cells]
