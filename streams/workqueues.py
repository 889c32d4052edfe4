"""Workqueue topics from outside: the live items of a queue, and actions of people on them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from schemas.codec.records import decode_record, encode_record
from schemas.contracts import WORKQUEUE_ACTIONS, Contract
from schemas.errors import DependencyError
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.quiet import LIBRDKAFKA
from streams.topics import ACTIONS, CASE_QUEUES, case_queue, workqueue

Item = dict[str, Any]
READ_SECONDS = 30.0


class QueueReader:
    """Reads one queue: first what lives, then what comes.

    Args:
        broker: Where the broker is.
        ids: Schema ids.
        queue: Name of the queue, without the prefix of its topic.

    Attributes:
        items: Live items by key.
        left: What is still to be seen of items that have left, by key.
    """

    def __init__(self, broker: Broker, ids: SchemaIds, queue: str) -> None:
        topic = case_queue(queue) if queue in CASE_QUEUES else workqueue(queue)
        assert topic.contract is not None  # noqa: S101 - both kinds of queues have one
        self._contract: Contract = topic.contract
        self._topic = topic.name
        self._broker = broker
        self._ids = ids
        self.items: dict[str, Item] = {}
        self.left: dict[str, Item] = {}

    @contextmanager
    def opened(self) -> Iterator[Consumer]:
        """Open the topic from its start.

        Raises:
            DependencyError: The broker does not answer, or the queue does not exist.
        """
        count = self._broker.partition_count(self._topic)
        consumer = Consumer(self._broker.consumer_config("claimstream-wq", "claimstream-wq"), logger=LIBRDKAFKA)
        try:
            consumer.assign([TopicPartition(self._topic, partition, 0) for partition in range(count)])
            yield consumer
        finally:
            consumer.close()

    def catch_up(self, consumer: Consumer) -> dict[str, Item]:
        """Read to the present end and return the live items by key.

        Raises:
            DependencyError: The end is not reached in time.
        """
        assigned = consumer.assignment()
        ends = {p.partition: consumer.get_watermark_offsets(p, timeout=10)[1] for p in assigned}
        deadline = time.monotonic() + READ_SECONDS
        while not self._is_at(consumer, assigned, ends):
            if time.monotonic() > deadline:
                msg = f"The queue {self._topic} could not be read within {READ_SECONDS:.0f} s."
                raise DependencyError(msg, "Try again; check the broker if this repeats.")
            self.poll(consumer, 0.1)
        return self.items

    @staticmethod
    def _is_at(consumer: Consumer, assigned: list[TopicPartition], ends: dict[int, int]) -> bool:
        return all(p.offset >= ends[p.partition] or not ends[p.partition] for p in consumer.position(assigned))

    def poll(self, consumer: Consumer, seconds: float) -> list[tuple[str, Item | None]]:
        """Read what has come: keys with their items, None where one has ended."""
        changes: list[tuple[str, Item | None]] = []
        for message in consumer.consume(1_000, seconds):
            if message.error() is not None:
                raise KafkaException(message.error())
            key, value = message.key().decode(), message.value()
            item = None if value is None else decode_record(self._contract, self._ids, value)
            if item is None or item.get("status") in ("done", "left"):
                self.left[key] = self.items.pop(key, {}) or item or self.left.get(key, {})
            else:
                self.items[key] = item
            changes.append((key, item))
        return changes


def publish_action(broker: Broker, ids: SchemaIds, action: Item) -> None:
    """Publish what a person did.

    Args:
        broker: Where the broker is.
        ids: Schema ids.
        action: Fields of the contract workqueue.actions.

    Raises:
        DependencyError: The broker did not take it; nothing was done.
    """
    producer = Producer(broker.idempotent_config("claimstream-wq"), logger=LIBRDKAFKA)
    failed: list[str] = []
    key = f"{action['tenant_id']}|{action['patient_control_token']}"
    producer.produce(
        ACTIONS.name, encode_record(WORKQUEUE_ACTIONS, ids, action), key,
        on_delivery=lambda error, _: failed.append(error.str()) if error else None,
    )  # fmt: skip
    if producer.flush(30) or failed:
        msg = f"The action was not published: {failed[0] if failed else 'no answer in time'}."
        raise DependencyError(msg, "Check the broker, then do it again.")
