"""A batch in flight is completed by a thread; whoever needs what it leaves waits for it."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest

from processors.history import InMemoryHistory
from processors.step import StepTimes
from streams.in_flight import CommitThread, Flight, SettledHistory
from streams.positions import first_offsets, next_offsets
from streams.reports import BatchReport
from streams.transaction import Outbox, TransactionAbortedError, TransactionalWriter, Written

WAIT_SECONDS = 20


class Placed:
    """A message, as far as its place and time go."""

    def __init__(self, partition: int, offset: int, stamp_ms: int = 0) -> None:
        self._place = partition, offset, stamp_ms

    def partition(self) -> int:
        return self._place[0]

    def offset(self) -> int:
        return self._place[1]

    def timestamp(self) -> tuple[int, int]:
        return 1, self._place[2]


class HeldWriter(TransactionalWriter):
    """Completes a transaction when it is let, and remembers who did what."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.error: Exception | None = None
        self.done: list[tuple[str, str]] = []

    def write(self, outbox: Outbox) -> Written:
        self.done.append(("write", threading.current_thread().name))
        return Written(outbox.offsets, is_tracked=False)

    def complete(self, written: Written, membership: object | None) -> None:
        assert written.offsets == {("claims.submitted", 0): 7}
        assert membership == "member 1 of generation 7"
        assert self.let.wait(WAIT_SECONDS)
        self.done.append(("complete", threading.current_thread().name))
        if self.error is not None:
            raise self.error


class Member:
    def consumer_group_metadata(self) -> str:
        return "member 1 of generation 7"


OUTBOX = Outbox(offsets={("claims.submitted", 0): 7})
MESSAGES: Any = [Placed(0, 5, 1_000), Placed(1, 9, 2_000), Placed(0, 6, 3_000)]


def flight() -> Flight:
    times = StepTimes()
    report = BatchReport(3, {}, pl.DataFrame(), np.zeros(0), times.cpu_seconds, times.wall_seconds)
    return Flight.of(MESSAGES, report, times)


@pytest.fixture
def writer() -> HeldWriter:
    return HeldWriter()


@pytest.fixture
def commits(writer: HeldWriter) -> Iterator[CommitThread]:
    made = CommitThread(writer)
    yield made
    writer.let.set()
    made.close()


def test_a_transaction_is_written_here_and_completed_by_a_thread(commits: CommitThread, writer: HeldWriter) -> None:
    begun = flight()
    commits.begin(begun, OUTBOX, Member())
    assert commits.flight is begun
    assert writer.done == [("write", threading.current_thread().name)]
    writer.let.set()
    commits.land(begun)
    assert [what for what, _ in writer.done] == ["write", "complete"]
    assert writer.done[1][1] != threading.current_thread().name
    assert commits.flight is None


def test_latencies_end_with_the_commit_and_not_when_somebody_asks(commits: CommitThread, writer: HeldWriter) -> None:
    begun = flight()
    writer.let.set()
    commits.begin(begun, OUTBOX, Member())
    commits.close()
    committed_before = time.time()
    time.sleep(0.05)
    ages = commits.land(begun).latencies_s
    assert (committed_before - np.array([1.0, 2.0, 3.0]) >= ages).all()
    assert (ages > committed_before - WAIT_SECONDS - 3).all()


def test_an_abort_is_told_to_who_waits_and_nothing_is_in_flight_then(commits: CommitThread, writer: HeldWriter) -> None:
    begun = flight()
    writer.error = TransactionAbortedError("fenced off")
    writer.let.set()
    commits.begin(begun, OUTBOX, Member())
    with pytest.raises(TransactionAbortedError, match="fenced off"):
        commits.land(begun)
    assert commits.flight is None


def test_a_history_is_read_only_after_the_batch_in_flight_has_settled() -> None:
    remembered = InMemoryHistory({(0, b"a"): b"before"}, {0: 1})

    def settle() -> None:
        remembered.values[0, b"a"] = b"after"
        remembered.watermarks[0] = 2

    assert SettledHistory(remembered, settle).get_many([0], [b"a"]) == [b"after"]
    remembered.watermarks[0] = 1
    assert SettledHistory(remembered, settle).watermark_day(0) == 2


def test_a_batch_is_read_again_from_its_first_messages_and_goes_on_after_its_last() -> None:
    assert first_offsets(MESSAGES) == {0: 5, 1: 9}
    assert next_offsets(MESSAGES) == {("claims.submitted", 0): 7, ("claims.submitted", 1): 10}


def test_a_step_within_a_step_counts_once() -> None:
    times = StepTimes()
    with times.measure("history"):
        time.sleep(0.02)
        with times.measure("commit"):
            time.sleep(0.2)
            with times.measure("remember"):
                time.sleep(0.1)
        time.sleep(0.02)
    assert 0.2 <= times.wall_seconds["commit"] < 0.29
    assert 0.1 <= times.wall_seconds["remember"] < 0.19
    assert 0.04 <= times.wall_seconds["history"] < 0.13


def test_the_messages_of_a_batch_in_flight_are_not_kept(commits: CommitThread) -> None:
    outbox = Outbox(offsets=OUTBOX.offsets)
    kept = weakref.ref(outbox)
    commits.begin(flight(), outbox, Member())
    del outbox
    assert kept() is None
