"""What the claim stage tells its observers after each batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import polars as pl


@dataclass(frozen=True)
class BatchReport:
    """One committed batch.

    Attributes:
        claims: Claims scored.
        dead_letters: Failures by stage.
        outcome: Columns `disposition`, `payer_type`, `scored_by`, `total_charge_cents`,
            `expected_allowed_cents`, `error_count`: one row a claim.
        latencies_ms: From the message's timestamp to the commit, one value a message.
        cpu_seconds: CPU by step.
        wall_seconds: Wall clock by step.
    """

    claims: int
    dead_letters: Mapping[str, int]
    outcome: pl.DataFrame
    latencies_ms: list[float]
    cpu_seconds: Mapping[str, float]
    wall_seconds: Mapping[str, float]


class StageObserver(Protocol):
    """Who wants to know; the application shell turns it into metrics and logs."""

    def batch_committed(self, report: BatchReport) -> None:
        """Take note of a committed batch."""

    def transaction_aborted(self, reason: str) -> None:
        """Take note of an aborted transaction; its batch is read again."""

    def partitions_changed(self, partitions: list[int]) -> None:
        """Take note of the partitions now assigned."""

    def lag(self, partition: int, records: int) -> None:
        """Take note of how many records of a partition are not read yet."""
