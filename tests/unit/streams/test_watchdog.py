"""A call that does not return ends the process; one that does leaves it alone."""

from __future__ import annotations

import time

import pytest

from streams import watchdog
from streams.watchdog import Watchdog


def test_a_call_that_hangs_is_told_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "TICK_SECONDS", 0.01)
    told: list[tuple[str, float]] = []
    dog = Watchdog(0.3, lambda call, seconds: told.append((call, seconds)))
    dog.start()
    for _ in range(50):
        with dog.over("short"):
            time.sleep(0.01)
    time.sleep(0.5)
    assert told == []
    with dog.over("long"):
        deadline = time.monotonic() + 10
        while not told and time.monotonic() < deadline:
            time.sleep(0.01)
    dog.stop()
    assert told == [("long", 0.3)]
