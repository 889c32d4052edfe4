"""Fixtures that several test packages share: a real broker with clean topics."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from hypothesis import settings

from processors.routing import Policy
from streams.broker import Broker
from streams.topics import all_topics
from tests.e2e.system import System
from tests.kafka_server import KafkaServer, java_or_skip

settings.register_profile("steady", deadline=None)  # a busy machine is no failure of the code
settings.load_profile("steady")


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A real Apache Kafka of our own, for tests that put something between it and its clients."""
    java_or_skip()
    server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> str:
    """The address of a real Apache Kafka: the one of KAFKA_BOOTSTRAP_SERVERS, or one of our own."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    return given or str(request.getfixturevalue("kafka_server").bootstrap)


@pytest.fixture
def kafka(kafka_bootstrap: str) -> Broker:
    """A real broker whose claimstream topics exist and are empty."""
    broker = Broker(kafka_bootstrap)
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    topics = list(all_topics(Policy.load().queues))
    existing = [t.name for t in topics if t.name in admin.list_topics(timeout=10).topics]
    if existing:
        for future in admin.delete_topics(existing, operation_timeout=30).values():
            future.result()
        deadline = time.monotonic() + 30
        while set(existing) & set(admin.list_topics(timeout=10).topics):
            assert time.monotonic() < deadline, "the topics of the last test are still there"
            time.sleep(0.2)
    broker.create_topics(topics)
    return broker


@pytest.fixture
def system(kafka: Broker, tmp_path: Path) -> Iterator[System]:
    """Processes around a real Apache Kafka; nothing runs yet but the broker."""
    made = System(kafka, tmp_path)
    yield made
    made.close()
