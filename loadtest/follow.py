"""Follow the claims of a run to claims.scored, to dead letters, and to ClickHouse; count what is lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client
from rich.progress import Progress

from claimstream.clickhouse import connect, one_row
from claimstream.console import words
from claimstream.settings import Settings
from loadtest.watch import TopicWatcher, event_id_of
from schemas.errors import FatalStreamError
from streams.topics import DEAD_LETTERS, SCORED

ROWS = "SELECT (SELECT count() FROM claims_header) + (SELECT count() FROM dead_letters)"
STORED_AT = """SELECT e.event_id, toUnixTimestamp64Micro(r.written_at) / 1000000
FROM (
    SELECT event_id, kafka_log, kafka_topic, kafka_partition, kafka_offset FROM claim_event
    WHERE event_type = 'scored' AND sign = 1
) AS e
ASOF JOIN (
    SELECT log_id, topic, partition, last_offset, written_at FROM sink_ranges WHERE state = 'done'
) AS r
ON e.kafka_log = r.log_id AND e.kafka_topic = r.topic AND e.kafka_partition = r.partition
    AND e.kafka_offset <= r.last_offset"""
"""When the range of each claim was marked done: then its rows are in every table and counted by every rollup."""

STALL_SECONDS = 60
"""A run without progress for so long has failed."""

_LOOK_EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Found:
    """What became of the claims.

    Attributes:
        scored_at: Unix time at which the last one was readable on Kafka.
        stored_at: Unix time at which the last one was queryable; 0 without a store.
        lost: Claims that are neither scored nor dead-lettered, or not in ClickHouse.
        duplicated: Records beyond one a claim, on Kafka or in ClickHouse.
        dead_lettered: Claims that were given up.
    """

    scored_at: float
    stored_at: float
    lost: int
    duplicated: int
    dead_lettered: int


def _since(due_at: Sequence[float], values: Sequence[bytes], seen_at: Mapping[bytes, float]) -> list[float]:
    """Milliseconds from due to seen, of the claims that were seen."""
    due = zip(map(event_id_of, values), due_at, strict=True)
    return [(seen_at[event_id] - moment) * 1000 for event_id, moment in due if event_id in seen_at]


class Follower:
    """Follows the claims of one run.

    Args:
        settings: Where broker and store are.
        claims: How many will come.
        store: Whether they reach ClickHouse, too.
    """

    def __init__(self, settings: Settings, claims: int, *, store: bool) -> None:
        self._settings, self._claims, self._store = settings, claims, store
        self._watcher = TopicWatcher(settings.broker, SCORED.name, DEAD_LETTERS.name)
        self._scored, self._dead = self._watcher.seen[SCORED.name], self._watcher.seen[DEAD_LETTERS.name]
        self._rows_before = 0

    def start(self) -> None:
        """Take note of what is there already, and watch from now on."""
        self._watcher.start()
        if self._store:
            with connect(self._settings, self._settings.clickhouse_database) as client:
                self._rows_before = int(one_row(client, ROWS)[0])

    def wait(self) -> Found:
        """Wait until every claim is there and return what became of them.

        Raises:
            FatalStreamError: There is no headway for a minute.
        """
        if not self._store:
            self._until(lambda: self._on_kafka)
            return self._found(0.0, 0, 0)
        with connect(self._settings, self._settings.clickhouse_database) as client:
            self._until(lambda: self._on_kafka)  # the store is asked at the end only: every question costs it time
            stored_at = self._until(lambda: self._rows(client))
            rows, unique = one_row(client, "SELECT count(), uniqExact(event_id) FROM claims_header")
            return self._found(stored_at, self._claims - self._rows(client), int(rows) - int(unique))

    def latencies_ms(self, values: Sequence[bytes], due_at: Sequence[float]) -> list[float]:
        """Return the time from when each claim was due to when its score could be read."""
        return _since(due_at, values, self._scored.at)

    def queryable_ms(self, values: Sequence[bytes], due_at: Sequence[float]) -> list[float]:
        """Return the time from when each claim was due to when all its rows could be asked for.

        By the clock of ClickHouse, which is that of the generator where both run on one machine.
        """
        if not self._store:
            return []
        deadline = time.time() + STALL_SECONDS
        with connect(self._settings, self._settings.clickhouse_database) as client:
            claims = int(one_row(client, "SELECT uniqExact(event_id) FROM claims_header")[0])
            while True:
                stored_at = {event_id.encode(): at for event_id, at in client.query(STORED_AT).result_rows}
                if len(stored_at) >= claims or time.time() > deadline:
                    return _since(due_at, values, stored_at)
                time.sleep(_LOOK_EVERY_SECONDS)  # a range is marked done a moment after its rows are there

    def stop(self) -> None:
        """End watching."""
        self._watcher.stop()

    @property
    def _on_kafka(self) -> int:
        return self._scored.records + self._dead.records

    def _rows(self, client: Client) -> int:
        return int(one_row(client, ROWS)[0]) - self._rows_before

    def _until(self, count: Callable[[], int]) -> float:
        """Wait until so many are counted, and return when they were."""
        counted, changed = -1, time.time()
        with Progress(console=words, transient=True) as progress:
            task = progress.add_task("waiting for the claims", total=self._claims)
            while True:
                found, now = count(), time.time()
                if found != counted:
                    counted, changed = found, now
                    progress.update(task, completed=counted)
                if counted >= self._claims:
                    return changed
                if now - changed > STALL_SECONDS:
                    counts = f"{self._claims} published, {self._on_kafka} on Kafka, {counted} counted"
                    msg = f"No progress for {STALL_SECONDS} s: {counts}."
                    raise FatalStreamError(msg, "Look at the logs of the stage and the sink.")
                time.sleep(_LOOK_EVERY_SECONDS)

    def _found(self, stored_at: float, missing_rows: int, repeated_rows: int) -> Found:
        different = len(self._scored.at) + len(self._dead.at)
        return Found(
            scored_at=max(self._scored.last_at, self._dead.last_at),
            stored_at=stored_at,
            lost=max(self._claims - different, missing_rows, 0),
            duplicated=max(self._on_kafka - different, repeated_rows, 0),
            dead_lettered=len(self._dead.at),
        )
