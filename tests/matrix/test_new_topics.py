"""Topics that are being made, on Apache Kafka: nothing that is written to them meanwhile is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from streams.broker import Broker
from tests.e2e.system import read_committed

pytestmark = pytest.mark.kafka

PARTITIONS = 300
ROUNDS = 10


@pytest.fixture
def topic(kafka: Broker) -> Iterator[str]:
    """A topic that was announced a moment ago: the broker opens its partitions one after the other."""
    name = f"new-{uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result()
    yield name
    admin.delete_topics([name])[name].result()


def test_row_29_what_is_written_to_partitions_that_are_not_open_yet_arrives(kafka: Broker, topic: str) -> None:
    """With five requests under way about one run in three lost some records; all were reported as delivered."""
    producer = Producer({**kafka.transactional_config(topic), "linger.ms": 0, "batch.num.messages": 2})
    producer.init_transactions(30)
    producer.begin_transaction()
    for number in range(ROUNDS):
        for partition in range(PARTITIONS):
            producer.produce(topic, b"%d" % number, b"k", partition)
        producer.poll(0)
    producer.commit_transaction(60)
    expected = sorted((partition, b"%d" % number) for partition in range(PARTITIONS) for number in range(ROUNDS))
    deadline = time.monotonic() + 30  # a transaction is over before all its partitions know
    while (arrived := _arrived(kafka, topic)) != expected:
        assert time.monotonic() < deadline, f"{len(expected) - len(arrived)} records of {len(expected)} are lost"


def _arrived(kafka: Broker, topic: str) -> list[tuple[int | None, bytes | None]]:
    return sorted((m.partition(), m.value()) for m in read_committed(kafka, topic))
