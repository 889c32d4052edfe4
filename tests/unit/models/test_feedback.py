"""Feedback: labels of mature windows, joined with stored vectors, train a version that goes on trial."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models.feedback.labels import STORED_SCHEMA, label, reason_of_carc
from models.feedback.retrain import retrain
from models.learning.families import Family
from models.learning.learn import Wish
from models.training.data import checked_claims
from processors.features import feature_hash
from processors.scoring import RULE_REASONS, Scorer, score
from processors.scoring.registry import shipped_registry
from schemas.errors import BadInputError

QUICK = Wish(seed=4, family=Family.LOGISTIC, compared=(Family.LOGISTIC,))
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def stored_rows(count: int, lag_days: float = 20.0, age_days: float = 90.0) -> pl.DataFrame:
    rows = {
        "tenant_id": "t",
        "event_id": [f"e{n}" for n in range(count)],
        "payer_id": ["fast" if n % 2 else "slow" for n in range(count)],
        "submitted_at": [NOW - timedelta(days=age_days, minutes=n) for n in range(count)],
        "model_version": "denials-v1",
        "feature_hash": "h",
        "feature_vector": b"",
        "approval_probability": 0.8,
        "expected_allowed_cents": 10_000,
        "outcome": ["denied" if n % 5 == 0 else "paid" for n in range(count)],
        "primary_carc": ["197" if n % 5 == 0 else None for n in range(count)],
        "received_at": [NOW - timedelta(days=age_days - lag_days, minutes=n) for n in range(count)],
    }
    return pl.DataFrame(rows, schema=STORED_SCHEMA)


def test_a_denial_gets_the_reason_of_its_code_and_every_code_a_known_reason() -> None:
    found = label(stored_rows(100), NOW)
    assert found.rows["denied"].sum() == 20
    assert set(found.rows["reason"].drop_nulls()) == {"prior_auth_missing"}
    assert set(reason_of_carc().values()) <= set(RULE_REASONS)


def test_claims_of_a_slow_payer_wait_longer() -> None:
    """Early answers of a slow payer are not like its late ones: its young claims do not count, even answered ones."""
    fast = stored_rows(400, lag_days=14).filter(pl.col("payer_id") == "fast")
    slow = stored_rows(400, lag_days=60).filter(pl.col("payer_id") == "slow")
    young = stored_rows(100, lag_days=5, age_days=30)
    found = label(pl.concat([fast, slow, young]), NOW)
    assert found.maturity_days["fast"] < 20
    assert found.maturity_days["slow"] > 55
    recent = found.rows.filter(pl.col("submitted_at") > NOW - timedelta(days=40))
    assert set(recent["payer_id"]) == {"fast"}
    assert found.left_out["too young"] == 50


def test_what_came_in_later_is_not_seen_and_pending_claims_are_left_out() -> None:
    found = label(stored_rows(100, lag_days=20, age_days=130), NOW - timedelta(days=115))
    assert found.rows.height == 0
    pending = stored_rows(100).with_columns(
        outcome=pl.lit(None, pl.String), received_at=pl.lit(None, pl.Datetime("us", "UTC"))
    )
    assert label(pending, NOW).left_out["pending, reversed or forwarded"] == 100
    reversed_ = stored_rows(100).with_columns(outcome=pl.lit("reversal"))
    assert label(reversed_, NOW).rows.height == 0


def test_a_missing_column_gets_an_answer() -> None:
    with pytest.raises(BadInputError, match="received_at"):
        label(stored_rows(5).drop("received_at"), NOW)


@pytest.fixture(scope="module")
def stored() -> pl.DataFrame:
    made = checked_claims(2_500, 77, "seed")
    claims = score(made.batch, Scorer.load()).claims
    codes = {reason: carc for carc, reason in reason_of_carc().items()}
    return claims.select(
        "tenant_id", "event_id", "payer_id", "submitted_at", "model_version", "feature_hash", "feature_vector",
        "approval_probability", "expected_allowed_cents",
        outcome=pl.lit(pl.Series(np.where(made.truth["denied"].to_numpy(), "denied", "paid"))),
        primary_carc=pl.lit(made.truth["reason"].replace_strict(codes, default=None)),
        received_at=pl.col("submitted_at") + timedelta(days=20),
    ).cast(STORED_SCHEMA)  # fmt: skip


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    shutil.copytree(shipped_registry(), folder)
    return folder


def test_retraining_puts_a_version_on_trial_and_leaves_the_champion(stored: pl.DataFrame, registry: Path) -> None:
    before = json.loads((registry / "denials" / "active.json").read_text())["champion"]
    made = retrain(stored, registry, NOW, QUICK)
    active = json.loads((registry / "denials" / "active.json").read_text())
    assert (active["champion"], active["challenger"]) == (before, made.folder.name)
    scorer = Scorer.load(registry)
    assert not scorer.problems
    assert scorer.challenger is not None
    assert scorer.model is not None
    assert scorer.challenger.encoders.digest == scorer.model.encoders.digest
    assert made.learned.metrics["approval"]["auroc"] > 0.7
    assert made.champion["auroc"] > 0.8
    assert made.folder.name != before


def test_vectors_of_other_features_or_encoders_are_not_learnt_from(stored: pl.DataFrame, registry: Path) -> None:
    for change in (
        {"feature_hash": pl.lit("other")},
        {"feature_vector": pl.lit(b"short")},
        {"model_version": pl.lit("denials-v999")},
        {"model_version": pl.lit("rules-2")},
    ):
        with pytest.raises(BadInputError, match="0 matured labels"):
            retrain(stored.with_columns(**change), registry, NOW, QUICK)
    assert feature_hash() == stored["feature_hash"][0]
