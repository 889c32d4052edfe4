"""The sink process: consume, cut into ranges, hand them on; ranges are inserted while the next are read and built."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, KafkaError, KafkaException

from schemas.errors import DependencyError, FatalStreamError
from schemas.registry import CheckedInIds, SchemaIds
from sink.assignment import Assignment
from sink.buckets import due
from sink.checks import check_deduplication
from sink.config import SinkConfig
from sink.failpoints import Failpoints, from_environment
from sink.inserts import SIDE_BY_SIDE, Inserts
from sink.known import KnownEvents
from sink.lag import LagReporter
from sink.ledger import Ledger
from sink.observer import SilentObserver, SinkObserver
from sink.records import by_partition
from sink.retries import Backoff, with_retries
from sink.rounds import Load, Rounds
from sink.topics import log_ids
from sink.writer import connect, routes

REPORT_EVERY_S = 1.0
SOON_S = 0.01
"""Longest wait of a poll while inserts are under way: a range that is inserted is to be marked done soon."""
MOST_FULL_POLLS = 5
"""So often the sink goes on taking records when a poll was full; then it looks what is due all the same."""
_PASSING = (
    KafkaError._PARTITION_EOF,
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
)

Answer = TypeVar("Answer")


class _StopRequestedError(Exception):
    """The process was asked to stop while it waited for ClickHouse."""


def consumer_settings(config: SinkConfig) -> dict[str, str | int | bool]:
    """The librdkafka settings of the sink."""
    return {
        "session.timeout.ms": config.session_timeout_ms,
        "heartbeat.interval.ms": max(500, config.session_timeout_ms // 6),
        # Two thirds of a second of burst; more only waits here, not on the broker. The client's own second until it
        # looks whether there is room again is longer than that.
        "queued.max.messages.kbytes": 32 << 10,
        "fetch.queue.backoff.ms": 50,
        "fetch.wait.max.ms": 200,
        **config.kafka,
        "bootstrap.servers": config.bootstrap_servers,
        "group.id": config.group_id,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "isolation.level": "read_committed",
        "partition.assignment.strategy": "cooperative-sticky",
    }


def run_sink(
    config: SinkConfig,
    stop: threading.Event,
    observer: SinkObserver | None = None,
    ids: SchemaIds | None = None,
) -> None:
    """Run until `stop` is set.

    Args:
        config: What to read and where to write.
        stop: Set by the signal handler; the range in work is finished, then the process leaves the group.
        observer: Receives the reports.
        ids: Schema ids; None for the checked-in table.

    Raises:
        FatalStreamError: Going on would lose or double records; the message names the range.
        DependencyError: The broker or its topics are not there.
        ClaimstreamError: The tables are not fit for the sink.
    """
    observer = observer or SilentObserver()
    backoff = Backoff(config.first_backoff_s, config.max_backoff_s)

    def wait(error: Exception, seconds: float) -> None:
        observer.insert_failed(type(error).__name__, seconds)
        if stop.wait(seconds):
            raise _StopRequestedError

    def clients(count: int) -> list[Client]:
        return [with_retries(lambda: connect(config.clickhouse), "the connection", backoff, wait) for _ in range(count)]

    try:
        client, *inserting = clients(1 + SIDE_BY_SIDE)
        with_retries(lambda: check_deduplication(client), "the check of the tables", backoff, wait)
    except _StopRequestedError:
        return
    failpoints = from_environment()
    inserts = Inserts(inserting, lambda: failpoints.hit("after_insert"))
    sink = Sink(config, client, inserts, observer, ids or CheckedInIds(), failpoints)
    try:
        sink.run(stop)
    except KafkaException as error:
        message = f"The broker refuses the sink: {error.args[0].name()}."
        raise DependencyError(message, "Check the broker's address, rights and topics.") from error
    finally:
        sink.close()
        inserts.close()
        client.close()


class Sink:
    """One consumer, one thread that reads, builds and keeps the ledger, and beside it the inserts of one round.

    Args:
        config: What to read and where to write.
        client: Client on the claimstream database, not that of an insert.
        inserts: Makes the inserts.
        observer: Receives the reports.
        ids: Schema ids.
        failpoints: Places to die at in tests.
    """

    def __init__(
        self,
        config: SinkConfig,
        client: Client,
        inserts: Inserts,
        observer: SinkObserver,
        ids: SchemaIds,
        failpoints: Failpoints,
    ) -> None:
        self._config = config
        self._inserts = inserts
        self._observer = observer
        self._backoff = Backoff(config.first_backoff_s, config.max_backoff_s)
        logs = log_ids(config)
        ledger = Ledger(client, config.group_id, logs)
        self._consumer: Any = Consumer(consumer_settings(config))
        self._assignment = Assignment(self._consumer, ledger, config.limits)
        made = routes(config, ids, logs)
        self._rounds = Rounds(self._assignment, ledger, inserts, made, observer, failpoints, self._retrying)
        self._known = KnownEvents(client, self._rounds.catch_up)
        self._loads: list[Load] = []
        self._stop = threading.Event()
        self._next_report = 0.0
        self._looked_at = time.monotonic()
        self._full_polls = 0
        self._partitions = -1
        self._lag = LagReporter(self._consumer, self._assignment.opened, observer)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set.

        Raises:
            FatalStreamError: Going on would lose or double records.
            KafkaException: The broker refuses.
        """
        self._stop = stop
        callbacks = self._assignment
        self._consumer.subscribe(
            self._config.topics,
            on_assign=callbacks.on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )
        self._lag.start()
        try:
            while not stop.is_set():
                if self._assignment.open_new(self._retrying):
                    self._known.forget()
                    self._observer.partitions(len(self._assignment.owned))
                longest_s = SOON_S if self._rounds.under_way else self._config.poll_s
                messages = self._consumer.consume(self._config.poll_records, longest_s)
                self._take(messages)
                if not self._more_waits(len(messages)):
                    self._close_due()
                loads, self._loads = self._loads, []
                self._rounds.bring(loads, self._known)
                self._rounds.settle_if_idle()
                self._report()
            self._rounds.settle()
        except _StopRequestedError:
            return

    def close(self) -> None:
        """Leave the group; open buckets are read again by the next owner."""
        self._lag.stop()
        self._consumer.close()

    def _on_revoke(self, consumer: Any, partitions: Iterable[Any]) -> None:
        """Let partitions go once nothing is being inserted; what is not marked done, their next owner repeats."""
        self._inserts.wait()
        self._assignment.on_revoke(consumer, partitions)

    def _take(self, messages: Sequence[Any]) -> None:
        """Sort records into the buffers of their partitions; they may have come right after the last look."""
        since, now = self._looked_at, time.monotonic()
        self._looked_at = now
        errors = [error for message in messages if (error := message.error()) is not None]
        if errors:
            for error in errors:
                self._judge(error)
            messages = [message for message in messages if message.error() is None]
        for source, records in by_partition(messages):
            ownership = self._assignment.owned.get(source)
            if ownership is None or ownership.buffer is None:
                continue
            new = records.without_echoes(ownership.next_offset)
            if len(new):
                ownership.next_offset = new.offsets[-1] + 1
                self._loads += [Load(ownership, bucket, now) for bucket in ownership.buffer.add(new, now, since)]

    def _more_waits(self, taken: int) -> bool:
        """Whether to go on taking records, since a full poll says that more wait and long ranges cost less a record."""
        self._full_polls = self._full_polls + 1 if taken == self._config.poll_records else 0
        return self._full_polls % MOST_FULL_POLLS > 0

    def _judge(self, error: Any) -> None:
        if error.code() in _PASSING or (error.retriable() and not error.fatal()):
            return
        if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return
        message = f"The broker refuses to deliver: {error.name()}."
        raise FatalStreamError(message, "Check the topic's retention and the sink's rights, then restart.")

    def _close_due(self) -> None:
        now, opened = time.monotonic(), self._assignment.opened()
        buffers = (o.buffer for o in opened if o.buffer)
        ripe = due(buffers, self._config.limits, now, idle=not self._rounds.under_way)
        for ownership in opened:
            bucket = ownership.buffer.close() if ownership.buffer in ripe and ownership.buffer else None
            if bucket is not None:
                self._loads.append(Load(ownership, bucket, now))

    def _retrying(self, call: Callable[[], Answer], what: str) -> Answer:
        """Call ClickHouse until it succeeds, polling the broker in between to stay in the group."""
        failed = False

        def wait(error: Exception, seconds: float) -> None:
            nonlocal failed
            failed = True
            self._rounds.failures += 1
            self._inserts.wait()  # nothing may be under way when the broker asks for a partition back
            self._observer.insert_failed(type(error).__name__, seconds)
            self._idle(seconds)

        answer = with_retries(call, what, self._backoff, wait)
        if failed:
            self._assignment.resume_all()
        return answer

    def _idle(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stop.is_set():
                raise _StopRequestedError
            self._assignment.pause_all()
            self._take(self._consumer.consume(1, min(left, 0.2)))
            self._report()

    def _report(self) -> None:
        now = time.monotonic()
        if now < self._next_report:
            return
        self._next_report = now + REPORT_EVERY_S
        opened = self._assignment.opened()
        if len(self._assignment.owned) != self._partitions:
            self._partitions = len(self._assignment.owned)
            self._observer.partitions(self._partitions)
        ages = [now - o.buffer.opened_at for o in opened if o.buffer and o.buffer.opened_at is not None]
        ages += [now - load.bucket.opened_at for load in self._loads]
        ages += [now - opened_at for opened_at in self._rounds.opened_at()]
        self._observer.oldest_age(max(ages, default=0.0))
