"""What the claim stage tells its observers after each batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.batch import ClaimBatch
from processors.step import StepTimes


@dataclass(frozen=True)
class BatchReport:
    """One committed batch.

    Attributes:
        claims: Claims scored.
        dead_letters: Failures by stage.
        outcome: Columns `disposition`, `payer_type`, `scored_by`, `total_charge_cents`,
            `expected_allowed_cents`, `error_count`, `feature_vector`, `approval_probability`, `model_version`: one row
            a claim.
        latencies_s: From the message's timestamp to the commit, one value a message.
        cpu_seconds: CPU by step.
        wall_seconds: Wall clock by step.
    """

    claims: int
    dead_letters: Mapping[str, int]
    outcome: pl.DataFrame
    latencies_s: NDArray[np.float64]
    cpu_seconds: Mapping[str, float]
    wall_seconds: Mapping[str, float]


class StateObserver(Protocol):
    """Who wants to know how the stores of the history fare."""

    def state_recovering(self, partition: int, records: int) -> None:
        """Take note of how many records of its changelog a store has still to read."""

    def state_recovered(self, partition: int, records: int, seconds: float) -> None:
        """Take note of a store that is up to date after reading so many records."""

    def state_wiped(self, partition: int, reason: str) -> None:
        """Take note of a store that could not be continued and is built anew: loud, it should not happen."""

    def state_behind(self, partition: int, claims: int) -> None:
        """Take note of claims that were processed and are not remembered: their history was lost."""

    def state_size(self, partition: int, keys: int) -> None:
        """Take note of about how many keys a store has."""


class StageObserver(StateObserver, Protocol):
    """Who wants to know; the application shell turns it into metrics and logs."""

    def batch_committed(self, report: BatchReport) -> None:
        """Take note of a committed batch."""

    def transaction_aborted(self, reason: str) -> None:
        """Take note of an aborted transaction; its batch is read again."""

    def partitions_changed(self, partitions: list[int]) -> None:
        """Take note of the partitions now assigned."""

    def lag(self, partition: int, records: int) -> None:
        """Take note of how many records of a partition are not read yet."""


def report_of(batch: ClaimBatch, dead_letters: Mapping[str, int], times: StepTimes) -> BatchReport:
    """Return the report of a batch, its latencies left out: they are known once it is committed.

    Args:
        batch: The claims that went through the pipeline.
        dead_letters: Failures by stage.
        times: How long its steps took, and will have taken.
    """
    columns = (
        "disposition",
        "payer_type",
        "scored_by",
        "total_charge_cents",
        "expected_allowed_cents",
        "error_count",
        "feature_vector",
        "approval_probability",
        "model_version",
    )
    return BatchReport(
        claims=batch.size,
        dead_letters=dead_letters,
        outcome=batch.claims[[c for c in columns if c in batch.claims.columns]],
        latencies_s=np.zeros(0),
        cpu_seconds=times.cpu_seconds,
        wall_seconds=times.wall_seconds,
    )
