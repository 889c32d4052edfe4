"""Synthetic claims against the rule catalogue and the pipeline: clean ones pass, planted faults are found."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import polars as pl
import pytest

from processors.batch import ClaimBatch
from processors.pipeline import ClaimPipeline
from processors.validation import RuleCatalogue, validate
from tests.unit.models.synthetic_runs import SPAN, START, after, run


@cache
def checked() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the findings by claim, and the truth with `row`."""
    made = run()
    batch = validate(ClaimBatch.from_events(made.events, START + SPAN + timedelta(days=1)), RuleCatalogue.load())
    return batch.findings, made.truth.with_row_index("row")


def test_no_clean_claim_has_an_error_finding() -> None:
    findings, truth = checked()
    clean = truth.filter(pl.col("faults").list.len() == 0)
    assert clean.height > 0.6 * truth.height
    errors = findings.filter(pl.col("severity") == "error").join(clean, on="row", how="semi")
    assert errors["rule_id"].unique().to_list() == []


def test_warnings_about_clean_claims_are_rare() -> None:
    findings, truth = checked()
    clean = truth.filter(pl.col("faults").list.len() == 0)
    warned = findings.filter(pl.col("severity") == "warning").join(clean, on="row", how="semi")
    assert warned["row"].n_unique() < 0.08 * clean.height


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("bad_npi", "NPI003"),
        ("unbalanced_total", "AMT001"),
        ("bad_pointer", "PTR002"),
        ("member_missing", "COV003"),
        ("member_invalid", "COV004"),
        ("no_release", "HDR019"),
        ("reference_lost", "HDR004"),
        ("dates_swapped", "DAT002"),
        ("invalid_pos", "HDR010"),
        ("other_unpaid", "COB004"),
    ],
)
def test_a_planted_fault_is_found_by_its_rule(fault: str, rule: str) -> None:
    findings, truth = checked()
    carrying = truth.filter(pl.col("faults").list.contains(fault))
    found = findings.filter(pl.col("rule_id") == rule).join(carrying, on="row", how="semi")
    assert carrying.height > 0
    assert found["row"].n_unique() >= 0.7 * carrying.height


def test_the_pipeline_takes_every_claim() -> None:
    events = run().events.head(500)
    scored = ClaimPipeline.shipped().run(ClaimBatch.from_events(events, START + SPAN))
    assert scored.size == 500
    assert scored.claims["approval_probability"].null_count() == 0


def test_what_is_sent_again_is_put_right() -> None:
    submissions = after(claims=12_000, seed=5).submissions
    again = submissions.filter(pl.col("original_reference").str.starts_with("SYN0") & (pl.col("frequency_code") == "7"))
    now = again["submitted_at"].max()
    assert isinstance(now, datetime)
    batch = validate(ClaimBatch.from_events(again, now), RuleCatalogue.load())
    wrong = batch.findings.filter(pl.col("severity") == "error")["row"].n_unique() / again.height
    first = run(claims=12_000, seed=5).events.join(again.select("patient_control_token"), on="patient_control_token")
    before = validate(ClaimBatch.from_events(first, now), RuleCatalogue.load())
    assert wrong < 0.01
    assert before.findings.filter(pl.col("severity") == "error")["row"].n_unique() / first.height > 0.1
