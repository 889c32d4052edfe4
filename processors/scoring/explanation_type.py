"""The type of the `explanations` column of claims.scored."""

from __future__ import annotations

import polars as pl

EXPLANATION_TYPE = pl.List(
    pl.Struct(
        {
            "reason": pl.String,
            "log_odds": pl.Float64,
            "reason_probability": pl.Float64,
            "fields": pl.List(pl.String),
            "values": pl.List(pl.Float64),
            "owner": pl.String,
            "action": pl.String,
            "approval_after_fix": pl.Float64,
            "expected_gain_cents": pl.Int64,
        }
    )
)
"""The strongest reasons why the model expects a denial, strongest first."""
