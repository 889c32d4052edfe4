"""ClaimBatch keeps claims, lines and rows together."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from processors.batch import FINDINGS_SCHEMA, ClaimBatch

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LINE = pl.Struct({"line_number": pl.Int32, "charge_cents": pl.Int64})


def batch_of(*lines: list[int]) -> ClaimBatch:
    rows = [[{"line_number": n, "charge_cents": c} for n, c in enumerate(charges, 1)] for charges in lines]
    frame = pl.DataFrame(
        {"claim_id": [f"c{i}" for i in range(len(rows))], "lines": pl.Series(rows, dtype=pl.List(LINE))}
    )
    return ClaimBatch.from_events(frame, NOW)


def test_lines_carry_the_row_of_their_claim_and_a_claim_without_lines_has_none() -> None:
    batch = batch_of([10, 20], [], [30])
    assert batch.size == 3
    assert batch.lines.select("row", "charge_cents").rows() == [(0, 10), (0, 20), (2, 30)]
    assert batch.findings.schema == FINDINGS_SCHEMA


def test_an_empty_batch_has_the_columns_of_a_full_one() -> None:
    assert batch_of().lines.columns == batch_of([1]).lines.columns


def test_taking_claims_renumbers_them_in_the_order_asked_for() -> None:
    taken = batch_of([10], [20, 21], [30]).take([2, 1])
    assert taken.claims.select("row", "claim_id").rows() == [(0, "c2"), (1, "c1")]
    assert taken.lines.select("row", "charge_cents").rows() == [(0, 30), (1, 20), (1, 21)]
