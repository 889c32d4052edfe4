"""Calibration of scores against the first adjudications that have come in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

LEAST_ROWS = 100
_BINS = 10

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """How far scores are from outcomes.

    Attributes:
        rows: Claims with an outcome.
        accuracy: Share of claims on the right side of one half.
        mean_score: Mean P(denied).
        denial_rate: Share that was denied.
        error: Mean gap between score and rate over ten bins of equal count.
    """

    rows: int
    accuracy: float
    mean_score: float
    denial_rate: float
    error: float


def calibration_by(labelled: pl.DataFrame) -> dict[str, Calibration]:
    """Return the calibration of each payer with at least a hundred outcomes, and under "" of all claims.

    Args:
        labelled: payer_id, approval_probability and denied of claims whose outcome is known.
    """
    known = labelled.filter(pl.col("approval_probability").is_not_null() & pl.col("denied").is_not_null())
    found = {"": _measured(known)} if known.height else {}
    for payer, rows in known.filter(pl.col("payer_id").is_not_null()).group_by("payer_id"):
        if rows.height >= LEAST_ROWS:
            found[str(payer[0])] = _measured(rows)
    return found


def _measured(rows: pl.DataFrame) -> Calibration:
    score: Numbers = 1.0 - rows["approval_probability"].to_numpy()
    denied: Numbers = rows["denied"].cast(pl.Float64).to_numpy()
    parts = [part for part in np.array_split(np.argsort(score, kind="stable"), _BINS) if len(part)]
    gap = sum(abs(float(score[part].mean() - denied[part].mean())) * len(part) for part in parts)
    return Calibration(
        rows=len(score),
        accuracy=float(((score > 0.5) == (denied > 0.5)).mean()),
        mean_score=float(score.mean()),
        denial_rate=float(denied.mean()),
        error=gap / len(score),
    )
