"""The transactional producer: one batch in, one transaction out, errors split three ways.

Retriable errors repeat the same call within a deadline. Abortable ones abort the transaction: the batch is
read again. Fatal ones and state misuse end the process: its supervisor starts it anew, and its first act,
init_transactions, fences what is left of the old one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka import Message as KafkaMessage

from schemas.errors import FatalStreamError
from streams.broker import ClientConfig
from streams.failpoints import Failpoints
from streams.quiet import LIBRDKAFKA
from streams.watchdog import Watchdog

Message = dict[str, Any]
"""A record for produce_batch: value and key."""

Headers = list[tuple[str, bytes]]

GRACE_SECONDS = 10.0
"""How much longer than the deadline a call may last before the watchdog ends the process."""

Offsets = dict[tuple[str, int], int]
"""Offset by topic and partition."""

Told = Callable[[int], None]
"""Is told the offset of a record once it is delivered."""


class TransactionAbortedError(Exception):
    """The transaction was aborted: nothing of the batch is visible; read it again."""


@dataclass
class Outbox:
    """What one transaction writes.

    Attributes:
        batches: Messages by topic.
        placed: Messages by topic and partition, for those that may lie on that partition only.
        with_headers: Single messages that carry headers: topic, message, headers.
        tracked: Single messages whose offset somebody must know, written last: topic, message, who is told.
        offsets: Next offset to read by (topic, partition) of the input.
    """

    batches: dict[str, list[Message]] = field(default_factory=dict)
    placed: dict[tuple[str, int], list[Message]] = field(default_factory=dict)
    with_headers: list[tuple[str, Message, Headers]] = field(default_factory=list)
    tracked: list[tuple[str, Message, Told]] = field(default_factory=list)
    offsets: Offsets = field(default_factory=dict)

    @property
    def record_count(self) -> int:
        """Number of records to write."""
        batches = (*self.batches.values(), *self.placed.values())
        return sum(map(len, batches)) + len(self.with_headers) + len(self.tracked)


@dataclass(frozen=True)
class Written:
    """What is left of an outbox once the client has its records.

    Attributes:
        offsets: Next offset to read by (topic, partition) of the input.
        is_tracked: Whether somebody must know the offset of a record.
    """

    offsets: Offsets
    is_tracked: bool


class TransactionalWriter:
    """Commits outboxes, each in one transaction together with the offsets it was made from.

    Args:
        config: Producer configuration with a transactional.id that is stable for the slot.
        deadline_seconds: How long one call may be repeated before the process gives up.
        failpoints: Places a test may end the process at.
    """

    def __init__(self, config: ClientConfig, deadline_seconds: float, failpoints: Failpoints) -> None:
        self._producer = Producer(config, logger=LIBRDKAFKA)
        self._deadline_seconds = deadline_seconds
        self._failpoints = failpoints
        self._watchdog = Watchdog(deadline_seconds + GRACE_SECONDS)

    def start(self) -> None:
        """Fence earlier owners of the slot and abort what they left open.

        Raises:
            FatalStreamError: The broker does not let this producer in before the deadline.
        """
        self._watchdog.start()
        self._repeat("init_transactions", self._producer.init_transactions)

    def commit(self, outbox: Outbox, consumer: Consumer | None) -> None:
        """Write and commit an outbox.

        Args:
            outbox: What to write.
            consumer: Member of the group whose offsets are committed; null when the outbox has none.

        Raises:
            TransactionAbortedError: Nothing was written; rewind and read the batch again.
            FatalStreamError: This producer cannot go on.
        """
        written = self.write(outbox)
        self.complete(written, None if consumer is None else consumer.consumer_group_metadata())

    def write(self, outbox: Outbox) -> Written:
        """Begin a transaction and queue its records, the first half of a commit; raises the same errors."""
        try:
            self._producer.begin_transaction()
            self._produce(outbox)
        except KafkaException as error:
            self._abort_or_die(error)
        self._failpoints.reach("after_produce")
        return Written(outbox.offsets, bool(outbox.tracked))

    def complete(self, written: Written, membership: object | None) -> None:
        """Wait until what was written is committed, the second half; raises the same errors.

        Another thread may do this, but not ask the consumer for its membership: that call stands still while the
        consumer's own thread is in a rebalance, which waits for the commit.

        Args:
            written: What was written.
            membership: What the consumer says of its place in the group; null when no offsets are committed.
        """
        try:
            if membership is not None:
                self._send_offsets(written.offsets, membership)
            self._failpoints.reach("before_commit")
            self._repeat("commit_transaction", self._producer.commit_transaction)
            if written.is_tracked:
                self._producer.poll(0)  # what delivery reports are left
        except KafkaException as error:
            self._abort_or_die(error)
        self._failpoints.reach("after_commit")

    def _send_offsets(self, offsets: Offsets, membership: object) -> None:
        places = [TopicPartition(topic, partition, offset) for (topic, partition), offset in offsets.items()]
        self._repeat("send_offsets", lambda t: self._producer.send_offsets_to_transaction(places, membership, t))

    def _produce(self, outbox: Outbox) -> None:
        for topic, messages in outbox.batches.items():
            self._produce_all(messages, topic)
        self._failpoints.reach("mid_produce")
        for (topic, partition), messages in outbox.placed.items():
            # The client ignores a partition that a message of a batch names.
            self._produce_all(messages, topic, partition)
        for topic, message, headers in outbox.with_headers:
            self._produce_one(topic, {**message, "headers": headers})
        for topic, message, told in outbox.tracked:
            self._produce_one(topic, {**message, "on_delivery": _teller(told)})

    def _produce_all(self, messages: list[Message], topic: str, *partition: int) -> None:
        """Queue every message; a full queue is waited for, never dropped."""
        started = time.monotonic()
        while messages:
            try:
                queued = self._producer.produce_batch(topic, messages, *partition)
            except BufferError:
                queued = 0
            if queued == len(messages):
                return
            messages = [m for m in messages if "_error" in m] if queued else messages
            for message in messages:
                message.pop("_error", None)
            self._make_room(topic, started)

    def _produce_one(self, topic: str, message: Message) -> None:
        """Queue one message; a full queue is waited for."""
        started = time.monotonic()
        while True:
            try:
                self._producer.produce(topic, **message)
            except BufferError:
                self._make_room(topic, started)
            else:
                return

    def _make_room(self, topic: str, started: float) -> None:
        """Let the queue send for a moment.

        Raises:
            FatalStreamError: It has been full for longer than the deadline.
        """
        if time.monotonic() - started > self._deadline_seconds:
            msg = f"The producer queue for {topic} stayed full for {self._deadline_seconds:.0f} s."
            raise FatalStreamError(msg, "Check the broker; nothing was committed.")
        self._producer.poll(0.05)

    def _repeat(self, name: str, call: Callable[[float], object]) -> None:
        started = time.monotonic()
        while True:
            left = self._deadline_seconds - (time.monotonic() - started)
            try:
                with self._watchdog.over(name):  # the client does not keep every timeout: librdkafka issue 5511
                    call(max(left, 0.1))
                return
            except KafkaException as error:
                if not error.args[0].retriable():
                    raise
                if left <= 0:
                    msg = f"{name} did not succeed within {self._deadline_seconds:.0f} s: {error.args[0].str()}."
                    raise FatalStreamError(msg, "Check the broker; nothing was committed.") from error
                time.sleep(0.05)

    def _abort_or_die(self, error: KafkaException) -> None:
        cause = error.args[0]
        if not cause.txn_requires_abort():
            msg = f"The transaction failed for good: {cause.str()}."
            raise FatalStreamError(
                msg, "The supervisor restarts the stage; check that no second one owns its slot."
            ) from error
        try:
            self._repeat("abort_transaction", self._producer.abort_transaction)
        except KafkaException as abort_error:
            msg = f"The transaction could not be aborted: {abort_error.args[0].str()}."
            raise FatalStreamError(msg, "The supervisor restarts the stage.") from abort_error
        raise TransactionAbortedError(cause.str()) from error


def _teller(told: Told) -> Callable[[object, KafkaMessage], None]:
    """Return a delivery report that passes on the offset of a delivered record."""

    def report(error: object, message: KafkaMessage) -> None:
        if error is None:
            told(message.offset())

    return report


def keyed(values: Iterable[bytes], keys: Iterable[str]) -> list[Message]:
    """Make messages of values and keys."""
    return [{"value": value, "key": key} for value, key in zip(values, keys, strict=True)]
