"""Tells how far behind the sink is, also while it waits for ClickHouse: from a thread of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka import TopicPartition as KafkaPartition

from sink.assignment import Ownership
from sink.observer import SinkObserver

EVERY_S = 1.0
TIMEOUT_S = 2.0
_END = -1
"""In place of an instant: the end of the partition."""


class LagReporter(threading.Thread):
    """Asks the broker for the ends of the partitions once a second, in one request.

    What the consumer remembers of the ends is as old as its last fetch, and it fetches nothing while its thread
    waits for an insert or its partitions are paused.

    Args:
        consumer: The Kafka consumer; its client may be asked from any thread.
        opened: The partitions that are being read.
        observer: Receives the lags.
    """

    def __init__(self, consumer: Any, opened: Callable[[], Sequence[Ownership]], observer: SinkObserver) -> None:
        super().__init__(daemon=True, name="sink-lag")
        self._consumer, self._opened, self._observer = consumer, opened, observer
        self._stopping = threading.Event()

    def run(self) -> None:
        """Report until stopped."""
        while not self._stopping.wait(EVERY_S):
            self.report()

    def report(self) -> None:
        """Report the lag of every partition whose end the broker tells; one that is away leaves the last figures."""
        positions = {(o.source.topic, o.source.partition): o for o in self._opened()}
        asked = [KafkaPartition(topic, partition, _END) for topic, partition in positions]
        if not asked:
            return
        try:
            ends = self._consumer.offsets_for_times(asked, timeout=TIMEOUT_S)
        except KafkaException:
            return
        for end in ends:
            ownership = positions[end.topic, end.partition]
            if end.error is None and end.offset >= 0 and ownership.alive:
                self._observer.lag(ownership.source, max(0, end.offset - ownership.next_offset))

    def stop(self) -> None:
        """End the thread; call it before the consumer is closed."""
        self._stopping.set()
        if self.is_alive():
            self.join()
