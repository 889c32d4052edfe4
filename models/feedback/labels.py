"""Labels from remittances: which scored claims are mature, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from schemas.errors import BadInputError

STORED_SCHEMA = pl.Schema(
    {
        "tenant_id": pl.String(),
        "event_id": pl.String(),
        "payer_id": pl.String(),
        "submitted_at": pl.Datetime("us", "UTC"),
        "model_version": pl.String(),
        "feature_hash": pl.String(),
        "feature_vector": pl.Binary(),
        "approval_probability": pl.Float64(),
        "expected_allowed_cents": pl.Int64(),
        "outcome": pl.String(),
        "primary_carc": pl.String(),
        "received_at": pl.Datetime("us", "UTC"),
    }
)
"""One row a scored claim: what the model saw and said, and its first adjudication (null while there is none)."""

DENIED, UNDECIDED = "denied", ("reversal", "forwarded", "predetermination")
_LEAST_LAGS = 30
_SHARE_IN = 0.95
_FEWEST_DAYS, _MOST_DAYS, _USUAL_DAYS = 14.0, 120.0, 45.0


@dataclass(frozen=True)
class Labelled:
    """Mature claims with their outcomes.

    Attributes:
        rows: Columns of STORED_SCHEMA with denied (Boolean) and reason (String, null when paid or not known).
        maturity_days: Days after submission by which 95 % of a payer's remittances have come in, by payer.
        left_out: How many claims are left out, by why.
    """

    rows: pl.DataFrame
    maturity_days: Mapping[str, float]
    left_out: Mapping[str, int]


@lru_cache(maxsize=1)
def reason_of_carc() -> dict[str, str]:
    """Return the denial reason that an adjustment reason code speaks for."""
    table = pl.read_csv(Path(__file__).parent / "carc_reasons.csv", schema={"carc": pl.String, "reason": pl.String})
    return dict(zip(table["carc"], table["reason"], strict=True))


def label(stored: pl.DataFrame, now: datetime) -> Labelled:
    """Label the claims of mature windows: payers answer late, and the early answers are not like the late ones.

    A claim counts when its payer's remittances of that age have come in; then it counts whether or not it was quick.
    A mature claim without a remittance is pending: it is neither paid nor denied, and is left out.

    Args:
        stored: Columns of STORED_SCHEMA.
        now: Instant the labels are taken at, UTC; remittances after it are not seen.

    Raises:
        BadInputError: A column is missing.
    """
    absent = [name for name in STORED_SCHEMA if name not in stored.columns]
    if absent:
        msg = f"The stored scores have no column {', '.join(absent)}."
        raise BadInputError(msg, "Take the columns that docs/models.md lists under Feedback.")
    seen = stored.with_columns(
        pl.when(pl.col("received_at") <= now).then(pl.col(name)).alias(name)
        for name in ("outcome", "primary_carc", "received_at")
    )
    days = maturity_days(seen)
    due = pl.col("payer_id").replace_strict(days, default=days[""], return_dtype=pl.Float64).fill_null(days[""])
    age = (pl.lit(now, dtype=pl.Datetime("us", "UTC")) - pl.col("submitted_at")).dt.total_seconds() / 86_400
    mature = seen.filter(age >= due)
    decided = mature.filter(pl.col("outcome").is_not_null() & ~pl.col("outcome").is_in(UNDECIDED))
    rows = decided.with_columns(denied=pl.col("outcome") == DENIED).with_columns(
        reason=pl.when(pl.col("denied")).then(
            pl.col("primary_carc").replace_strict(reason_of_carc(), default=None, return_dtype=pl.String)
        )
    )
    left = {
        "too young": seen.height - mature.height,
        "pending, reversed or forwarded": mature.height - decided.height,
    }
    return Labelled(rows.sort("submitted_at", "event_id"), days, left)


def maturity_days(seen: pl.DataFrame) -> dict[str, float]:
    """Return by payer the days within which 95 % of its remittances came in; under "" those of all payers."""
    answered = seen.filter(pl.col("received_at").is_not_null()).select(
        "payer_id", lag=(pl.col("received_at") - pl.col("submitted_at")).dt.total_seconds() / 86_400
    )
    overall = _days(answered["lag"].to_numpy(), _USUAL_DAYS)
    found = {"": overall}
    for payer, rows in answered.filter(pl.col("payer_id").is_not_null()).group_by("payer_id"):
        found[str(payer[0])] = _days(rows["lag"].to_numpy(), overall)
    return found


def _days(lags: np.ndarray[tuple[int], np.dtype[np.float64]], otherwise: float) -> float:
    if len(lags) < _LEAST_LAGS:
        return otherwise
    return float(np.clip(np.ceil(np.quantile(lags, _SHARE_IN)), _FEWEST_DAYS, _MOST_DAYS))
