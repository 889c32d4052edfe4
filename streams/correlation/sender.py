"""Sending: records of a batch go out together, and nothing goes on before the broker has them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, Message, Producer

from schemas.errors import DependencyError
from streams.broker import Broker
from streams.quiet import LIBRDKAFKA
from streams.transaction import Headers

FLUSH_SECONDS = 30.0
ANY_PARTITION = -1


class Record(NamedTuple):
    """One record to send.

    Attributes:
        topic: Topic.
        key: Key.
        value: Value; None for a tombstone.
        partition: Partition; ANY_PARTITION lets the key decide.
        headers: Headers, or nothing.
    """

    topic: str
    key: bytes
    value: bytes | None
    partition: int = ANY_PARTITION
    headers: Headers | None = None


class Sender:
    """An idempotent producer; librdkafka queues, batches and sends at a hundredth of the cost of an asyncio client.

    Args:
        broker: Where to send.
        client_id: Name of the producer on the broker.
    """

    def __init__(self, broker: Broker, client_id: str) -> None:
        self._producer = Producer(broker.idempotent_config(client_id), logger=LIBRDKAFKA)
        self._lock = asyncio.Lock()
        self._failed: str | None = None
        self._ends: dict[tuple[str, int], int] = {}

    async def send(self, records: Sequence[Record]) -> dict[tuple[str, int], int]:
        """Send records, wait until the broker has them, and return the last offset of each partition written.

        Raises:
            DependencyError: Not all were taken; the batch must be done again.
        """
        async with self._lock:
            return await self._send(records)

    async def _send(self, records: Sequence[Record]) -> dict[tuple[str, int], int]:
        self._ends = {}
        by_place: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for record in records:
            if record.headers is not None:
                await self._produce(record)
            else:
                place = (record.topic, record.partition)
                by_place.setdefault(place, []).append({"key": record.key, "value": record.value})
        for (topic, partition), messages in by_place.items():
            await self._produce_all(topic, partition, messages)
        left = await asyncio.get_running_loop().run_in_executor(None, self._producer.flush, FLUSH_SECONDS)
        if left or self._failed:
            msg = f"The broker did not take {left or 'some'} records: {self._failed or 'no answer in time'}."
            raise DependencyError(msg, "Check the broker; the worker starts again where it was.")
        return self._ends

    async def _produce(self, record: Record) -> None:
        """Queue one record; a full queue is waited for."""
        while True:
            try:
                self._producer.produce(
                    record.topic, record.value, record.key, headers=record.headers, on_delivery=self._delivered
                )
            except BufferError:
                self._producer.poll(0)
                await asyncio.sleep(0.02)
            else:
                return

    async def _produce_all(self, topic: str, partition: int, messages: list[dict[str, Any]]) -> None:
        # The partition is that of the call: a partition in a message is documented, but not heeded.
        while messages:
            try:
                self._producer.produce_batch(topic, messages, partition, on_delivery=self._delivered)
            except BufferError:
                for message in messages:
                    message.setdefault("_error", "queue full")
            messages = [message for message in messages if message.pop("_error", None) is not None]
            if messages:
                self._producer.poll(0)
                await asyncio.sleep(0.02)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failed = error.str()
            return
        place = (message.topic(), message.partition())
        self._ends[place] = max(self._ends.get(place, -1), message.offset())
