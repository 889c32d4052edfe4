"""Reads whole topics for a reconciliation: the event ids up to what the ledger says is stored."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as KafkaPartition

from schemas.codec import ColumnarDecoder
from schemas.contracts import ALL_CONTRACTS
from schemas.registry import SchemaIds
from sink.config import SinkConfig
from sink.consumer import consumer_settings
from sink.ledger import Ledger
from sink.ranges import TopicPartition
from sink.reconcile import STORED_IN
from sink.topics import log_ids

TIMEOUT_S = 10.0
IDLE_S = 3.0
"""A partition whose last records are transaction markers gives nothing more: then it is at its end."""


def stored_events(config: SinkConfig, client: Client, ids: SchemaIds) -> Iterator[tuple[str, str, pl.Series]]:
    """Read each topic whose events are never compacted away.

    Yields:
        Topic, contract, and the event ids of the records that are marked as stored.

    Raises:
        DependencyError: The broker is away.
        DatabaseError: ClickHouse is away.
    """
    ledger = Ledger(client, config.group_id, log_ids(config))
    contracts = {contract.name: contract for contract in ALL_CONTRACTS}
    settings = {**consumer_settings(config), "group.id": f"{config.group_id}-reconcile"}
    for topic, name in config.contracts.items():
        if name not in STORED_IN:
            continue
        decoder = ColumnarDecoder(contracts[name], ids)
        consumer = Consumer(settings)
        try:
            parts = [decoder.decode(values).frame["event_id"] for values in _read(consumer, topic, ledger)]
        finally:
            consumer.close()
        yield topic, name, pl.concat([pl.Series("event_id", [], dtype=pl.String), *parts])


def _read(consumer: Any, topic: str, ledger: Ledger) -> Iterator[list[bytes | None]]:
    """The values of a topic in batches, each partition up to its last stored offset."""
    ends: dict[int, int] = {}
    for partition in consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions:
        done = ledger.read(TopicPartition(topic, partition)).done_until
        low, high = consumer.get_watermark_offsets(KafkaPartition(topic, partition), timeout=TIMEOUT_S)
        if done is not None and low <= min(done, high - 1):
            ends[partition] = done
            consumer.incremental_assign([KafkaPartition(topic, partition, low)])
    idle = 0.0
    while ends and idle < IDLE_S:
        messages = [m for m in consumer.consume(10_000, 0.5) if m.error() is None and m.partition() in ends]
        idle = 0.0 if messages else idle + 0.5
        yield [m.value() for m in messages if m.offset() <= ends[m.partition()]]
        for message in messages:
            if message.offset() >= ends.get(message.partition(), 0):
                ends.pop(message.partition(), None)
