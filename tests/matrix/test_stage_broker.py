"""Rows 13, 14 and 22: the broker is away, says no, loses an answer, or is slow."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Consumer

from schemas.errors import FatalStreamError
from streams.broker import Broker
from streams.failpoints import Failpoints
from streams.topics import DEAD_LETTERS, HISTORY, SCORED, SUBMITTED
from streams.transaction import Outbox, TransactionAbortedError, TransactionalWriter, keyed
from tests.e2e.system import System, read_committed
from tests.kafka_proxy import ADD_OFFSETS, END_TXN, PRODUCE, KafkaProxy
from tests.matrix.history_system import assert_second_copies_are_the_duplicates, publish_copies
from tests.matrix.invariants import assert_invariants
from tests.mock_cluster import MockCluster

CLAIMS = range(600)
FIRST, REST = CLAIMS[:100], CLAIMS[100:]
MAX_RSS_MIB = 700

NOT_LEADER, COORDINATOR_LOADING, NOT_AUTHORIZED, GROUP_NOT_AUTHORIZED = 6, 14, 29, 30
INVALID_EPOCH, CONCURRENT_TRANSACTIONS, SLOT_NOT_AUTHORIZED, UNKNOWN_PRODUCER, FENCED = 47, 51, 53, 59, 90
"""Error codes of the Kafka protocol."""


def rss_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    with open(f"/proc/{pid}/status") as status:  # noqa: PTH123 - not a file of ours
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def behind(proxy: KafkaProxy, **environment: str) -> dict[str, str]:
    """Return the settings of a stage that reaches the broker through a proxy."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": proxy.address,
        "KAFKA_DEADLINE_SECONDS": "5",
        "BATCH_SIZE": "100",
        **environment,
    }


def finish(system: System) -> None:
    """Publish second copies, wait for everything and assert what must hold."""
    publish_copies(system, CLAIMS, copy=2)
    system.wait_for_results(2 * len(CLAIMS))
    assert system.terminate("claims-0") == 0, system.log("claims-0")[-1500:]
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)


@pytest.mark.kafka
@pytest.mark.parametrize("away", ["refuse", "stall"])
def test_row_13_a_broker_that_is_away_for_less_than_the_deadline_is_waited_for(
    system: System, proxy: KafkaProxy, away: str
) -> None:
    publish_copies(system, FIRST, copy=1)
    stage = system.start_stage(0, **behind(proxy, KAFKA_DEADLINE_SECONDS="60"))
    system.wait_for_results(len(FIRST))
    proxy.orders.stall_at = END_TXN
    publish_copies(system, REST, copy=1)
    system.wait_until(lambda: proxy.orders.stalled, "a commit that hangs")
    if away == "refuse":
        proxy.refuse()
    held = len(system.committed_ids())
    system.hold(3)
    assert len(system.committed_ids()) == held < len(CLAIMS)
    assert rss_mib(stage.pid) < MAX_RSS_MIB
    proxy.allow()
    finish(system)


@pytest.mark.kafka
def test_row_13_a_broker_that_is_away_for_longer_ends_the_stage_with_the_reason(
    system: System, proxy: KafkaProxy
) -> None:
    publish_copies(system, FIRST, copy=1)
    stage = system.start_stage(0, **behind(proxy, KAFKA_DEADLINE_SECONDS="2"))
    system.wait_for_results(len(FIRST))
    proxy.orders.stall_at = END_TXN
    publish_copies(system, REST, copy=1)
    assert stage.wait(120) == 1
    log = system.log("claims-0")
    assert "commit_transaction did not succeed within 2 s" in log
    assert "Check the broker; nothing was committed." in log
    assert "Traceback" not in log
    proxy.allow()
    system.start_stage(0, **behind(proxy))
    finish(system)


@pytest.mark.kafka
def test_row_14_a_stage_repeats_aborts_or_goes_on_as_the_broker_answers(system: System, proxy: KafkaProxy) -> None:
    publish_copies(system, CLAIMS, copy=1)
    proxy.orders.errors = {
        END_TXN: [COORDINATOR_LOADING, CONCURRENT_TRANSACTIONS],
        ADD_OFFSETS: [COORDINATOR_LOADING, GROUP_NOT_AUTHORIZED],
    }
    proxy.orders.lost[END_TXN] = 2
    system.start_stage(0, **behind(proxy))
    system.wait_for_results(len(CLAIMS))
    assert proxy.orders.errors == {END_TXN: [], ADD_OFFSETS: []}
    assert proxy.orders.lost[END_TXN] == 0
    assert system.log("claims-0").count("transaction_aborted") == 1
    finish(system)


@pytest.fixture
def mock() -> Iterator[MockCluster]:
    made = MockCluster()
    made.create_topic(SUBMITTED.name, 1)
    made.create_topic(SCORED.name, 1)
    yield made
    made.close()


def member(broker: Broker) -> Consumer:
    """Return a member of a group that has a partition."""
    consumer = Consumer(broker.consumer_config(f"group-{uuid4()}", "member"))
    consumer.subscribe([SUBMITTED.name])
    while not consumer.assignment():
        consumer.poll(0.1)
    return consumer


@pytest.mark.parametrize("request_kind", [END_TXN, ADD_OFFSETS, PRODUCE], ids=["end_txn", "add_offsets", "produce"])
@pytest.mark.parametrize("outcome", ["goes on", "aborts", "ends"])
def test_row_14_errors_of_the_protocol_go_on_abort_or_end(mock: MockCluster, request_kind: int, outcome: str) -> None:
    passing = NOT_LEADER if request_kind == PRODUCE else COORDINATOR_LOADING
    errors = {
        "goes on": [passing, passing],
        "aborts": [
            {END_TXN: UNKNOWN_PRODUCER, ADD_OFFSETS: GROUP_NOT_AUTHORIZED, PRODUCE: NOT_AUTHORIZED}[request_kind]
        ],
        "ends": [{END_TXN: FENCED, ADD_OFFSETS: SLOT_NOT_AUTHORIZED, PRODUCE: INVALID_EPOCH}[request_kind]],
    }[outcome]
    broker = Broker(mock.bootstrap)
    writer = TransactionalWriter(broker.transactional_config("slot"), 10, Failpoints())
    writer.start()
    consumer = member(broker)
    outbox = Outbox(batches={SCORED.name: keyed([b"a"], "a")}, offsets={(SUBMITTED.name, 0): 2})
    mock.fail_next(request_kind, *errors)
    expected = {"aborts": TransactionAbortedError, "ends": FatalStreamError}.get(outcome)
    if expected is None:
        writer.commit(outbox, consumer)
    else:
        with pytest.raises(expected):
            writer.commit(outbox, consumer)
    if outcome == "aborts" and request_kind != PRODUCE:  # the mock cluster does not know a raised epoch
        again = Outbox(batches={SCORED.name: keyed([b"a"], "a")}, offsets={(SUBMITTED.name, 0): 2})
        writer.commit(again, consumer)
    consumer.close()


@pytest.mark.kafka
def test_row_22_a_slow_broker_holds_the_stage_up_and_its_small_queue_drops_nothing(
    kafka: Broker, proxy: KafkaProxy
) -> None:
    proxy.orders.bytes_per_second = 200_000
    config = {**Broker(proxy.address).transactional_config("slow"), "queue.buffering.max.messages": 100}
    writer = TransactionalWriter(config, 60, Failpoints())
    writer.start()
    told: list[int] = []
    count = 2_000
    values = [b"%05d" % n + bytes(100) for n in range(count)]
    outbox = Outbox(
        batches={SCORED.name: keyed(values, map(str, range(count)))},
        placed={(HISTORY.name, 1): keyed(values[:500], map(str, range(500)))},
        with_headers=[(DEAD_LETTERS.name, {"value": value, "key": "k"}, [("stage", b"x")]) for value in values[:300]],
        tracked=[(HISTORY.name, {"value": b"mark", "key": b"M", "partition": p % 4}, told.append) for p in range(200)],
    )
    writer.commit(outbox, None)
    assert sorted(m.value() for m in read_committed(kafka, SCORED.name)) == values
    assert [m.value() for m in read_committed(kafka, DEAD_LETTERS.name)] == values[:300]
    assert len(read_committed(kafka, HISTORY.name)) == 500 + 200
    assert len(told) == 200
