"""A short soak with a fixed seed, in every run of the tests: kills, pauses and restarts, then all invariants."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kafka_server import java_or_skip
from tests.soak.soak import Plan, Soak

pytestmark = pytest.mark.kafka


def test_half_a_minute_of_chaos_loses_and_doubles_nothing(tmp_path: Path) -> None:
    java_or_skip()
    outcome = Soak(Plan(seconds=25, seed=20, rate=40, slots=1), tmp_path).run()
    assert not outcome.violation, f"{outcome.violation}\n{json.dumps(outcome.timeline)}"
    assert outcome.blows >= 2
    assert outcome.sent["claims.submitted"] > 300
