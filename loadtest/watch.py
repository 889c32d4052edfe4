"""Watch a topic as a downstream reader does: read_committed, counting, remembering when it saw each event."""

from __future__ import annotations

import threading
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.broker import Broker
from streams.quiet import LIBRDKAFKA

_ID_START = 6
"""An event id is the first field of both contracts: five header bytes, one length byte, then its text."""

_LEADER_SECONDS = 10.0


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


class TopicWatcher(threading.Thread):
    """Reads what comes on a topic from now on, in a thread of its own, until it is stopped.

    Attributes:
        seen_at: Unix time at which each event id was first read.
        records: Records read; more than ids means repeats.
        last_seen_at: Unix time at which the last record was read.
    """

    def __init__(self, broker: Broker, topic: str) -> None:
        super().__init__(daemon=True, name=f"watch-{topic}")
        self.seen_at: dict[bytes, float] = {}
        self.records = 0
        self.last_seen_at = 0.0
        self._stopping = threading.Event()
        self._consumer = Consumer(
            {**broker.consumer_config(f"watch-{time.time_ns()}", "claimstream-watch"), "fetch.wait.max.ms": 20},
            logger=LIBRDKAFKA,
        )
        partitions = [TopicPartition(topic, p) for p in range(broker.partition_count(topic))]
        for partition in partitions:
            partition.offset = _end_of(self._consumer, partition)
        self._consumer.assign(partitions)

    def run(self) -> None:
        """Read until stopped."""
        while not self._stopping.is_set():
            messages = self._consumer.consume(10_000, 0.005)
            now = time.time()
            for message in messages:
                if message.error() is not None:
                    continue
                self.records += 1
                self.seen_at.setdefault(event_id_of(message.value()), now)
                self.last_seen_at = now
        self._consumer.close()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self.join(10)
