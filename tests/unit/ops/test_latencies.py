"""Latencies of a stage: batches write them down, a scrape works out the quantiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from claimstream.latencies import LatencyWindow
from claimstream.metrics import Metrics
from claimstream.observers import StageMetrics
from streams.reports import BatchReport


@given(st.lists(st.lists(st.floats(0, 100), max_size=12)), st.integers(1, 7))
def test_a_window_holds_the_latest_values(batches: list[list[float]], size: int) -> None:
    window = LatencyWindow(size)
    for batch in batches:
        window.add(np.array(batch))
    latest = [value for batch in batches for value in batch][-size:]
    for share in (0.0, 0.5, 1.0):
        assert window.quantile(share) == (float(np.quantile(latest, share)) if latest else 0.0)


def _report(latencies_s: Sequence[float]) -> BatchReport:
    outcome = pl.DataFrame(
        {
            "disposition": ["ready", "review", "ready"],
            "scored_by": ["model", "model", "rules"],
            "total_charge_cents": [100, 200, 300],
            "error_count": [0, 0, 2],
        }
    )
    return BatchReport(3, {}, outcome, np.array(latencies_s), {"decode": 0.5}, {"decode": 0.75})


def test_a_batch_moves_counters_and_a_scrape_shows_its_quantiles() -> None:
    registry = CollectorRegistry()
    stage = StageMetrics(Metrics.create(registry))
    stage.batch_committed(_report([0.1, 0.2, 0.3]))
    stage.batch_committed(_report([0.2, 0.2, 0.9]))

    def sample(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert sample("claims_processed_total", disposition="ready") == 4
    assert sample("revenue_processed_dollars") == pytest.approx(12.0)
    assert sample("validation_pass_rate") == pytest.approx(2 / 3)
    assert sample("claimstream_step_cpu_seconds_total", step="decode") == pytest.approx(1.0)
    assert sample("claimstream_step_seconds_total", step="decode") == pytest.approx(1.5)
    assert sample("processing_latency_p50") == pytest.approx(0.2)
    assert sample("processing_latency_p99") == pytest.approx(float(np.quantile([0.1, 0.2, 0.3, 0.2, 0.2, 0.9], 0.99)))
