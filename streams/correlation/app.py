"""The Faust application: four source topics to facts, facts to accounts, a timer for what is due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import faust

from processors.correlation import Ledger
from processors.correlation import facts as facts_of
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SCORED, REMITS_RECEIVED, WORKQUEUE_ACTIONS
from schemas.phi import Sealer
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.correlation.clock import FactClock
from streams.correlation.fact_sender import FactSender
from streams.correlation.folding import Folder
from streams.correlation.observing import Observatory
from streams.correlation.publishing import Publisher
from streams.correlation.reading import FactReader
from streams.correlation.recovery import RecoveryWatchdog
from streams.correlation.sender import Sender
from streams.correlation.store import TABLE_OPTIONS, BatchTable
from streams.correlation.transport import CommittedTransport
from streams.correlation.worker import FactWorker, SourceWorker
from streams.dead_letters import DeadLetterOffice
from streams.failpoints import Failpoints
from streams.topics import ACKS, ACTIONS, CORRELATION, REMITS, SCORED, Topic

APP_ID = "claimstream-correlation"
TABLE = "accounts"
LOOK_EVERY_SECONDS = 1.0
POLLED_RECORDS = 500
RECORDS_AT_ONCE = 2000
WAITING_MESSAGES = 4
"""Messages that wait for each agent; one is a poll of up to 500 records and 1 MB.

Not set for the application as a whole: recovery has a queue of that size, too, and may stand still when it is full.
"""


class CorrelationObserver(Protocol):
    """Is told what the worker does."""

    def facts_read(self, topic: str, count: int) -> None:
        """Facts were read from a source topic."""

    def batch_folded(self, facts: int, cpu_seconds: float) -> None:
        """A batch was folded, sent and stored."""

    def stated(self, contract: str, count: int) -> None:
        """Events of a contract were published."""

    def given_up(self, stage: str, count: int) -> None:
        """Messages or facts went to dead letters."""

    def alerts(self, kind: str, state: str) -> None:
        """An alert was opened or resolved."""

    def unmapped_code(self, count: int) -> None:
        """Reason codes came that carc_groups.csv does not know."""

    def partitions_changed(self, partitions: list[int]) -> None:
        """The worker holds these partitions of the table."""

    def due(self, count: int) -> None:
        """So many accounts were looked at because something was due."""


@dataclass(frozen=True)
class CorrelationConfig:
    """How a correlation worker runs.

    Attributes:
        broker: Where the broker is.
        state_dir: Folder of the worker's tables; no other worker uses it.
        slot: Stable number of this worker: its static group membership.
        partitions: Partitions of the fact topic.
        batch_facts: Bundles taken at once.
        event_time: Whether deadlines follow the events rather than the clock on the wall.
        replication_factor: Of the changelog.
        recovery_seconds: A recovery that makes no headway for this long ends the worker.
    """

    broker: Broker
    state_dir: Path
    slot: int = 0
    partitions: int = CORRELATION.partitions
    batch_facts: int = 8
    event_time: bool = False
    replication_factor: int = 1
    recovery_seconds: float = 120.0


@dataclass
class CorrelationTools:
    """What a worker works with, made by the application shell.

    Attributes:
        ledger: Folds accounts.
        ids: Schema ids.
        sealer: Seals dead letters.
        observer: Is told of what happens.
        observatory: Detection and rates; None leaves them out.
        clock: Returns now, UTC.
        failpoints: Places a test may end the process at.
    """

    ledger: Ledger
    ids: SchemaIds
    sealer: Sealer
    observer: CorrelationObserver
    observatory: Observatory | None = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    failpoints: Failpoints = field(default_factory=Failpoints)


_SOURCES = (
    (SCORED, CLAIMS_SCORED, facts_of.of_claim),
    (REMITS, REMITS_RECEIVED, facts_of.of_remit),
    (ACKS, ACKS_RECEIVED, facts_of.of_ack),
    (ACTIONS, WORKQUEUE_ACTIONS, facts_of.of_action),
)


def create_app(config: CorrelationConfig, tools: CorrelationTools) -> faust.App:
    """Return the application, ready for a Faust worker."""
    app = _bare_app(config)
    sender = FactSender(Sender(config.broker, f"{APP_ID}-{config.slot}"), config.partitions)
    office = DeadLetterOffice(tools.ids, tools.sealer, f"correlation-{config.slot}")
    for topic, contract, maker in _SOURCES:
        reader = FactReader(contract, tools.ids, maker, facts_of.COLUMNS)
        source = SourceWorker(topic.name, reader, sender, office, tools)
        _batch_agent(app, topic, source.work, limit=RECORDS_AT_ONCE)
    table = _table(app, config)
    batches = BatchTable(table, Sender(config.broker, f"{APP_ID}-{config.slot}-facts"), tools.failpoints)
    clock = FactClock(tools.clock, batches, config.event_time)
    folder = Folder(tools.ledger, batches, clock.now, tools.observatory)
    facts = FactWorker(folder, clock, batches, Publisher(tools.ids), office, config, tools)
    _batch_agent(app, CORRELATION, facts.work, limit=config.batch_facts)

    @app.timer(interval=LOOK_EVERY_SECONDS)  # type: ignore[untyped-decorator]  # Faust ships no types
    async def look() -> None:
        if await watchdog.recovered():
            await facts.look()

    watchdog = RecoveryWatchdog(app, config.recovery_seconds)
    return app


def _bare_app(config: CorrelationConfig) -> faust.App:
    servers = ";".join(f"kafka://{server}" for server in config.broker.bootstrap.split(","))
    app = faust.App(
        APP_ID,
        broker=servers,
        store="rocksdb://",
        datadir=str(config.state_dir),
        processing_guarantee="at_least_once",
        topic_partitions=config.partitions,
        topic_replication_factor=config.replication_factor,
        topic_allow_declare=True,
        topic_disable_leader=True,
        consumer_group_instance_id=f"{APP_ID}-{config.slot}",
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=config.broker.session_timeout_ms / 1000,
        broker_heartbeat_interval=config.broker.session_timeout_ms / 4000,
        broker_max_poll_records=POLLED_RECORDS,
        broker_commit_interval=1.0,
        stream_buffer_maxsize=500,
        stream_wait_empty=True,
        table_standby_replicas=0,
        web_enabled=False,
        worker_redirect_stdouts=False,
        autodiscover=False,
    )
    app.transport = CommittedTransport(app.conf.broker_consumer, app, loop=None)
    sources = {topic.name: POLLED_RECORDS for topic, _, _ in _SOURCES}
    app.transport.in_polls = {**sources, CORRELATION.name: config.batch_facts}
    return app


def _table(app: faust.App, config: CorrelationConfig) -> Any:
    table = app.Table(
        TABLE, partitions=config.partitions, key_type=bytes, value_type=bytes, options=dict(TABLE_OPTIONS)
    )
    # A serializer given with a schema is overruled by the default of the table; recovery would read bytes as JSON.
    table.key_serializer = table.value_serializer = "raw"
    return table


def _batch_agent(app: faust.App, topic: Topic, work: Callable[[list[Any]], Any], limit: int) -> None:
    """Let `work` take the messages of a topic, as many at once as wait.

    An agent that raises loses its message in Faust; `work` therefore sets bad messages aside, and an error that it
    does let through is one of the infrastructure: the worker ends and starts again at the last commit.
    """
    channel = app.topic(
        topic.name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw",
        maxsize=WAITING_MESSAGES,
    )  # fmt: skip

    async def agent(stream: Any) -> AsyncIterator[None]:
        async for event in stream.noack().events():
            first, consumer = event.message, app.consumer
            try:
                taken = consumer.take([first, *_waiting(stream.channel.queue, limit - len(first.value.records))])
                if taken:
                    await work([record for message in taken for record in message.value.records])
                consumer.finish(taken)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                await app.crash(error)
                raise
            consumer.let_go(first)
            yield

    app.agent(channel, name=f"correlation.{topic.name}")(agent)


def _waiting(queue: Any, records: int) -> list[Any]:
    """Take what waits in an agent's queue, up to so many records.

    All at once: an agent that waited for more with messages in its hands would hold up a rebalance, which empties the
    queue and then waits for what is in hand.
    """
    messages: list[Any] = []
    while records > 0 and queue.qsize():
        messages.append(queue.get_nowait().message)
        records -= len(messages[-1].value.records)
    return messages
