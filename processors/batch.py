"""ClaimBatch: the frames that travel through the pipeline, keyed by row number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from processors.frames import with_columns

if TYPE_CHECKING:
    from processors.history.view import PartitionWrites

FINDINGS_SCHEMA = pl.Schema(
    {
        "row": pl.UInt32,
        "line_number": pl.Int32,
        "rule_id": pl.String,
        "severity": pl.String,
        "message": pl.String,
        "path": pl.String,
        "value": pl.String,
        "queue": pl.String,
    }
)
"""Columns of the findings frame; line_number is null for a finding about the claim as a whole."""


def empty_findings() -> pl.DataFrame:
    """Return a findings frame without rows."""
    return _NO_FINDINGS.clone()


_NO_FINDINGS = pl.DataFrame(schema=FINDINGS_SCHEMA)


@dataclass(frozen=True)
class ClaimBatch:
    """Claims, their service lines and the findings about them.

    Attributes:
        claims: One row a claim: `row` (UInt32, 0..n-1 in order) and every field of the claims.submitted
            contract but `lines`; each pipeline step adds its own columns.
        lines: One row a service line: `row` of its claim and every field of the line record.
        findings: Columns of FINDINGS_SCHEMA.
        now: The instant the batch is processed at, UTC: the only clock the processors know.
        history: What the history step leaves to be remembered once the batch is committed, by partition.
    """

    claims: pl.DataFrame
    lines: pl.DataFrame
    now: datetime
    findings: pl.DataFrame = field(default_factory=empty_findings)
    history: Mapping[int, PartitionWrites] = field(default_factory=dict)

    @classmethod
    def from_events(cls, events: pl.DataFrame, now: datetime) -> ClaimBatch:
        """Split decoded claims.submitted events into claims and lines.

        Args:
            events: One row an event, columns of the claims.submitted contract (others are kept on the claims).
            now: The instant of processing, UTC.
        """
        rows = pl.Series("row", np.arange(events.height, dtype=np.uint32))
        claims = events[[name for name in events.columns if name not in ("row", "lines")]]
        lists = events["lines"]
        line_rows = pl.Series("row", np.repeat(rows.to_numpy(), lists.list.len().to_numpy()))
        lines = lists.explode(empty_as_null=False, keep_nulls=False).struct.unnest()
        return cls(claims=claims.insert_column(0, rows), lines=lines.insert_column(0, line_rows), now=now)

    @property
    def size(self) -> int:
        """Number of claims."""
        return self.claims.height

    def with_claim_columns(self, *exprs: pl.Expr, **named: pl.Expr) -> ClaimBatch:
        """Return the batch with columns added to the claims."""
        return replace(self, claims=self.claims.with_columns(*exprs, **named))

    def with_claim_series(self, *columns: pl.Series) -> ClaimBatch:
        """Return the batch with finished columns added to the claims: costs no planning of a query."""
        return replace(self, claims=with_columns(self.claims, *columns))

    def take(self, rows: list[int]) -> ClaimBatch:
        """Return the batch of these claims alone, renumbered from zero, in the given order.

        Findings are dropped: the caller runs the pipeline again.
        """
        numbers = pl.DataFrame({"row": pl.Series(rows, dtype=pl.UInt32)}).with_row_index("new_row")
        claims = numbers.join(self.claims, on="row", how="left", maintain_order="left")
        lines = numbers.join(self.lines, on="row", how="inner", maintain_order="left_right")
        return ClaimBatch(
            claims=claims.drop("row").rename({"new_row": "row"}),
            lines=lines.drop("row").rename({"new_row": "row"}),
            now=self.now,
        )
