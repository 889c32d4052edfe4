"""The broadcast table of historical rates: every claim stage reads all of history.rates, beside its batches."""

from __future__ import annotations

import threading
import time
from collections import deque

import polars as pl
import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from processors.features.rates import RATES_SCHEMA, HistoryRates
from schemas.codec import ColumnarDecoder
from schemas.contracts import HISTORY_RATES
from schemas.errors import DependencyError
from schemas.registry import SchemaIds
from streams.broker import Broker
from streams.quiet import LIBRDKAFKA
from streams.topics import RATES

MEASURE = "denial_rate"
"""The measure that features are made of."""

KEPT = 4
"""Latest rates kept of a key: a claim that waited sees what was known when it was submitted, not what came later."""

REFRESH_SECONDS = 5.0
FETCH_WAIT_MS = 500
"""Rates change rarely and are arranged anew every few seconds: asking for them more often is work for the broker."""

RETRY_SECONDS = 5.0

log = structlog.get_logger()
Rate = tuple[str, str, str, float, float, object]


class RatesTable:
    """Follows history.rates in a thread; `rates` is replaced as a whole, so a batch sees one state of it.

    Args:
        broker: Where the broker is.
        ids: Schema ids.
        client_id: Name of the reader on the broker.
    """

    def __init__(self, broker: Broker, ids: SchemaIds, client_id: str) -> None:
        self._broker = broker
        self._decoder = ColumnarDecoder(HISTORY_RATES, ids)
        self._client_id = client_id
        self._known: dict[tuple[str, str, str], deque[Rate]] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._built_at = 0.0
        self._changed = False
        self.rates: HistoryRates | None = None

    def start(self) -> None:
        """Begin to read, beside the batches, until close()."""
        self._thread = threading.Thread(target=self._follow, name="rates", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self) -> None:
        """Read until close(); without the topic or the broker, features go without rates and it is tried again."""
        while not self._stopping.is_set():
            try:
                self._read()
            except (KafkaException, DependencyError) as error:
                log.warning("rates_unavailable", error_class=type(error).__name__)
                self._stopping.wait(RETRY_SECONDS)

    def _read(self) -> None:
        count = self._broker.partition_count(RATES.name)
        config = {
            **self._broker.consumer_config(self._client_id, self._client_id),
            "fetch.wait.max.ms": FETCH_WAIT_MS,
        }
        consumer = Consumer(config, logger=LIBRDKAFKA)
        try:
            consumer.assign([TopicPartition(RATES.name, partition, 0) for partition in range(count)])
            while not self._stopping.is_set():
                messages = [m for m in consumer.consume(5_000, 0.5) if m.error() is None]
                if messages:
                    self.take([m.value() for m in messages])
                self.refresh(time.monotonic())
        finally:
            consumer.close()

    def take(self, values: list[bytes | None]) -> None:
        """Take messages in; what cannot be read is left out, the rates before stay."""
        frame = self._decoder.decode([value for value in values if value is not None]).frame
        for row in frame.filter(pl.col("measure") == MEASURE).select(RATES_SCHEMA.names()).iter_rows():
            self._known.setdefault(row[:3], deque(maxlen=KEPT)).append(row)
            self._changed = True

    def refresh(self, now: float) -> None:
        """Arrange the rates anew when some came, at most every REFRESH_SECONDS.

        Args:
            now: Seconds of a monotonic clock.
        """
        if not self._changed or now - self._built_at < REFRESH_SECONDS:
            return
        rows = [row for kept in self._known.values() for row in kept]
        self.rates = HistoryRates.of(pl.DataFrame(rows, schema=RATES_SCHEMA, orient="row"))
        self._built_at, self._changed = now, False
