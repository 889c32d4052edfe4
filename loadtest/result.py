"""What a measurement of the running system found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from loadtest.machine import described


@dataclass
class BenchResult:
    """What was measured; the names are those of the JSON.

    Attributes:
        profile: Name of the profile.
        claims: Claims published.
        broker: Which broker it was.
        shape: What the claims look like.
        stages: Number of claim stages.
        running: Processes that ran.
        offered_rate: Claims a second offered; null when published before.
        seconds_to_scored: From the start of the clock to the last claim readable on claims.scored.
        seconds_to_clickhouse: The same to the last claim queryable; 0 without a store.
        claims_per_second: Claims by seconds to scored.
        latency_ms: p50, p95, p99, p99.9 and the greatest, from when a claim was due (without a rate: from the start
            of the clock) to its score being readable on claims.scored.
        queryable_ms: The same to when all rows of a claim could be asked for in ClickHouse; empty without a store.
        rss_mb: Peak resident memory by process.
        cpu_seconds: CPU by process, from its start to the end of the run.
        load_cpu_seconds: CPU by process from the start of the clock until the last claim was there, starts left out;
            `generator` offers the claims and reads what became of them.
        cpu_us_per_claim: CPU of the claim stages by step.
        claims_per_batch: Claims that a stage took together, on average.
        batch_ms: Wall clock of a batch by step, on average; `consume` holds the wait for a first claim.
        stage_latency_ms: Average from when a claim was written to the topic to its commit; what a latency has beyond
            it lies before (the generator) and after (the reader).
        latency_mean_ms: Average of what latency_ms tells the percentiles of.
        lost: Claims that are neither scored nor dead-lettered, or not in ClickHouse.
        duplicated: Records beyond one a claim, on Kafka or in ClickHouse.
        dead_lettered: Claims that were given up.
        other_load: Processes that other work kept busy when the run began; above the number of cores, seconds and
            latencies say more of that work than of the system.
    """

    profile: str
    claims: int
    broker: str
    shape: str
    stages: int
    running: list[str]
    offered_rate: float | None
    seconds_to_scored: float = 0.0
    seconds_to_clickhouse: float = 0.0
    claims_per_second: float = 0.0
    latency_ms: dict[str, float] = field(default_factory=dict)
    queryable_ms: dict[str, float] = field(default_factory=dict)
    rss_mb: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    load_cpu_seconds: dict[str, float] = field(default_factory=dict)
    cpu_us_per_claim: dict[str, float] = field(default_factory=dict)
    claims_per_batch: float = 0.0
    batch_ms: dict[str, float] = field(default_factory=dict)
    stage_latency_ms: float = 0.0
    latency_mean_ms: float = 0.0
    lost: int = 0
    duplicated: int = 0
    dead_lettered: int = 0
    other_load: float = 0.0

    @property
    def bad(self) -> bool:
        """Whether a claim was lost or counted twice."""
        return bool(self.lost or self.duplicated)

    def to_json(self) -> dict[str, Any]:
        """Return the result with machine and versions."""
        return described(asdict(self))


_POINTS = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9, "max": 100.0}


def percentiles(latencies_ms: Sequence[float]) -> dict[str, float]:
    """Return percentiles of latencies; zeros when there are none."""
    values = np.percentile(latencies_ms, list(_POINTS.values())) if latencies_ms else np.zeros(len(_POINTS))
    return {name: round(float(value), 1) for name, value in zip(_POINTS, values, strict=True)}
