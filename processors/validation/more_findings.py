"""Add findings of a later stage to a batch that has been validated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.validation.findings import Findings, reading_order
from processors.validation.fire import Integers


def with_more_findings(batch: ClaimBatch, found: Findings, rows: Integers | None = None) -> ClaimBatch:
    """Return the batch with more findings, and error_count and warning_count brought up to date.

    Args:
        batch: A validated batch.
        found: What a later stage found.
        rows: Row in the batch of every claim that the stage looked at; None: it looked at all.
    """
    if not found.frame.height:
        return batch
    added = found.frame
    if rows is not None:
        added = added.with_columns(pl.Series("row", rows, dtype=pl.UInt32)[added["row"]])
    return replace(
        batch,
        findings=_in_reading_order(pl.concat([batch.findings, added])),
        claims=batch.claims.with_columns(_counted(batch.claims, rows, found)),
    )


def _in_reading_order(findings: pl.DataFrame) -> pl.DataFrame:
    """Sort findings by claim, errors first, the claim as a whole before its lines; equals stay in their order."""
    severity = findings["severity"]
    rank = 2 - 2 * (severity == "error").to_numpy().astype(np.int64) - (severity == "warning").to_numpy()
    row = findings["row"].to_numpy().astype(np.int64)
    return findings[reading_order(row, rank, findings["line_number"])]


def _counted(claims: pl.DataFrame, rows: Integers | None, found: Findings) -> list[pl.Series]:
    """Return the counts of errors and warnings with those found in some rows."""
    counts = []
    for name, more in (("error_count", found.error_count), ("warning_count", found.warning_count)):
        total = claims[name].to_numpy().copy()
        total[slice(None) if rows is None else rows] += more.astype(total.dtype)
        counts.append(pl.Series(name, total, dtype=pl.Int32))
    return counts
