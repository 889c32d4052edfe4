"""Agents leave nothing half in hand, and a recovery that stands still ends the worker."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.errors import FatalStreamError
from streams.correlation.app import _waiting
from streams.correlation.recovery import NUDGE_SECONDS, RecoveryWatchdog


class Queue:
    """Messages of so many records each."""

    def __init__(self, *sizes: int) -> None:
        self.sizes = list(sizes)

    def qsize(self) -> int:
        return len(self.sizes)

    def get_nowait(self) -> Any:
        value = SimpleNamespace(records=[None] * self.sizes.pop(0))
        return SimpleNamespace(message=SimpleNamespace(value=value))


@pytest.mark.parametrize(
    ("sizes", "records", "taken"),
    [([], 10, []), ([3, 3], 10, [3, 3]), ([3, 3, 3], 4, [3, 3]), ([3], 0, []), ([3], -5, [])],
)
def test_what_waits_is_taken_at_once_up_to_a_number_of_records(
    sizes: list[int], records: int, taken: list[int]
) -> None:
    queue = Queue(*sizes)
    found = [len(one.value.records) for one in _waiting(queue, records)]
    assert found == taken
    assert queue.sizes == sizes[len(taken) :]


class Worker:
    """An application in recovery, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.left = {"a": 7}
        self.errors: list[Exception] = []
        recovery = SimpleNamespace(
            completed=asyncio.Event(),
            in_recovery=True,
            active_remaining=lambda: self.left,
            signal_recovery_end=asyncio.Event(),
        )
        self.app = SimpleNamespace(
            tables=SimpleNamespace(recovery=recovery),
            rebalancing=True,
            rebalancing_count=1,
            consumer_generation_id=1,
            crash=self.crash,
        )
        self.recovery = recovery
        self.dog = RecoveryWatchdog(self.app, 100.0, lambda: self.now)

    async def crash(self, error: Exception) -> None:
        self.errors.append(error)

    def after(self, seconds: float) -> bool:
        self.now += seconds
        return asyncio.run(self.dog.recovered())


def test_a_recovery_without_headway_ends_the_worker_and_one_with_headway_does_not() -> None:
    worker = Worker()
    assert not worker.after(1)
    for left in (6, 5, 4):
        worker.left["a"] = left
        assert not worker.after(90)
    assert not worker.errors
    worker.after(101)
    assert isinstance(worker.errors[0], FatalStreamError)
    assert not worker.recovery.signal_recovery_end.is_set()


def test_an_end_of_recovery_that_nobody_heard_is_told_again_and_ends_the_worker_if_that_does_not_help() -> None:
    worker = Worker()
    worker.recovery.in_recovery = False
    worker.after(1)
    worker.after(NUDGE_SECONDS + 1)
    assert worker.recovery.signal_recovery_end.is_set()
    assert not worker.errors
    worker.after(101)
    assert worker.errors


def test_a_worker_that_has_recovered_works() -> None:
    worker = Worker()
    worker.app.rebalancing = False
    worker.recovery.completed.set()
    assert worker.after(1_000)
    assert not worker.errors
