"""The verdict of the backpressure measurement follows from its samples."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from loadtest.backpressure import BOUND_MIB, Curve, Plan, Sample, _judged
from loadtest.machine import describe_machine
from loadtest.report import page


def curve(growth_mib: float) -> Curve:
    """A store that is away from second 10 to 20, while the sink grows by so much."""
    plan = Plan(claims=1_000, rate=100, away_after=10, away=10)
    made = Curve(plan)
    for at in range(30):
        away = 10 < at <= 20
        rss = {"claims-0": 300.0, "sink": 200.0 + (growth_mib if away else 0.0)}
        made.samples.append(Sample(float(at), rss, sink_lag=100 * at if away else 0, stage_lag=0))
    return _judged(made)


def test_a_sink_that_grows_without_bound_is_told() -> None:
    assert curve(BOUND_MIB + 1).bounded is False
    assert curve(BOUND_MIB - 1).bounded is True
    assert curve(20).grown_mib == {"claims-0": 0.0, "sink": 20.0}
    assert curve(20).most_lag == 2_000


def test_the_curve_is_drawn_and_told(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra loadtest is not installed")
    from loadtest.charts import draw  # noqa: PLC0415 - matplotlib is an extra

    results = {"backpressure": {**asdict(curve(20)), "machine": describe_machine()}}
    (chart,) = draw(results, tmp_path)
    assert chart.read_bytes().startswith(b"\x89PNG")
    told = page(results, "")
    assert "2,000 records at most" in told
    assert "| sink | 200 | 20 | 220 |" in told
