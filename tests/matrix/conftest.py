"""What the rows of the matrix need beside the system: a proxy before the broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kafka_proxy import KafkaProxy
from tests.kafka_server import KafkaServer


@pytest.fixture
def proxy(kafka_server: KafkaServer) -> Iterator[KafkaProxy]:
    """A proxy before the broker; what it is told ends with the test."""
    made = KafkaProxy(kafka_server.node.proxy, kafka_server.node.behind).start()
    yield made
    made.stop()
