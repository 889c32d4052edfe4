"""Rules that cannot fire on a batch are not asked; which ones that are changes no answer."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.validation import RuleCatalogue
from processors.validation.columns.definition import Level
from processors.validation.derive import derive
from processors.validation.examples import example_batch
from processors.validation.fire import Fired, fire
from processors.validation.guards import guards_of
from reference.library import ReferenceLibrary

CATALOGUE = RuleCatalogue.load(library=ReferenceLibrary.starter().as_if_complete())


@pytest.mark.parametrize(
    ("expression", "guards"),
    [
        ("a", {"a"}),
        ("a AND b", {"a", "b"}),
        ("a and x = 1 And b", {"a", "b"}),
        ("a AND (b OR c)", {"a"}),
        ("(a AND b)", set()),
        ("a OR b", set()),
        ("a AND b OR c", set()),
        ("NOT a AND b", {"b"}),
        ("a AND x BETWEEN 1 AND 2 AND b", {"a", "b"}),
        ("x BETWEEN y AND z", set()),
        ("a AND x IN ('b', 'OR')", {"a"}),
        ("a AND x = 'it''s AND b'", {"a"}),
        ("CASE WHEN a AND b THEN c ELSE d END AND e", {"e"}),
        ("a AND TRUE", {"a"}),
        ("a AND x IS NULL", {"a"}),
        ('"a" AND b', {"b"}),
        ("a -- AND b", set()),
    ],
)
def test_guards_are_the_names_that_stand_alone_between_ands(expression: str, guards: set[str]) -> None:
    assert guards_of(expression) == guards


NAMES = st.sampled_from("abc")
CONDITIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(" ".join),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"NOT {one}"),
        inner.map(lambda one: f"CASE WHEN {one} THEN a ELSE b END"),
        NAMES.map(lambda name: f"{name} BETWEEN a AND b"),
    ),
    max_leaves=6,
)
EVERY_CASE = pl.DataFrame(
    [(a, b, c) for a in (True, False, None) for b in (True, False, None) for c in (True, False, None)],
    schema={"a": pl.Boolean, "b": pl.Boolean, "c": pl.Boolean},
    orient="row",
)


@given(CONDITIONS)
def test_no_condition_is_true_where_a_guard_is_not(condition: str) -> None:
    answers = EVERY_CASE.with_columns(pl.sql_expr(condition).alias("answer"))
    for guard in guards_of(condition):
        assert not answers.filter(~pl.col(guard).fill_null(value=False))["answer"].any(), guard


@pytest.mark.parametrize("level", ["claim", "line"])
def test_guards_change_no_answer_of_the_shipped_rules(level: Level) -> None:
    examples = [e for c in CATALOGUE.rules if c.stage == "submitted" for e in (c.rule.examples.fires[0], {})]
    asked = CATALOGUE.asked(level)
    unguarded = replace(asked, guards=(frozenset(),) * len(asked.rules))
    assert any(asked.guards)
    for start in range(0, len(examples), 40):
        batch = example_batch(examples[start : start + 40])
        columns = [CATALOGUE.columns_of(at) for at in ("claim", "line")]
        claims, lines = derive(batch, columns[0], columns[1], CATALOGUE.library)
        frame = claims if level == "claim" else lines
        assert _cells(fire(frame, asked)) == _cells(fire(frame, unguarded))


def _cells(fired: Fired) -> list[tuple[str, int]]:
    cells = zip(fired.number.tolist(), fired.position.tolist(), strict=True)
    return [(fired.rules[number].rule.id, position) for number, position in cells]
