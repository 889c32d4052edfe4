"""The features of the comparison's model for a whole batch: what claimstream does in place of one claim at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from loadtest.peers.per_event.features import FEATURES
from processors.batch import ClaimBatch

Matrix = npt.NDArray[np.float32]
Column = npt.NDArray[np.float64]

_PAYER_TYPES = ("commercial", "medicare", "medicare_advantage", "medicaid", "exchange")
_NUMBERS = (
    "patient_age_years",
    "provider_experience_years",
    "coding_quality_score",
    "documentation_score",
    "processing_minutes",
    "touch_count",
    "attachment_count",
)


def feature_matrix(batch: ClaimBatch) -> Matrix:
    """Return claims x features, float32, NaN for missing.

    Args:
        batch: Claims numbered from zero, and their lines in the order of the claims.
    """
    found: dict[str, Column] = {}
    columns = batch.claims.select(_EXPRESSIONS)
    for name in columns.columns:
        found[name] = columns[name].to_numpy()
    found |= _of_lines(batch)
    tall = np.empty((len(FEATURES), batch.size), dtype=np.float32)
    for place, name in enumerate(FEATURES):
        tall[place] = found[name]
    return np.ascontiguousarray(tall.T)


def _of_lines(batch: ClaimBatch) -> dict[str, Column]:
    row = batch.lines["row"].to_numpy()
    count = np.bincount(row, minlength=batch.size)
    starts = np.concatenate([[0], np.cumsum(count)[:-1]])
    charge = batch.lines["charge_cents"].to_numpy()
    # reduceat would answer with the next claim's line for a claim without lines.
    most = np.maximum.reduceat(charge, np.minimum(starts, max(len(charge) - 1, 0))) if len(charge) else count
    return {
        "line_count": count.astype(np.float64),
        "max_line_charge": np.where(count > 0, most, 0) / 100,
        "unit_total": _sum(row, batch.lines["units"], batch.size),
        "modifier_count": _sum(row, batch.lines["modifiers"].list.len(), batch.size),
    }


def _sum(row: npt.NDArray[np.uint32], values: pl.Series, size: int) -> Column:
    return np.bincount(row, values.to_numpy(), minlength=size).astype(np.float64)


def _flag(name: str, test: pl.Expr) -> pl.Expr:
    return test.fill_null(value=False).cast(pl.Float64).alias(name)


def _days(name: str, first: pl.Expr, last: pl.Expr) -> pl.Expr:
    return (last - first).dt.total_days().cast(pl.Float64).fill_null(float("nan")).alias(name)


def _expressions() -> list[pl.Expr]:
    col = pl.col
    end = pl.coalesce("service_to", "service_from")
    return [
        *(col(name).cast(pl.Float64).fill_null(float("nan")) for name in _NUMBERS),
        *(_flag(f"payer_{name}", col("payer_type") == name) for name in _PAYER_TYPES),
        _flag("patient_female", col("patient_sex") == "F"),
        _flag("plan_gatekeeper", col("plan_type").is_in(["hmo", "pos"])),
        _flag("payer_secondary", col("payer_sequence").is_in(["S", "T"])),
        _flag("out_of_network", ~col("provider_in_network")),
        _flag("not_credentialed", ~col("provider_credentialed")),
        col("diagnosis_codes").list.len().cast(pl.Float64).alias("diagnosis_count"),
        (col("total_charge_cents") / 100).alias("total_charge"),
        _flag("auth_missing", col("prior_auth_required") & ~col("prior_auth_on_file")),
        _flag("referral_missing", col("referral_required") & ~col("referral_on_file")),
        _flag("eligibility_inactive", ~col("eligibility_active")),
        _days("eligibility_age_days", col("eligibility_checked_on"), col("service_from")),
        _days("days_to_submission", end, col("submitted_at").cast(pl.Date)),
        _flag("institutional", col("claim_type") == "institutional"),
        _flag("member_id_invalid", ~col("member_id_valid")),
    ]


_EXPRESSIONS = _expressions()
