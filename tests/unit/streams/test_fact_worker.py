"""A worker that dies between what it says and what it remembers says the same again: facts and clock alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.watch import event_id_of
from processors.adjudication.adjudicate import Adjudicator
from processors.adjudication.denial_groups import CarcGroups
from processors.correlation import CorrelationPolicy, Ledger
from processors.correlation.cases import Cases
from processors.detection.detect import Detector
from processors.rates.keeper import RateKeeper
from processors.workqueue.cases import WorkqueueRules
from schemas.codec.records import decode_record
from schemas.contracts import ALERTS, CLAIMS_LINEAGE
from schemas.registry import CheckedInIds
from streams.correlation.bundles import bundled
from streams.correlation.clock import FactClock
from streams.correlation.folding import Folder
from streams.correlation.observing import Observatory
from streams.correlation.publishing import Publisher
from streams.correlation.sender import Record
from streams.correlation.table import MemoryTable
from streams.correlation.worker import FactWorker
from streams.failpoints import Failpoints
from streams.topics import CORRELATION
from tests.unit.correlation.events import (
    DAY,
    HOUR,
    START,
    ack_277ca,
    action,
    claim,
    denied_line,
    paid_line,
    remit,
)
from tests.unit.correlation.test_ledger import facts

IDS = CheckedInIds()
LEDGER = Ledger(
    CorrelationPolicy.shipped(), Adjudicator.shipped(), Cases(WorkqueueRules.shipped(), CarcGroups.shipped())
)
DENIED = [denied_line(1, "99213"), denied_line(2, "93000")]
STORY = facts(
    claim(1),
    ack_277ca("a", START + 30 * HOUR, "A1"),
    ack_277ca("b", START + 5 * DAY, "A2", payer="P1"),
    remit("1", START + 40 * DAY, DENIED, status="4"),
    action("1", START + 41 * DAY, "snooze", snooze_until=START + 50 * DAY),
    claim(2, START + 60 * DAY, frequency_code="7"),
    remit("2", START + 75 * DAY, [paid_line(1, "99213"), paid_line(2, "93000")]),
)


class KilledError(Exception):
    """The process ends here."""


class Store(MemoryTable):
    """A table whose commits reach the broker, and may end the worker before they reach the state."""

    partitions = (0,)

    def __init__(self, broker: Broker) -> None:
        super().__init__()
        self.broker = broker
        self.dies = False
        self.kept: Any = deepcopy((self.values, self._ordered))

    async def commit(self, records: Sequence[Record]) -> None:
        self.broker.take(records)
        if self.dies:
            raise KilledError
        self.kept = deepcopy((self.values, self._ordered))

    def forget(self) -> None:
        self.values, self._ordered = deepcopy(self.kept)


class Broker:
    """The log of facts and everything that was said, on a clock of its own."""

    def __init__(self, *, event_time: bool) -> None:
        self.now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=START)
        self.log: list[SimpleNamespace] = []
        self.said: list[Record] = []
        self.read = 0
        self.event_time = event_time
        self.store = Store(self)
        self.worker = self._started()

    def _started(self) -> FactWorker:
        self.store.forget()
        clock = FactClock(lambda: self.now, self.store, self.event_time)
        observatory = Observatory(Detector.shipped(), RateKeeper.shipped())
        config: Any = SimpleNamespace(partitions=1, event_time=False)  # no waiting for a quiet moment
        tools: Any = SimpleNamespace(observer=Mock(), failpoints=Failpoints())
        office: Any = SimpleNamespace(letters=lambda _failures, _now: [])
        table: Any = self.store
        return FactWorker(
            Folder(LEDGER, self.store, clock.now, observatory), clock, table, Publisher(IDS), office, config, tools
        )

    def take(self, records: Sequence[Record]) -> None:
        for one in records:
            if one.topic == CORRELATION.name:
                stamp = round(self.now.timestamp() * 1_000)
                self.log.append(
                    SimpleNamespace(
                        topic=one.topic, partition=0, offset=len(self.log), value=one.value, timestamp=stamp
                    )
                )
            else:
                self.said.append(one)

    async def fold(self, *, dies: bool) -> None:
        bundles = self.log[self.read :]
        if await self._survives(self.worker.work(bundles), dies=dies):
            self.read += len(bundles)

    async def look(self, *, dies: bool) -> None:
        await self._survives(self.worker.look(), dies=dies)

    async def _survives(self, work: Any, *, dies: bool) -> bool:
        self.store.dies = dies
        try:
            await work
        except KilledError:
            self.worker = self._started()
            return False
        return True

    async def run(self, steps: Sequence[tuple[str, int, bool]]) -> None:
        for step, number, dies in steps:
            if step == "fact":
                self.take(list(bundled([STORY[number % len(STORY)]], 1)))
            elif step == "wait":
                self.now += timedelta(hours=number)
            else:
                await getattr(self, step)(dies=dies)
        for _ in range(4):
            await self.fold(dies=False)
            await self.look(dies=False)

    def statements(self) -> Iterator[dict[str, Any]]:
        """Yield what claims.lineage says, repeated event ids left out."""
        seen: set[str] = set()
        for one in self.said:
            if one.topic == CLAIMS_LINEAGE.name and one.value is not None:
                row = decode_record(CLAIMS_LINEAGE, IDS, one.value)
                if row["event_id"] not in seen:
                    seen.add(row["event_id"])
                    yield row


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("fact"), st.integers(0, len(STORY) - 1), st.just(False)),
        st.tuples(st.just("wait"), st.sampled_from([1, 20, 100, 400, 1_000]), st.just(False)),
        st.tuples(st.sampled_from(["fold", "look", "fold"]), st.just(0), st.booleans()),
    ),
    min_size=5,
    max_size=40,
)


def check(steps: Sequence[tuple[str, int, bool]], *, event_time: bool = False) -> Broker:
    """Run the steps; every event id has one content, and what holds by it is what the state says."""
    broker = Broker(event_time=event_time)
    asyncio.run(broker.run(steps))
    contents: dict[bytes, bytes] = {}
    for one in broker.said:
        if one.value is not None:
            assert contents.setdefault(event_id_of(one.value), one.value) == one.value, f"{one.topic} said otherwise"
    holds: dict[tuple[str, int], int] = {}
    for row in broker.statements():
        key = (row["lineage_id"], row["revision"])
        holds[key] = holds.get(key, 0) + row["sign"]
    accounts = [value for (_, key), value in broker.store.values.items() if key.startswith("a|")]
    expected = {(name, said[0]): 1 for one in accounts for name, said in one["lineages"].items() if said[3] is not None}
    assert {key: sign for key, sign in holds.items() if sign} == expected
    return broker


def test_an_alert_that_was_told_before_the_worker_died_is_told_again_and_ends_with_the_answer() -> None:
    # The clock opens missing_999; the worker dies before it remembers. Meanwhile the answer has come.
    steps = [("fact", 0, False), ("fold", 0, False), ("wait", 100, False), ("look", 0, True), ("fold", 0, True),
             ("fact", 2, False), ("fold", 0, False)]  # fmt: skip
    alerts = [one for one in check(steps).said if one.topic == ALERTS.name and one.value is not None]
    rows = [decode_record(ALERTS, IDS, one.value) for one in alerts if one.value is not None]
    states = {(row["kind"], row["due_at"], row["state"]) for row in rows}
    opened = {(kind, due) for kind, due, state in states if state == "opened"}
    assert {kind for kind, _ in opened} == {"missing_999", "missing_277ca"}
    assert opened == {(kind, due) for kind, due, state in states if state == "resolved"}, "what was opened ends"


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, event_time=st.booleans())
def test_whenever_a_worker_dies_no_event_id_has_two_contents(
    steps: list[tuple[str, int, bool]], event_time: bool
) -> None:
    check(steps, event_time=event_time)
