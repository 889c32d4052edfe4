"""Synthetic runs that several tests look at, made once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl

from models.synthetic import SyntheticClaims, generate
from models.synthetic.after.follow import Aftermath
from models.synthetic.scenarios.named import scenario_named

START = datetime(2026, 3, 2, tzinfo=UTC)
SPAN = timedelta(days=30)


@cache
def run(*scenarios: str, claims: int = 6_000, seed: int = 21) -> SyntheticClaims:
    """Return claims of thirty days with their outcomes."""
    stories = tuple(scenario_named(text, START) for text in scenarios)
    return generate(claims, seed, start=START, span=SPAN, with_outcomes=True, scenarios=stories)


def after(*scenarios: str, claims: int = 6_000, seed: int = 21) -> Aftermath:
    """Return what came of the claims."""
    found = run(*scenarios, claims=claims, seed=seed).after
    assert found is not None
    return found


def lines_of(remits: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of claim payments with event_id, one row each."""
    kept = remits.select("event_id", "patient_control_token", "payer_id", "claim_status_code", "reversal", "lines")
    return kept.explode("lines", empty_as_null=False, keep_nulls=False).unnest("lines")
