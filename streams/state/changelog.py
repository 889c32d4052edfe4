"""The changelog topic: where it begins and ends, and its records from a position on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka import Message as KafkaMessage
from confluent_kafka.admin import AdminClient, OffsetSpec

from schemas.errors import DependencyError, FatalStreamError
from streams.broker import Broker
from streams.quiet import LIBRDKAFKA
from streams.topics import HISTORY

TIMEOUT_SECONDS = 15.0
"""Longer than a transaction may stay open: a pending one is waited for."""

_PASSING = frozenset(
    (
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._TIMED_OUT,
    )
)
"""While a partition moves to another broker."""

_RETRY_SECONDS = 0.2
_RECORDS_AT_ONCE = 10_000
_WAIT_SECONDS = 0.05


@dataclass(frozen=True)
class Extent:
    """Where a partition of the changelog begins and ends."""

    first: int
    end: int


class Changelog:
    """Reads partitions of the changelog, committed records only.

    Args:
        broker: Where it is.
        client_id: Name of this client on the broker.
    """

    def __init__(self, broker: Broker, client_id: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": broker.bootstrap}, logger=LIBRDKAFKA)
        self._config = {**broker.consumer_config(client_id, client_id), "auto.offset.reset": "error"}
        self._consumer: Consumer | None = None
        self._reading: set[int] = set()

    def topic_ids(self, names: Iterable[str]) -> dict[str, str]:
        """Return the identity of topics; empty where the broker tells none.

        Raises:
            DependencyError: A topic is missing.
        """
        ids: dict[str, str] = {}
        described = self._admin.describe_topics(TopicCollection(list(names)), request_timeout=TIMEOUT_SECONDS)
        for name, future in described.items():
            try:
                ids[name] = str(future.result().topic_id or "")
            except KafkaException as error:
                msg = f"The topic {name} cannot be described: {error.args[0].str()}."
                raise DependencyError(msg, "Create it with: claimstream topics create.") from error
        return ids

    def extent(self, partition: int) -> Extent:
        """Return where a partition begins and ends now, open transactions included.

        Raises:
            FatalStreamError: The broker does not answer.
        """
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            try:
                return self._extent(TopicPartition(HISTORY.name, partition))
            except KafkaException as error:
                if error.args[0].code() not in _PASSING or time.monotonic() > deadline:
                    msg = f"The ends of {HISTORY.name} are not known: {error.args[0].str()}."
                    raise FatalStreamError(msg, "Check the broker; the supervisor restarts the stage.") from error
                time.sleep(_RETRY_SECONDS)

    def _extent(self, place: TopicPartition) -> Extent:
        first, end = (
            self._admin.list_offsets(
                {place: spec},
                isolation_level=IsolationLevel.READ_UNCOMMITTED,
                request_timeout=TIMEOUT_SECONDS,
            )[place].result()
            for spec in (OffsetSpec.earliest(), OffsetSpec.latest())
        )
        return Extent(first.offset, end.offset)

    def begin(self, partition: int, offset: int) -> None:
        """Read a partition from an offset on."""
        if self._consumer is None:
            self._consumer = Consumer(self._config, logger=LIBRDKAFKA)
        self._consumer.incremental_assign([TopicPartition(HISTORY.name, partition, offset)])
        self._reading.add(partition)

    def read(self) -> tuple[list[KafkaMessage], dict[int, int]]:
        """Return the next records, and the position on every partition that is read: markers count, too.

        Raises:
            FatalStreamError: The changelog cannot be read.
        """
        if self._consumer is None:
            return [], {}
        records: list[KafkaMessage] = []
        for message in self._consumer.consume(_RECORDS_AT_ONCE, _WAIT_SECONDS):
            error = message.error()
            if error is None:
                records.append(message)
            elif error.fatal() or not error.retriable():
                msg = f"The changelog {HISTORY.name} cannot be read: {error.str()}."
                raise FatalStreamError(msg, "Check the broker; the supervisor restarts the stage.")
        asked = [TopicPartition(HISTORY.name, partition) for partition in self._reading]
        return records, {place.partition: place.offset for place in self._consumer.position(asked)}

    def end(self, partition: int) -> None:
        """Stop reading a partition; without any the connection is closed."""
        if partition not in self._reading:
            return
        self._reading.discard(partition)
        if self._reading and self._consumer is not None:
            self._consumer.incremental_unassign([TopicPartition(HISTORY.name, partition)])
        else:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None
        self._reading.clear()
