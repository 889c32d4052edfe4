"""Explanations: the planted fact is named, the fix is a statement about the model, nothing proposes another code."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from models.synthetic import SyntheticClaims, generate
from processors.batch import ClaimBatch
from processors.features import FEATURE_NAMES, FEATURES
from processors.pricing import PriceBook, price
from processors.scoring import RULE_REASONS, Scorer, score
from processors.scoring.causes import CAUSES, masks
from processors.scoring.explain import MOST_FIELDS
from processors.scoring.explanation_type import EXPLANATION_TYPE
from processors.validation import RuleCatalogue, validate

NOW = datetime(2026, 2, 1, tzinfo=UTC)
FORBIDDEN = ("another diagnosis", "change the diagnosis", "other code", "upcode", "change the date", "use code")


@pytest.fixture(scope="module")
def made() -> SyntheticClaims:
    return generate(5_000, 417, start=datetime(2026, 1, 20, tzinfo=UTC))


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer.load()


@pytest.fixture(scope="module")
def scored(made: SyntheticClaims, scorer: Scorer) -> pl.DataFrame:
    batch = price(validate(ClaimBatch.from_events(made.events, NOW), RuleCatalogue.load()), PriceBook.starter())
    return score(batch, scorer).claims.with_columns(cause=made.truth["cause"])


def test_every_reason_has_one_cause_with_known_features_an_owner_and_an_action() -> None:
    assert sorted(cause.reason for cause in CAUSES) == sorted(RULE_REASONS)
    assert all(cause.owner and cause.action for cause in CAUSES)
    assert {name for cause in CAUSES for name in cause.features} <= set(FEATURE_NAMES)


def test_no_action_proposes_another_code_and_no_fix_touches_what_may_not_be_changed() -> None:
    assert not [c.action for c in CAUSES if any(word in c.action.lower() for word in FORBIDDEN)]
    changed = [FEATURES[place] for place in np.flatnonzero(masks().fixable.any(axis=0))]
    assert all(feature.actionable for feature in changed)
    assert not [
        f.name for f in changed if f.name.startswith(("diagnosis", "principal", "patient_age", "patient_female"))
    ]


def test_exactly_the_claims_below_the_threshold_are_explained(scored: pl.DataFrame) -> None:
    assert scored["explanations"].dtype == EXPLANATION_TYPE
    explained = scored["explanations"].list.len() > 0
    risky = scored["approval_probability"] < 0.60
    assert (explained & ~risky).sum() == 0
    assert int((explained & risky).sum()) > 0.98 * int(risky.sum())
    assert scored["explanations"].list.len().max() == 3


def test_the_strongest_explanation_is_mostly_the_true_cause(scored: pl.DataFrame) -> None:
    told = scored.filter(pl.col("cause").is_not_null(), pl.col("explanations").list.len() > 0)
    first = told["explanations"].list.first().struct.field("reason")
    assert told.height > 200
    assert (first == told["cause"]).to_numpy().mean() > 0.80


def test_a_missing_authorisation_is_explained_and_its_fix_is_what_the_model_then_says(
    made: SyntheticClaims, scorer: Scorer
) -> None:
    events = made.events.head(300).with_columns(
        prior_auth_required=pl.lit(value=True), prior_auth_on_file=pl.lit(value=False)
    )
    claims = score(ClaimBatch.from_events(events, NOW), scorer).claims
    named = claims.explode("explanations").unnest("explanations").filter(pl.col("reason") == "prior_auth_missing")
    assert named.height > 100
    assert (named["approval_after_fix"] > named["approval_probability"]).to_numpy().mean() > 0.95
    assert set(named["owner"]) == {"authorisation"}
    assert all(fields[0] == "auth_missing" for fields in named["fields"])


def test_fields_are_few_those_to_act_on_stand_first_and_values_go_with_them(scored: pl.DataFrame) -> None:
    actionable = {feature.name: feature.actionable for feature in FEATURES}
    parts = scored.explode("explanations").unnest("explanations").filter(pl.col("reason").is_not_null())
    for fields, values in zip(parts["fields"].to_list(), parts["values"].to_list(), strict=True):
        assert len(fields) == len(values) <= MOST_FIELDS
        flags = [actionable[name] for name in fields]
        assert flags == sorted(flags, reverse=True)


def test_a_claim_is_explained_alike_alone_and_in_a_batch(made: SyntheticClaims, scorer: Scorer) -> None:
    batch = ClaimBatch.from_events(made.events.head(200), NOW)
    whole = score(batch, scorer).claims
    row = int(np.flatnonzero((whole["explanations"].list.len() > 0).to_numpy())[3])
    alone = score(ClaimBatch.from_events(made.events[row : row + 1], NOW), scorer).claims
    assert alone["explanations"].equals(whole["explanations"][row : row + 1])


def test_the_gain_is_what_the_fix_adds_to_the_expected_payment(scored: pl.DataFrame) -> None:
    parts = scored.explode("explanations").unnest("explanations").filter(pl.col("expected_gain_cents").is_not_null())
    rise = pl.col("approval_after_fix") - pl.col("approval_probability")
    wanted = rise * pl.col("expected_allowed_cents")
    gap = parts.select((wanted - pl.col("expected_gain_cents")).abs().max().cast(pl.Float64)).item()
    assert parts.height > 50
    assert gap <= 1.0
