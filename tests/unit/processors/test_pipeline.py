"""The whole pipeline on whole batches."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from models.synthetic import generate
from processors.batch import ClaimBatch
from processors.pipeline import ClaimPipeline
from processors.step import StepFailedError, StepTimes
from processors.validation.examples import example_batch
from processors.validation.machine.machine import Machine

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def pipeline() -> ClaimPipeline:
    return ClaimPipeline.shipped()


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    return generate(500, 11, start=NOW).events


def test_an_empty_batch_goes_through(pipeline: ClaimPipeline, events: pl.DataFrame) -> None:
    done = pipeline.run(ClaimBatch.from_events(events.clear(), NOW))
    assert done.size == 0
    assert {"disposition", "approval_probability", "expected_allowed_cents"} <= set(done.claims.columns)


def test_claims_without_lines_go_through_and_are_rejected(pipeline: ClaimPipeline, events: pl.DataFrame) -> None:
    bare = events.with_columns(lines=pl.col("lines").list.head(0))
    done = pipeline.run(ClaimBatch.from_events(bare, NOW))
    assert set(done.claims["disposition"]) == {"rejected"}


def test_a_claim_gets_the_same_result_alone_and_among_others(pipeline: ClaimPipeline, events: pl.DataFrame) -> None:
    together = pipeline.run(ClaimBatch.from_events(events, NOW))
    for position in (0, 7, 499):
        alone = pipeline.run(ClaimBatch.from_events(events[position : position + 1], NOW))
        expected = together.claims[position : position + 1].drop("row")
        assert alone.claims.drop("row").equals(expected)
        found = together.findings.filter(pl.col("row") == position).drop("row")
        assert alone.findings.drop("row").equals(found)


def test_every_step_is_timed_and_a_broken_one_is_named(pipeline: ClaimPipeline, events: pl.DataFrame) -> None:
    times = StepTimes()
    pipeline.run(ClaimBatch.from_events(events, NOW), times)
    assert set(times.wall_seconds) == {"validate", "history", "price", "score", "decide"}
    with pytest.raises(StepFailedError, match="validate") as caught:
        pipeline.run(ClaimBatch.from_events(events.drop("billing_npi"), NOW))
    assert caught.value.step == "validate"


def test_after_a_warm_up_no_mixture_of_claim_types_makes_rules_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = ClaimPipeline.shipped()
    pipeline.warm_up()

    def never(*_: object) -> Machine:
        msg = "rules were made ready within a batch"
        raise AssertionError(msg)

    monkeypatch.setattr(Machine, "of", never)
    for mixture in (["dental"], ["dental", "professional"], ["professional", "institutional", "dental"]):
        batch = pipeline.run(example_batch([{"claim_type": claim_type} for claim_type in mixture]))
        assert batch.size == len(mixture)
