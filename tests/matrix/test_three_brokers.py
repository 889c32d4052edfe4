"""Three brokers, every record on three of them and acknowledged by two: one dies under load, and comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from processors.routing import Policy
from streams.broker import Broker
from streams.topics import SUBMITTED, all_topics
from tests.e2e.system import WAIT_SECONDS, System
from tests.kafka_server import KafkaCluster, java_or_skip
from tests.matrix.invariants import GROUP, assert_invariants

pytestmark = pytest.mark.kafka

CLAIMS = 4_000


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KafkaCluster]:
    java_or_skip()
    made = KafkaCluster(tmp_path / "kafka")
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def system(cluster: KafkaCluster, tmp_path: Path) -> Iterator[System]:
    broker = Broker(cluster.bootstrap, replication_factor=3)
    broker.create_topics(all_topics(Policy.load().queues))
    made = System(broker, tmp_path)
    yield made
    made.close()


def test_the_loss_of_the_broker_that_leads_the_group_loses_and_doubles_nothing(
    cluster: KafkaCluster, system: System
) -> None:
    # Just after topics are made, a broker may not know them yet.
    system.wait_until(lambda: set(replicas(system.broker)) == {3}, "three replicas of each partition")
    published = system.publish(CLAIMS, seed=1)
    quick = {"BATCH_SIZE": "100", "KAFKA_DEADLINE_SECONDS": "5"}
    system.start_stage(0, **quick)
    system.wait_for_results(500)
    lost = next(one for one in cluster.servers if one.node.number == coordinator(system.broker))
    lost.stop()
    published |= system.publish(CLAIMS, seed=2)
    wait_supervised(system, 2 * CLAIMS, quick)
    lost.launch()
    published |= system.publish(500, seed=3)
    wait_supervised(system, len(published), quick)
    lost.wait()
    assert system.terminate("claims-0") == 0, system.log("claims-0")[-1500:]
    assert set(system.committed_ids()) == published
    assert_invariants(system)


def wait_supervised(system: System, results: int, environment: dict[str, str]) -> None:
    """Wait for results; a stage that ends with a reason is started again, as its supervisor does."""
    deadline = time.monotonic() + WAIT_SECONDS
    while len(system.committed_ids()) < results:
        process = system.processes["claims-0"]
        if process.poll() is not None:
            assert process.returncode == 1, system.log("claims-0")[-1500:]
            assert "Traceback" not in system.log("claims-0")
            system.start_stage(0, **environment)
        assert time.monotonic() < deadline, f"no {results} results: {system.log('claims-0')[-1500:]}"
        time.sleep(0.2)


def coordinator(broker: Broker) -> int:
    """Return the number of the broker that leads the group of the stages."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    described = admin.describe_consumer_groups([GROUP], request_timeout=10)
    return int(described[GROUP].result().coordinator.id)


def replicas(broker: Broker) -> list[int]:
    """Return how many brokers have each partition of the claims."""
    metadata = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(SUBMITTED.name, timeout=10)
    return [len(one.replicas) for one in metadata.topics[SUBMITTED.name].partitions.values()]
