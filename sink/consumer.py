"""The sink process: consume, cut into ranges, insert, mark done, commit; strictly one after the other."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as KafkaPartition

from schemas.errors import DependencyError, FatalStreamError
from schemas.registry import CheckedInIds, SchemaIds
from sink.assignment import Assignment, Ownership
from sink.buckets import Bucket, due
from sink.checks import check_deduplication
from sink.config import SinkConfig
from sink.failpoints import Failpoints, from_environment
from sink.known import KnownEvents
from sink.lag import LagReporter
from sink.ledger import Ledger
from sink.observer import RangeReport, SilentObserver, SinkObserver
from sink.ranges import TopicPartition
from sink.retries import Backoff, with_retries
from sink.topics import log_ids
from sink.writer import build_tables, connect, insert_tables, routes, token_maker

REPORT_EVERY_S = 1.0
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


@dataclass(frozen=True)
class _Load:
    """A closed bucket with the partition it came from."""

    ownership: Ownership
    bucket: Bucket
    closed_at: float


@dataclass(frozen=True)
class _Written:
    """How many rows of a range went into each table, and how many of its records were damaged."""

    rows: dict[str, int]
    damaged: int


def consumer_settings(config: SinkConfig) -> dict[str, str | int | bool]:
    """The librdkafka settings of the sink."""
    return {
        "session.timeout.ms": config.session_timeout_ms,
        "heartbeat.interval.ms": max(500, config.session_timeout_ms // 6),
        "queued.max.messages.kbytes": 32
        << 10,  # two thirds of a second of burst; more only waits here, not on the broker
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

    try:
        client = with_retries(lambda: connect(config.clickhouse), "the connection", backoff, wait)
        with_retries(lambda: check_deduplication(client), "the check of the tables", backoff, wait)
    except _StopRequestedError:
        return
    sink = Sink(config, client, observer, ids or CheckedInIds(), from_environment())
    try:
        sink.run(stop)
    except KafkaException as error:
        message = f"The broker refuses the sink: {error.args[0].name()}."
        raise DependencyError(message, "Check the broker's address, rights and topics.") from error
    finally:
        sink.close()
        client.close()


class Sink:
    """One consumer, one ClickHouse client, one thread; nothing is in flight while it polls.

    Args:
        config: What to read and where to write.
        client: Client on the claimstream database.
        observer: Receives the reports.
        ids: Schema ids.
        failpoints: Places to die at in tests.
    """

    def __init__(
        self,
        config: SinkConfig,
        client: Client,
        observer: SinkObserver,
        ids: SchemaIds,
        failpoints: Failpoints,
    ) -> None:
        self._config = config
        self._client = client
        self._observer = observer
        self._failpoints = failpoints
        self._backoff = Backoff(config.first_backoff_s, config.max_backoff_s)
        logs = log_ids(config)
        self._routes = routes(config, ids, logs)
        self._known = KnownEvents(client)
        self._ledger = Ledger(client, config.group_id, logs)
        self._consumer: Any = Consumer(consumer_settings(config))
        self._assignment = Assignment(self._consumer, self._ledger, config.limits)
        self._loads: list[_Load] = []
        self._stop = threading.Event()
        self._retries = 0
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
            on_revoke=callbacks.on_revoke,
            on_lost=callbacks.on_revoke,
        )
        self._lag.start()
        try:
            while not stop.is_set():
                if self._assignment.open_new(self._retrying):
                    self._known.forget()
                    self._observer.partitions(len(self._assignment.owned))
                messages = self._consumer.consume(self._config.poll_records, self._config.poll_s)
                self._take(messages)
                if not self._more_waits(len(messages)):
                    self._close_due()
                self._flush()
                self._report()
        except _StopRequestedError:
            return

    def close(self) -> None:
        """Leave the group; open buckets are read again by the next owner."""
        self._lag.stop()
        self._consumer.close()

    def _take(self, messages: Iterable[Any]) -> None:
        """Sort records into the buffers of their partitions; they may have come right after the last look."""
        since, now = self._looked_at, time.monotonic()
        self._looked_at = now
        for message in messages:
            error = message.error()
            if error is not None:
                self._judge(error)
                continue
            ownership = self._assignment.owned.get(TopicPartition(message.topic(), message.partition()))
            offset = message.offset()
            if ownership is None or ownership.buffer is None or offset < ownership.next_offset:
                continue
            ownership.next_offset = offset + 1
            value = message.value()
            key = None if value else message.key()
            bucket = ownership.buffer.add(offset, message.timestamp()[1], value, now, key, since)
            if bucket is not None:
                self._loads.append(_Load(ownership, bucket, now))

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
        ripe = due((o.buffer for o in opened if o.buffer), self._config.limits, now)
        for ownership in opened:
            bucket = ownership.buffer.close() if ownership.buffer in ripe and ownership.buffer else None
            if bucket is not None:
                self._loads.append(_Load(ownership, bucket, now))

    def _flush(self) -> None:
        """Bring every closed bucket into ClickHouse, in rounds of one bucket a partition.

        A partition must never have two open intents: a restart looks for one.
        """
        waiting, self._loads = self._loads, []
        while waiting:
            turn: dict[TopicPartition, _Load] = {}
            for load in waiting:
                turn.setdefault(load.ownership.source, load)
            waiting = [load for load in waiting if turn[load.ownership.source] is not load]
            self._flush_round([load for load in turn.values() if load.ownership.alive])

    def _flush_round(self, loads: Sequence[_Load]) -> None:
        """Intents together, inserts range by range, dones together, then the offsets."""
        if not loads:
            return
        self._retries = 0
        self._failpoints.hit("before_intent")
        self._retrying(lambda: self._ledger.intend(_ranges(_alive(loads, fresh=True))), "an intent")
        self._retrying(lambda: self._assignment.check_claims([load.ownership for load in loads]), "reading the ledger")
        self._failpoints.hit("after_intent")
        rows = [self._insert(load) for load in loads]
        written = [load for load, done in zip(loads, rows, strict=True) if done is not None and load.ownership.alive]
        self._retrying(lambda: self._ledger.done(_ranges(written)), "the end of a range")
        self._failpoints.hit("after_done")
        self._commit(written)
        for load, written_rows in zip(loads, rows, strict=True):
            if written_rows is not None:
                self._observer.range_written(self._describe(load, written_rows))

    def _insert(self, load: _Load) -> _Written | None:
        """Insert one range; None when the partition was given away meanwhile."""
        source, bucket = load.ownership.source, load.bucket
        built = self._retrying(
            lambda: build_tables(self._routes[source.topic], source, bucket, self._known),
            f"a look at what {source} said",
        )
        bucket.values.clear()  # the rows are enough from here on, however long ClickHouse is away
        token_of = token_maker(self._ledger.log_id(source), source, bucket)

        def insert() -> bool:
            if not load.ownership.alive:
                return False
            insert_tables(self._client, built.tables, token_of, lambda: self._failpoints.hit("after_insert"))
            return True

        if not self._retrying(insert, f"the range {bucket.span} of {source}"):
            return None
        return _Written({name: table.num_rows for name, table in built.tables.items()}, built.damaged)

    def _retrying(self, call: Callable[[], Answer], what: str) -> Answer:
        """Call ClickHouse until it succeeds, polling the broker in between to stay in the group."""
        failed = False

        def wait(error: Exception, seconds: float) -> None:
            nonlocal failed
            failed = True
            self._retries += 1
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

    def _commit(self, written: Sequence[_Load]) -> None:
        """Tell the broker, for its lag figures; the ledger is what counts, so a failure changes nothing."""
        offsets = {load.ownership.source: load.bucket.span.next_offset for load in written}
        partitions = [KafkaPartition(s.topic, s.partition, offset) for s, offset in offsets.items()]
        if partitions:
            try:
                self._consumer.commit(offsets=partitions, asynchronous=True)
            except KafkaException as error:
                if error.args[0].fatal():
                    raise

    def _describe(self, load: _Load, written: _Written) -> RangeReport:
        bucket = load.bucket
        return RangeReport(
            source=load.ownership.source,
            span=bucket.span,
            rows=written.rows,
            bytes_read=bucket.bytes_read,
            seconds=time.monotonic() - load.closed_at,
            retries=self._retries,
            replayed=bucket.replayed,
            damaged=written.damaged,
            newest_age_s=max(0.0, time.time() - bucket.timestamps_ms[-1] / 1000),
        )

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
        self._observer.oldest_age(max(ages, default=0.0))


def _alive(loads: Iterable[_Load], fresh: bool) -> list[_Load]:
    return [load for load in loads if load.ownership.alive and not (fresh and load.bucket.replayed)]


def _ranges(loads: Iterable[_Load]) -> list[tuple[TopicPartition, Any, Any]]:
    return [(load.ownership.source, load.bucket.span, load.ownership.claim) for load in loads]
