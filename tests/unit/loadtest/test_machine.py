"""What processes cost is counted from a moment on."""

from __future__ import annotations

import os
import sys
import time

import pytest

from loadtest.machine import GENERATOR, CpuRecord, cpu_seconds


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
