"""The claim stage: submitted claims in, scored claims and dead letters out, exactly once.

One process is one consumer and one transactional producer. One batch at most is in flight while the next is read and
validated; a rebalance waits for it, and so does the history. To scale, start more processes in the group.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as KafkaMessage

from processors.batch import ClaimBatch
from processors.isolation import run_isolated
from processors.pipeline import ClaimPipeline
from processors.step import StepTimes
from schemas.codec import ColumnarDecoder
from schemas.codec.decode import MESSAGE_INDEX
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.errors import FatalStreamError
from schemas.phi import Sealer
from schemas.registry import SchemaIds
from schemas.undivided import undivided
from streams.batch_bounds import BatchBounds
from streams.batch_pace import BatchPace
from streams.broker import Broker
from streams.claim_output import ClaimOutput
from streams.dead_letters import DeadLetterOffice, Failure, FloodGuard
from streams.failpoints import Failpoints
from streams.in_flight import CommitThread, Flight, SettledHistory
from streams.positions import next_offsets, with_positions
from streams.quiet import LIBRDKAFKA
from streams.reports import BatchReport, StageObserver, report_of
from streams.resuming import resume_at_once
from streams.state import StateKeeper
from streams.topics import SUBMITTED
from streams.transaction import Outbox, TransactionAbortedError, TransactionalWriter

MAX_ABORTS_IN_A_ROW = 10
LAG_EVERY_SECONDS = 1.0
IDLE_SECONDS = 0.1
"""How long to wait for a first message before looking whether to stop."""


@dataclass(frozen=True)
class StageConfig:
    """How the claim stage runs.

    Attributes:
        broker: Where the broker is.
        slot: Stable number of this process; part of its transactional.id.
        group_id: Consumer group of all claim stages.
        batch_size: Most messages in a batch.
        batch_wait_ms: How long a batch that has its first message waits for more.
        batch_interval_ms: How long after the batch before it waits under load.
        deadline_seconds: How long a broker call may be repeated.
        state_dir: Folder of the slot's history; None keeps it in memory and rebuilds it at every start.
    """

    broker: Broker
    slot: int = 0
    group_id: str = "claimstream.claims"
    batch_size: int = 7_000
    batch_wait_ms: int = 2
    batch_interval_ms: int = 0
    deadline_seconds: float = 30.0
    state_dir: Path | None = None


@dataclass
class StageTools:
    """What the stage works with, made by the application shell.

    Attributes:
        pipeline: Gives the pipeline for the next batch; asked before each, so that tools can be swapped.
        ids: Schema ids.
        sealer: Seals dead letters.
        observer: Is told of every batch.
        clock: Returns now, UTC.
        failpoints: Places a test may end the process at.
    """

    pipeline: Callable[[], ClaimPipeline]
    ids: SchemaIds
    sealer: Sealer
    observer: StageObserver
    clock: Callable[[], datetime]
    failpoints: Failpoints = field(default_factory=Failpoints)


class ClaimStage:
    """The consume, process, commit loop.

    Args:
        config: How it runs.
        tools: What it works with.
    """

    def __init__(self, config: StageConfig, tools: StageTools) -> None:
        self._config = config
        self._tools = tools
        self._decoder = ColumnarDecoder(CLAIMS_SUBMITTED, tools.ids)
        self._output = ClaimOutput(tools.ids)
        self._office = DeadLetterOffice(tools.ids, tools.sealer, f"claims-{config.slot}")
        self._flood = FloodGuard()
        self._history = self._keeper() if tools.pipeline().history is not None else None
        self._assigned: set[int] = set()
        self._revoked: set[int] = set()
        self._failed: Exception | None = None
        self._back_to: dict[int, int] = {}
        self._stopping = False
        self._aborts = 0
        self._next_lag_at = 0.0
        self._bounds = BatchBounds(config.batch_size)
        self._pace = BatchPace(config.batch_wait_ms, config.batch_interval_ms)

    def _keeper(self) -> StateKeeper:
        config, tools = self._config, self._tools
        name = f"claimstream-claims-{config.slot}"
        return StateKeeper(config.broker, config.state_dir, name, tools.observer, tools.failpoints)

    def stop(self) -> None:
        """Ask the loop to end after the batch it is working on; safe to call from a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Work until stop() is called.

        Raises:
            FatalStreamError: The process must be restarted; nothing uncommitted is visible.
            DependencyError: A registry that is needed does not answer.
        """
        config = self._config
        name = f"claimstream-claims-{config.slot}"
        writer = TransactionalWriter(
            config.broker.transactional_config(name), config.deadline_seconds, self._tools.failpoints
        )
        writer.start()
        self._commits = CommitThread(writer)
        if self._history is not None:
            self._history.check()
        consumer = Consumer(config.broker.consumer_config(config.group_id, name), logger=LIBRDKAFKA)
        consumer.subscribe(
            [SUBMITTED.name], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke
        )
        try:
            while not self._stopping:
                self._recover(consumer)
                self._work(consumer)
            self._settle()
            self._went_back(consumer, {})
        finally:
            self._commits.close()
            consumer.close()
            if self._history is not None:
                self._history.close()

    def _recover(self, consumer: Consumer) -> None:
        """Let partitions go on whose history has become ready."""
        if self._history is None or not self._history.recovering:
            return
        ready = self._history.recover(consumer)
        if ready:
            resume_at_once(consumer, [TopicPartition(SUBMITTED.name, partition) for partition in ready])

    def _work(self, consumer: Consumer) -> None:
        times = StepTimes()
        with times.measure("consume"):
            polled = self._poll(consumer)
        messages = [m for m in polled if self._is_data(m)]
        if not messages:
            self._settle()
            if not self._went_back(consumer, {}):
                self._tell_lag(consumer)  # what the last batch left behind it would stand there for ever
            return
        self._tools.failpoints.reach("after_poll")
        outbox, report = undivided(lambda: self._process(messages, times))
        flight = Flight.of(messages, report, times)
        if self._went_back(consumer, flight.first_offsets):
            return
        try:
            with times.measure("commit"):
                self._commits.begin(flight, outbox, consumer)
        except TransactionAbortedError as aborted:
            self._go_back(consumer, flight.first_offsets, str(aborted))
            return
        self._tell_lag(consumer)

    def _settle(self, times: StepTimes | None = None) -> None:
        """Wait for the batch in flight and take over what it leaves to be remembered.

        A failure is kept for `_went_back`: the history asks for this within a step, where an error would count as the
        fault of a claim.

        Args:
            times: What the time is counted for; null for the batch in flight.
        """
        flight = self._commits.flight
        if flight is None:
            return
        times = times or flight.times
        try:
            with times.measure("commit"):
                report = self._commits.land(flight)
            if self._history is not None:
                with times.measure("remember"):
                    self._history.apply()
        except Exception as error:  # whatever it is: raised by _went_back
            self._failed, self._back_to = error, dict(flight.first_offsets)
            return
        self._aborts = 0
        self._tools.observer.batch_committed(report)

    def _went_back(self, consumer: Consumer, read_since: dict[int, int]) -> bool:
        """Say whether the batch in flight was aborted; then it and what was read since are read again.

        Args:
            consumer: Who reads them.
            read_since: First offset by partition of what was read since.

        Raises:
            FatalStreamError: It can neither be committed nor aborted.
        """
        failed, self._failed = self._failed, None
        if failed is None:
            return False
        if not isinstance(failed, TransactionAbortedError):
            raise failed
        self._go_back(consumer, {**read_since, **self._back_to}, str(failed))
        return True

    def _poll(self, consumer: Consumer) -> list[KafkaMessage]:
        """Wait for a first message, then take what else is there; under load, what comes within the interval."""
        recovering = self._history is not None and self._history.recovering
        first: list[KafkaMessage] = consumer.consume(1, 0 if recovering else IDLE_SECONDS)
        if not first or self._config.batch_size == 1:
            return first
        self._revoked.clear()
        wait_s = self._pace.wait_s(time.monotonic())
        more: list[KafkaMessage] = consumer.consume(self._bounds.most - 1, wait_s)
        self._pace.took(1 + len(more), time.monotonic())
        self._bounds.learn_bytes(1 + len(more), sum(map(len, first + more)))
        # A partition that went and came back meanwhile is read again from its committed offset.
        return [m for m in first if m.partition() not in self._revoked] + more

    def _process(self, messages: list[KafkaMessage], times: StepTimes) -> tuple[Outbox, BatchReport]:
        now = self._tools.clock()
        with times.measure("decode"):
            decoded = self._decoder.decode([m.value() for m in messages])
            failures = [
                Failure(messages[u.index], "decode", u.error_class, u.reason, u.remedy, u.schema_id)
                for u in decoded.undecodable
            ]
            batch = ClaimBatch.from_events(with_positions(decoded.frame, messages), now)
            self._bounds.learn_lines(batch.size, batch.lines.height)
        pipeline = self._tools.pipeline()  # one for the whole batch, however often parts of it are run
        remembered = None if self._history is None else SettledHistory(self._history, lambda: self._settle(times))
        isolated = run_isolated(batch, lambda b: pipeline.run(b, times, remembered))
        for row, error in isolated.failures:
            message, tenant_id = messages[batch.claims[MESSAGE_INDEX][row]], batch.claims["tenant_id"][row]
            failures.append(
                Failure(message, error.step, error.cause_class, error.message, error.remedy, tenant_id=tenant_id)
            )
        self._flood.check(len(failures), len(messages))
        self._settle(times)
        with times.measure("encode"):
            outbox = Outbox(offsets=next_offsets(messages))
            if isolated.batch.size:
                outbox.batches = self._output.messages(isolated.batch)
            outbox.with_headers = self._office.letters(failures, now)
            if self._history is not None:
                self._history.write(outbox, isolated.batch.history)
        return outbox, report_of(isolated.batch, Counter(f.stage for f in failures), times)

    def _tell_lag(self, consumer: Consumer) -> None:
        if time.monotonic() < self._next_lag_at:
            return
        self._next_lag_at = time.monotonic() + LAG_EVERY_SECONDS
        if self._history is not None:
            for partition, keys in self._history.sizes().items():
                self._tools.observer.state_size(partition, keys)
        for position in consumer.position([TopicPartition(SUBMITTED.name, p) for p in self._assigned]):
            if position.offset >= 0:
                _, end = consumer.get_watermark_offsets(position, cached=True)
                self._tools.observer.lag(position.partition, max(end - position.offset, 0))

    def _go_back(self, consumer: Consumer, first_offsets: dict[int, int], reason: str) -> None:
        """Read again from these offsets: a transaction was aborted."""
        if self._history is not None:
            self._history.forget()
        self._aborts += 1
        self._tools.observer.transaction_aborted(reason)
        if self._aborts >= MAX_ABORTS_IN_A_ROW:
            msg = f"{self._aborts} transactions in a row were aborted, the last because: {reason}."
            raise FatalStreamError(msg, "Check the broker; the supervisor restarts the stage.")
        for partition, offset in first_offsets.items():
            if partition in self._assigned:
                consumer.seek(TopicPartition(SUBMITTED.name, partition, offset))

    def _is_data(self, message: KafkaMessage) -> bool:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                msg = f"The topic {SUBMITTED.name} does not exist."
                raise FatalStreamError(msg, "Create it with: claimstream topics create.")
            if error.fatal():
                raise FatalStreamError(error.str(), "The supervisor restarts the stage.")
            return False
        return message.partition() in self._assigned

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        self._assigned |= {p.partition for p in partitions}
        if self._history is not None and partitions:
            consumer.pause(partitions)  # until their history is ready
            self._history.assign([p.partition for p in partitions])
        self._tools.observer.partitions_changed(sorted(self._assigned))

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._settle()
        lost = {p.partition for p in partitions}
        self._back_to = {p: offset for p, offset in self._back_to.items() if p not in lost}
        self._revoked |= lost
        self._assigned -= lost
        if self._history is not None:
            self._history.revoke(sorted(lost))
        try:
            consumer.incremental_unassign(partitions)
        except KafkaException as error:  # lost partitions are gone already
            LIBRDKAFKA.debug("unassign after loss: %s", error.args[0].str())
        self._tools.observer.partitions_changed(sorted(self._assigned))
