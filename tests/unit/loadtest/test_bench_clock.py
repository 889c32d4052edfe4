"""The clock of a run, and what processes cost, begin with the first stage that has partitions."""

from __future__ import annotations

from typing import Any

import pytest

from loadtest import bench
from schemas.errors import FatalStreamError


def test_costs_are_counted_from_the_first_assignment_even_when_another_stage_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = iter([{1: 0.0, 2: 0.0}, {1: 0.0, 2: 70.5}, {1: 0.0, 2: 70.5}, {1: 90.0, 2: 70.5}])
    seen: list[dict[int, float]] = []

    def metric(port: int, _name: str) -> float:
        if port == 1:
            seen.append(next(looks))
        return seen[-1][port]

    begun_at: list[int] = []

    def record() -> Any:
        begun_at.append(len(seen))
        return "counted"

    monkeypatch.setattr(bench, "metric", metric)
    started, counted = bench._wait_for_assignment((1, 2), record)
    assert (started, str(counted)) == (70.5, "counted")
    assert begun_at == [2]
    assert len(seen) == 4


def test_a_stage_that_is_given_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "metric", lambda _port, _name: 0.0)
    monkeypatch.setattr(bench, "START_SECONDS", 0.1)
    never: Any = lambda: pytest.fail("nothing was assigned")  # noqa: E731 - a record that nobody begins
    with pytest.raises(FatalStreamError, match="no partitions"):
        bench._wait_for_assignment((1,), never)
