"""Watch topics as a downstream reader does: read_committed, counting, remembering when it saw each event."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.broker import Broker
from streams.quiet import LIBRDKAFKA

_ID_START = 6
"""An event id is the first field of both contracts: five header bytes, one length byte, then its text."""

_LEADER_SECONDS = 10.0

_FETCH_WAIT_MS = 20
"""The embedded broker looks for new records when half of it is over, so it bounds how late they are seen."""


def event_id_of(value: bytes) -> bytes:
    """Return the event id of a framed scored claim or dead letter without decoding the rest.

    Raises:
        ValueError: The id is longer than the 63 bytes whose length fits one byte.
    """
    length = value[_ID_START - 1]
    if length & 0x81:
        msg = "the event id is too long to be read without decoding"
        raise ValueError(msg)
    return value[_ID_START : _ID_START + length // 2]


def _end_of(consumer: Consumer, partition: TopicPartition) -> int:
    """Return the end of a partition; that of a topic made a moment ago has no leader yet and is waited for."""
    deadline = time.monotonic() + _LEADER_SECONDS
    while True:
        try:
            end: int = consumer.get_watermark_offsets(partition, timeout=_LEADER_SECONDS)[1]
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return end


@dataclass
class Seen:
    """What was read of a topic.

    Attributes:
        at: Unix time at which each event id was first read.
        records: Records read; more than ids means repeats.
        last_at: Unix time at which the last record was read.
    """

    at: dict[bytes, float] = field(default_factory=dict)
    records: int = 0
    last_at: float = 0.0

    def add(self, event_id: bytes, now: float) -> None:
        """Count a record that was read now."""
        self.records += 1
        self.at.setdefault(event_id, now)
        self.last_at = now


class TopicWatcher(threading.Thread):
    """Reads what comes on topics from now on, in a thread of its own, until it is stopped.

    One consumer for all of them: every consumer asks the broker some fifty times a second whether there is anything.

    Attributes:
        seen: What was read, by topic.
    """

    def __init__(self, broker: Broker, *topics: str) -> None:
        super().__init__(daemon=True, name="watch")
        self.seen = {topic: Seen() for topic in topics}
        self._stopping = threading.Event()
        self._consumer = Consumer(
            {
                **broker.consumer_config(f"watch-{time.time_ns()}", "claimstream-watch"),
                "fetch.wait.max.ms": _FETCH_WAIT_MS,
            },
            logger=LIBRDKAFKA,
        )
        partitions = [TopicPartition(topic, p) for topic in topics for p in range(broker.partition_count(topic))]
        for partition in partitions:
            partition.offset = _end_of(self._consumer, partition)
        self._consumer.assign(partitions)

    def run(self) -> None:
        """Read until stopped."""
        while not self._stopping.is_set():
            # Whoever asks for many at once waits for them; one, then what else is there, costs no wait.
            messages = self._consumer.consume(1, 0.1)
            if messages:
                messages += self._consumer.consume(10_000, 0)
            now = time.time()
            for message in messages:
                if message.error() is None:
                    self.seen[message.topic()].add(event_id_of(message.value()), now)
        self._consumer.close()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self.join(10)
