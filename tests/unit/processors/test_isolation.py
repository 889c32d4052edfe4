"""Bisecting a batch to the claims that a step cannot handle."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.batch import ClaimBatch
from processors.isolation import MAX_POISONED, PipelineBrokenError, run_isolated
from processors.step import StepFailedError

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def batch_of(size: int) -> ClaimBatch:
    rows = {"claim": list(range(size)), "lines": [[{"line_number": 1}, {"line_number": 2}]] * size}
    schema = pl.Schema({"claim": pl.Int64(), "lines": pl.List(pl.Struct({"line_number": pl.Int32()}))})
    return ClaimBatch.from_events(pl.DataFrame(rows, schema=schema), NOW)


def failing_on(poison: set[int]):  # type: ignore[no-untyped-def]  # a step, like those of the pipeline
    def run(batch: ClaimBatch) -> ClaimBatch:
        if poison & set(batch.claims["claim"]):
            raise StepFailedError(step="price", cause=ValueError("secret text of a claim"))
        return batch.with_claim_columns(done=pl.lit(value=True))

    return run


@given(size=st.integers(1, 40), poison=st.sets(st.integers(0, 39), max_size=6))
def test_exactly_the_poisoned_claims_are_taken_out(size: int, poison: set[int]) -> None:
    poison = {p for p in poison if p < size}
    outcome = run_isolated(batch_of(size), failing_on(poison))
    assert {row for row, _ in outcome.failures} == poison
    assert outcome.batch.claims["claim"].to_list() == outcome.rows == sorted(set(range(size)) - poison)
    assert outcome.batch.claims["row"].to_list() == list(range(size - len(poison)))
    assert outcome.batch.lines["row"].to_list() == [r for r in range(size - len(poison)) for _ in range(2)]


def test_a_failure_names_its_step_and_error_class_but_not_the_text_of_the_error() -> None:
    [(_, error)] = run_isolated(batch_of(3), failing_on({1})).failures
    assert (error.step, error.cause_class) == ("price", "ValueError")
    assert "secret" not in str(error)


def test_a_step_that_fails_on_everything_is_broken_not_poisoned() -> None:
    size = MAX_POISONED * 3
    with pytest.raises(PipelineBrokenError, match="nothing was committed"):
        run_isolated(batch_of(size), failing_on(set(range(size))))


def test_claims_that_fail_only_together_stop_the_stage() -> None:
    def only_small(batch: ClaimBatch) -> ClaimBatch:
        if batch.size > 1:
            raise StepFailedError(step="score", cause=RuntimeError())
        return batch

    with pytest.raises(PipelineBrokenError, match="together"):
        run_isolated(batch_of(4), only_small)
