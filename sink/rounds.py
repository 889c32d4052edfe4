"""Rounds of ranges: one is inserted while the next is read and built.

In this order, whatever is interrupted: the intents of a round, its inserts, its ends in the ledger, its offsets; then
the intents of the next. So a partition never has two open intents, and a restart looks for one.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.undivided import undivided
from sink.assignment import Assignment, Ownership, Retry
from sink.buckets import Bucket
from sink.failpoints import Failpoints
from sink.inserts import Inserts, RangeInsert
from sink.ledger import Ledger
from sink.observer import RangeReport, SinkObserver
from sink.ranges import OffsetRange, TopicPartition
from sink.rows.events import Known
from sink.writer import Built, Route, build_tables, token_maker


@dataclass(frozen=True)
class Load:
    """A closed bucket with the partition it came from.

    Attributes:
        ownership: The partition.
        bucket: Its records.
        closed_at: Monotonic time of the closing, seconds.
    """

    ownership: Ownership
    bucket: Bucket
    closed_at: float


@dataclass(frozen=True)
class _Ready:
    """A load whose rows are built."""

    load: Load
    built: Built


@dataclass(frozen=True)
class _Begun:
    """A load whose inserts are under way."""

    load: Load
    insert: RangeInsert
    rows: dict[str, int]
    damaged: int


class Rounds:
    """Brings closed buckets into ClickHouse.

    Args:
        assignment: Who owns what.
        ledger: The range ledger.
        inserts: Makes the inserts.
        routes: How the records of each topic become rows.
        observer: Receives the reports.
        failpoints: Places to die at in tests.
        retry: Makes a call to ClickHouse until it succeeds.
    """

    def __init__(
        self,
        assignment: Assignment,
        ledger: Ledger,
        inserts: Inserts,
        routes: Mapping[str, Route],
        observer: SinkObserver,
        failpoints: Failpoints,
        retry: Retry[Any],
    ) -> None:
        self._assignment, self._ledger = assignment, ledger
        self._inserts, self._routes = inserts, routes
        self._observer, self._failpoints, self._retry = observer, failpoints, retry
        self._ready: list[_Ready] = []
        self._round: list[_Begun] = []
        self.failures = 0

    @property
    def under_way(self) -> bool:
        """Whether a round has begun that is not marked done."""
        return bool(self._round)

    def opened_at(self) -> list[float]:
        """Since when the first record of each range that is under way may have waited, monotonic seconds."""
        return [begun.load.bucket.opened_at for begun in self._round]

    def bring(self, loads: Sequence[Load], known: Known) -> None:
        """Bring buckets in, in rounds of one bucket a partition; the last of them is left under way.

        Args:
            loads: The buckets, those of one partition in their order.
            known: What the store holds already; calls `catch_up` before it asks.

        Raises:
            FatalStreamError: Going on would lose or double records.
        """
        for turn in _turns(loads):
            for load in turn:
                if load.ownership.alive:
                    built = self._build(load, known)  # may bring in what is ready
                    self._ready.append(_Ready(load, built))
            self._go_on()

    def catch_up(self) -> None:
        """Bring in all that is built, and wait until it is there: what comes next may speak of the same subjects.

        Raises:
            FatalStreamError: ClickHouse refuses it for good.
        """
        self._go_on()
        self.settle()

    def settle(self) -> None:
        """Wait for the round that is under way, if any, and mark it done.

        Raises:
            FatalStreamError: ClickHouse refuses it for good.
        """
        begun, self._round = self._round, []
        if not begun:
            return
        for one in begun:
            self._retry(one.insert.finish, f"the range {one.load.bucket.span} of {one.load.ownership.source}")
        written = [one for one in begun if one.load.ownership.alive]
        self._retry(lambda: self._ledger.done(_ranges(one.load for one in written)), "the end of a range")
        self._failpoints.hit("after_done")
        self._assignment.commit({one.load.ownership.source: one.load.bucket.span.next_offset for one in written})
        for one in written:
            self._observer.range_written(self._describe(one))

    def settle_if_idle(self) -> None:
        """Mark the round done if nothing of it is under way any more."""
        if self._round and self._inserts.idle:
            self.settle()

    def _go_on(self) -> None:
        """End the round that is under way and begin the one that is built."""
        self.settle()
        ready, self._ready = self._ready, []
        self._begin([one for one in ready if one.load.ownership.alive])

    def _build(self, load: Load, known: Known) -> Built:
        source = load.ownership.source
        route = self._routes[source.topic]
        built: Built = self._retry(
            lambda: undivided(lambda: build_tables(route, source, load.bucket, known)), f"a look at what {source} said"
        )
        load.bucket.values.clear()  # the rows are enough from here on, however long ClickHouse is away
        return built

    def _begin(self, ready: Sequence[_Ready]) -> None:
        if not ready:
            return
        self.failures = 0
        self._failpoints.hit("before_intent")
        fresh = [one.load for one in ready if not one.load.bucket.replayed]
        self._retry(lambda: self._ledger.intend(_ranges(load for load in fresh if load.ownership.alive)), "an intent")
        involved = [one.load.ownership for one in ready]
        self._retry(lambda: self._assignment.check_claims(involved), "reading the ledger")
        self._failpoints.hit("after_intent")
        self._round = [self._begun(one.load, one.built) for one in ready]

    def _begun(self, load: Load, built: Built) -> _Begun:
        source = load.ownership.source
        token_of = token_maker(self._ledger.log_id(source), source, load.bucket)
        insert = self._inserts.begin(built.tables, token_of, lambda: load.ownership.alive)
        return _Begun(load, insert, {name: table.num_rows for name, table in built.tables.items()}, built.damaged)

    def _describe(self, one: _Begun) -> RangeReport:
        bucket = one.load.bucket
        return RangeReport(
            source=one.load.ownership.source,
            span=bucket.span,
            rows=one.rows,
            bytes_read=bucket.bytes_read,
            seconds=time.monotonic() - one.load.closed_at,
            retries=self.failures,
            replayed=bucket.replayed,
            damaged=one.damaged,
            newest_age_s=max(0.0, time.time() - bucket.timestamps_ms[-1] / 1000),
        )


def _turns(loads: Sequence[Load]) -> Iterator[list[Load]]:
    """Loads in turns of one a partition, those with the most bytes first: the small ones fit beside their inserts."""
    waiting = list(loads)
    while waiting:
        turn: dict[TopicPartition, Load] = {}
        for load in waiting:
            turn.setdefault(load.ownership.source, load)
        waiting = [load for load in waiting if turn[load.ownership.source] is not load]
        yield sorted(turn.values(), key=lambda load: -load.bucket.bytes_read)


def _ranges(loads: Iterable[Load]) -> list[tuple[TopicPartition, OffsetRange, Any]]:
    """Ranges with the claims of their partitions, which every partition has from before its first record on."""
    return [(load.ownership.source, load.bucket.span, load.ownership.claim) for load in loads]
