"""The table of correlation: what a batch writes, and in which order it reaches the changelog."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.stores.rocksdb import RocksDBOptions

from processors.adjudication.adjudicate import Adjudicator
from processors.correlation import CorrelationPolicy, Ledger
from processors.detection.detect import Detector
from processors.rates.keeper import RateKeeper
from schemas.errors import DependencyError
from schemas.registry import CheckedInIds
from streams.correlation.folding import Folder, Results
from streams.correlation.observing import Observatory
from streams.correlation.publishing import Publisher
from streams.correlation.sender import Record
from streams.correlation.store import TABLE_OPTIONS, BatchTable, RevokedError
from streams.correlation.table import DUE, due_key
from streams.failpoints import Failpoints
from tests.unit.correlation.events import DAY, HOUR, START, ack_277ca, claim, denied_line, remit
from tests.unit.correlation.test_ledger import facts

KEY, EARLY, LATE = "a|t1|x", due_key(10, "a|t1|x"), due_key(20, "a|t1|x")


class Log:
    """A sender that keeps what it is given, or takes nothing."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.away = False

    async def send(self, records: Sequence[Record]) -> dict[tuple[str, int], int]:
        if self.away:
            msg = "The broker is away."
            raise DependencyError(msg, "Wait for it.")
        self.records += records
        return {(one.topic, one.partition): len(self.records) for one in records}


class Opened:
    """A table on one partition with its log."""

    def __init__(self, folder: Path) -> None:
        options = RocksDBOptions(use_rocksdict=True, **TABLE_OPTIONS)
        data = SimpleNamespace(_dbs={0: options.open(folder / "0.db")}, offset_key=b"__faust\0offset__")
        faust_table: Any = SimpleNamespace(data=data, changelog_topic_name="changelog")
        sender: Any = Log()
        self.log, self.databases = sender, data._dbs
        self.table = BatchTable(faust_table, sender, Failpoints())

    def commit(self, *results: Record) -> None:
        with suppress(StopIteration):  # the log never lets it wait: no event loop, which would leave garbage
            self.table.commit(results).send(None)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    made = Opened(tmp_path)
    yield made
    made.databases.clear()


def test_whatever_part_of_a_batch_reaches_the_changelog_no_account_is_without_its_due_time(opened: Opened) -> None:
    opened.table.write(0, KEY, {"due": 10})
    opened.table.write(0, EARLY, {})
    opened.commit()
    first = len(opened.log.records)
    opened.table.write(0, EARLY, None)
    opened.table.write(0, KEY, {"due": 20})
    opened.table.write(0, LATE, {})
    opened.commit()
    for end in range(1, len(opened.log.records) + 1):
        state: dict[bytes, bytes] = {}
        for one in opened.log.records[:end]:
            if one.value is None:
                state.pop(one.key, None)
            else:
                state[one.key] = one.value
        dues = [key for key in state if key.startswith(DUE.encode())]
        known = state.get(KEY.encode())
        later = end > first and known == opened.log.records[first + 1].value
        assert known is None or (LATE if later else EARLY).encode() in dues, end


def test_a_batch_is_read_through_and_lasts_once_it_is_committed(opened: Opened) -> None:
    opened.table.write(0, "b", {"n": 1})
    opened.table.write(0, "a", {"n": 2})
    assert opened.table.keys(0, "a", "c", 9) == ["a", "b"]
    opened.commit()
    opened.table.write(0, "b", None)
    assert opened.table.read(0, "b") is None
    assert opened.table.keys(0, "a", "c", 9) == ["a"]
    opened.table.forget()
    assert opened.table.read(0, "b") == {"n": 1}


def test_nothing_is_stored_that_the_broker_did_not_take(opened: Opened) -> None:
    opened.table.write(0, "a", {"n": 1})
    opened.log.away = True
    with pytest.raises(DependencyError):
        opened.commit()
    opened.table.forget()
    assert opened.table.read(0, "a") is None


def test_a_partition_that_was_taken_away_is_told(opened: Opened) -> None:
    opened.table.write(0, "a", {"n": 1})
    opened.databases.clear()
    with pytest.raises(RevokedError):
        opened.commit()
    assert opened.log.records == []


def test_a_batch_leaves_nothing_to_the_garbage_collector(opened: Opened) -> None:
    observatory = Observatory(Detector.shipped(), RateKeeper.shipped())
    ledger = Ledger(CorrelationPolicy.shipped(), Adjudicator.shipped())
    folder = Folder(ledger, opened.table, lambda _: START, observatory)
    publisher = Publisher(CheckedInIds())
    denied = [denied_line(1, "99213"), denied_line(2, "93000")]
    story = facts(claim(1), ack_277ca("a", START + HOUR, "A2"), remit("1", START + 20 * DAY, denied, status="4"))

    def batch(offset: int) -> None:
        results = Results()
        folder.fold(0, [*story[:offset]], results, offset)
        folder.fold(0, results.facts, results, 10 + offset)
        assert not results.failed
        opened.commit(*publisher.records(results.statements))

    batch(1)
    gc.collect()
    gc.disable()
    try:
        batch(len(story))
        assert gc.collect() == 0
    finally:
        gc.enable()
