"""What processes cost is counted from a moment on."""

from __future__ import annotations

import os
import sys
import time

import pytest

from loadtest.machine import GENERATOR, CpuRecord, cpu_seconds, described, yardstick_ms


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell the CPU time of a process")
def test_a_record_counts_what_is_spent_after_it_was_begun() -> None:
    _spend(0.05)
    record = CpuRecord({"stage": os.getpid()})
    _spend(0.1)
    spent = record.spent()
    assert set(spent) == {"stage", GENERATOR}
    # Readings are rounded to hundredths of a second.
    assert 0.08 <= spent["stage"] <= cpu_seconds(os.getpid()) - 0.03
    assert spent[GENERATOR] == pytest.approx(spent["stage"], abs=0.05)


def _spend(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_result_says_how_fast_the_machine_was(monkeypatch: pytest.MonkeyPatch) -> None:
    assert described({"profile": "burst"})["yardstick_ms"] > 1
    clock = iter([0.0, 0.030, 1.0, 1.010, 2.0, 2.020, 3.0, 3.500, 4.0, 4.020])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    assert yardstick_ms() == 20.0
