"""Routing: dispositions, queues and priorities."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.batch import FINDINGS_SCHEMA, ClaimBatch
from processors.routing import Policy, PolicyError, decide
from processors.routing.policy import SHIPPED_POLICY
from processors.validation.examples import example_batch

POLICY = Policy.load().model_copy(update={"qa_sample_per_10000": 0})
SHIPPED = SHIPPED_POLICY.read_text()
REASONS = pl.List(pl.Struct({"reason": pl.String, "probability": pl.Float64}))


def scored(**columns: Any) -> ClaimBatch:
    """A batch of one example claim with the columns of the steps before routing."""
    known = {
        "error_count": 0,
        "warning_count": 0,
        "approval_probability": 0.95,
        "expected_allowed_cents": 9_000,
        "reasons": [],
    } | columns
    claim = {key: known.pop(key) for key in list(known) if key in ("claim_id", "total_charge_cents")}
    batch = example_batch([claim])
    types = {
        "error_count": pl.Int32,
        "warning_count": pl.Int32,
        "approval_probability": pl.Float64,
        "expected_allowed_cents": pl.Int64,
        "reasons": REASONS,
    }
    return batch.with_claim_columns(
        *(pl.Series(name, [value], dtype=types[name]) for name, value in known.items())  # type: ignore[arg-type]  # a series of one row per claim works as an expression
    )


def with_findings(batch: ClaimBatch, *findings: tuple[str, str | None]) -> ClaimBatch:
    rows = [(0, None, "X001", severity, "text", "path", None, queue) for severity, queue in findings]
    return replace(batch, findings=pl.DataFrame(rows, schema=FINDINGS_SCHEMA, orient="row"))


def outcome(batch: ClaimBatch, policy: Policy = POLICY) -> tuple[str, str | None, int]:
    row: tuple[str, str | None, int] = decide(batch, policy).claims.select("disposition", "queue", "priority").row(0)
    return row


def test_a_clean_and_likely_claim_is_ready_and_waits_in_no_queue() -> None:
    assert outcome(scored()) == ("ready", None, 0)


def test_a_claim_with_an_error_is_rejected_to_the_queue_of_the_error() -> None:
    batch = with_findings(scored(error_count=1, warning_count=1), ("warning", "edit_fix"), ("error", "coding"))
    # All of 9,000 cents is at stake: 9000 * 0.75 / 12 minutes.
    assert outcome(batch) == ("rejected", "coding", 562)


def test_a_claim_with_a_warning_goes_to_review_in_the_queue_of_the_warning() -> None:
    batch = with_findings(scored(warning_count=1), ("warning", "authorization"), ("info", None))
    disposition, queue, priority = outcome(batch)
    assert (disposition, queue) == ("review", "authorization")
    assert priority == int(0.05 * 9_000 * 0.55 / 18 + 1e-9)


@pytest.mark.parametrize(
    ("dispositions", "on_error", "on_warning", "on_info"),
    [
        (("rejected", "review", "ready"), "rejected", "review", "ready"),
        (("rejected", "rejected", "review"), "rejected", "rejected", "review"),
        (("review", "ready", "ready"), "review", "ready", "ready"),
    ],
)
def test_the_policy_says_what_the_gravest_finding_makes_of_a_claim(
    dispositions: tuple[str, str, str], on_error: str, on_warning: str, on_info: str
) -> None:
    of = dict(zip(("error", "warning", "info"), dispositions, strict=True))
    policy = POLICY.model_copy(update={"disposition_of": of})
    error = with_findings(scored(error_count=1, warning_count=1), ("error", "coding"), ("warning", "coding"))
    warning = with_findings(scored(warning_count=1), ("warning", "coding"), ("info", None))
    info = with_findings(scored(), ("info", None))
    assert [outcome(batch, policy)[0] for batch in (error, warning, info)] == [on_error, on_warning, on_info]
    assert outcome(scored(), policy) == ("ready", None, 0)
    assert all((outcome(b, policy)[1] is None) == (outcome(b, policy)[0] == "ready") for b in (error, warning, info))


def test_the_first_queue_of_the_policy_wins_among_equal_findings() -> None:
    batch = with_findings(scored(warning_count=2), ("warning", "coding"), ("warning", "eligibility"))
    assert outcome(batch)[1] == "eligibility"


def test_an_unlikely_claim_goes_to_the_queue_of_its_likeliest_reason() -> None:
    reasons = [
        {"reason": "prior_auth_missing", "probability": 0.5},
        {"reason": "duplicate", "probability": 0.2},
    ]
    batch = scored(approval_probability=0.25, reasons=reasons, expected_allowed_cents=40_000)
    assert outcome(batch) == ("review", "authorization", int(0.75 * 40_000 * 0.55 / 18))


def test_an_unlikely_claim_without_a_reason_goes_to_the_default_queue() -> None:
    assert outcome(scored(approval_probability=0.1))[:2] == ("review", "high_risk_review")


def test_the_threshold_itself_is_still_ready() -> None:
    at = POLICY.review_below_probability
    assert outcome(scored(approval_probability=at))[0] == "ready"
    assert outcome(scored(approval_probability=at - 0.0001))[0] == "review"


@pytest.mark.parametrize("score", [None, float("nan")])
def test_a_claim_without_a_usable_score_is_never_ready(score: float | None) -> None:
    assert outcome(scored(approval_probability=score))[0] == "review"


def test_an_unpriced_claim_counts_with_a_share_of_its_charge() -> None:
    unpriced = scored(approval_probability=0.0, expected_allowed_cents=None, total_charge_cents=100_000)
    assert outcome(unpriced)[2] == int(45_000 * 0.40 / 15)


def test_a_huge_claim_stays_within_32_bits_and_a_negative_one_at_zero() -> None:
    huge = scored(approval_probability=0.0, expected_allowed_cents=2**62)
    assert outcome(huge)[2] == 2**31 - 1
    negative = scored(approval_probability=0.0, expected_allowed_cents=None, total_charge_cents=-(2**40))
    assert outcome(negative)[2] == 0


def test_the_quality_sample_is_drawn_by_hash_and_has_its_size() -> None:
    one_in_ten = POLICY.model_copy(update={"qa_sample_per_10000": 1_000})
    batch = scored().take([0] * 5_000)
    hashes = [sha256(str(number).encode()).hexdigest() for number in range(5_000)]
    numbered = batch.with_claim_columns(claim_id=pl.col("row").cast(pl.String), _hash=pl.lit(pl.Series(hashes)))
    first = decide(numbered, one_in_ten).claims
    drawn = first.filter(pl.col("queue") == "qa_review")
    assert 400 < drawn.height < 600
    assert drawn["disposition"].unique().to_list() == ["review"]
    again = decide(numbered.take(list(reversed(range(5_000)))), one_in_ten).claims
    assert set(again.filter(pl.col("queue") == "qa_review")["claim_id"]) == set(drawn["claim_id"])


def test_an_empty_batch_gets_the_columns() -> None:
    decided = decide(scored().take([]), POLICY).claims
    assert decided.schema["disposition"] == pl.String
    assert decided.schema["queue"] == pl.String
    assert decided.schema["priority"] == pl.Int32


def test_deciding_twice_changes_nothing() -> None:
    batch = with_findings(scored(error_count=1), ("error", "coding"))
    once = decide(batch, POLICY)
    assert decide(once, POLICY).claims.equals(once.claims)


@settings(max_examples=30, deadline=None)
@given(score=st.floats(0, 1), cents=st.integers(0, 10**9), errors=st.integers(0, 1), warnings=st.integers(0, 1))
def test_a_queue_is_named_exactly_when_the_claim_is_not_ready(
    score: float, cents: int, errors: int, warnings: int
) -> None:
    batch = scored(approval_probability=score, expected_allowed_cents=cents, error_count=errors, warning_count=warnings)
    disposition, queue, priority = outcome(batch, Policy.load())
    assert (queue is None) == (disposition == "ready")
    assert priority >= 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("queues: [", "is not YAML"),
        (SHIPPED.replace("review_below_probability: 0.60", "review_below_probability: 2"), "review_below_probability"),
        (SHIPPED.replace("default_queue: high", "default_queue: no_such"), "no_such_risk"),
        (SHIPPED.replace("error: rejected", "error: burned"), "disposition_of.error"),
        (SHIPPED.replace(", info: ready", ""), "names each of error, warning, info"),
        (SHIPPED.replace("warning: review", "fatal: review"), "disposition_of.fatal"),
        (SHIPPED.replace("error: rejected", "error: ready"), "more lightly"),
    ],
)
def test_a_faulty_policy_is_refused_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(PolicyError, match=reason):
        Policy.load(file)


def test_a_missing_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.load(tmp_path / "none.yaml")
