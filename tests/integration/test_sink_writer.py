"""The sink keeps every record exactly once, in the tables and in the rollups, whatever dies when.

The broker is librdkafka's mock cluster, which knows groups and offsets; transactions are not needed here.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError
from confluent_kafka import Producer
from confluent_kafka import TopicPartition as KafkaPartition

from schemas.contracts import CLAIMS_LINEAGE, CLAIMS_SCORED, DEAD_LETTER
from schemas.errors import FatalStreamError
from schemas.registry import CheckedInIds
from sink.buckets import Bucket
from sink.checks import DeduplicationError, check_deduplication
from sink.config import ClickHouseTarget, SinkConfig
from sink.differences import differing_rows, rollups
from sink.ledger import Ledger
from sink.migrate import migrate
from sink.ranges import Claim, OffsetRange, TopicPartition
from sink.retries import Backoff, with_retries
from sink.rows.events import NothingKnown
from sink.writer import build_tables, connect, insert_tables, routes, token_maker
from tests.clickhouse import EmbeddedClickHouse, ServerClickHouse, wait_until
from tests.correlation_events import lineage, messages
from tests.scored_events import dead_letter_messages, scored_event, scored_messages
from tests.sink_process import start

Server = EmbeddedClickHouse | ServerClickHouse
PARTITIONS = 2
MIRRORED = {
    "claims": "claims_delta",
    "clean_claims": "clean_claims_delta",
    "error_claims": "error_claims_delta",
    "priced_claims": "priced_claims_delta",
    "charge_cents": "charge_cents_delta",
    "expected_cents": "expected_cents_delta",
    "at_risk_cents": "at_risk_cents_delta",
    "errors": "errors_delta",
    "warnings": "warnings_delta",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if url := os.environ.get("CLICKHOUSE_URL"):
        yield ServerClickHouse(url)
        return
    embedded = EmbeddedClickHouse(tmp_path_factory.mktemp("clickhouse")).start()
    yield embedded
    assert embedded.stop() == 0


class MockBroker:
    """librdkafka's mock cluster, reachable by other processes."""

    def __init__(self) -> None:
        self.producer = Producer({"test.mock.num.brokers": 1})
        broker = next(iter(self.producer.list_topics(timeout=10).brokers.values()))
        self.address = f"{broker.host}:{broker.port}"

    def publish(self, topic: str, values: list[bytes], subjects: Sequence[int] | None = None) -> None:
        """Publish; records of one subject go to one partition."""
        for number, value in zip(subjects or range(len(values)), values, strict=True):
            self.producer.produce(topic, value, partition=number % PARTITIONS)
        assert self.producer.flush(10) == 0


@pytest.fixture(scope="module")
def broker() -> MockBroker:
    return MockBroker()


@dataclass
class World:
    """One database, one pair of topics, and what was published into them."""

    server: Server
    broker: MockBroker
    client: Client
    database: str
    claims: int = 0
    letters: int = 0
    again: int = 0

    @property
    def scored(self) -> str:
        return f"{self.database}.scored"

    @property
    def dead(self) -> str:
        return f"{self.database}.dead"

    @property
    def lineages(self) -> str:
        return f"{self.database}.lineages"

    @property
    def values(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.broker.address,
            "group_id": self.database,
            "contracts": {
                self.scored: CLAIMS_SCORED.name,
                self.dead: DEAD_LETTER.name,
                self.lineages: CLAIMS_LINEAGE.name,
            },
            "clickhouse": {"port": self.server.port, "database": self.database},
            "limits": {"max_records": 150, "linger_s": 0.1},
            "log_id": "one",
            "max_backoff_s": 1.0,
        }

    def publish(self, claims: int, letters: int = 10) -> None:
        events = [scored_event(n) for n in range(self.claims, self.claims + claims)]
        self.broker.publish(self.scored, scored_messages(events))
        self.broker.publish(self.dead, dead_letter_messages(self.letters + letters)[self.letters :])
        self.claims += claims
        self.letters += letters

    def publish_again(self, count: int) -> None:
        """Score claims again, with other values, and state their lineages: state, correction, and both repeated."""
        again = [scored_event(n, total_charge_cents=1_000 + n, disposition="ready") for n in range(count)]
        self.broker.publish(self.scored, scored_messages(again))
        states = [
            event
            for n in range(count)
            for event in (lineage(n), lineage(n, 1, -1), lineage(n, 2, net_paid_cents=8_000, open_balance_cents=0))
        ]
        subjects = [n for n in range(count) for _ in range(3)]
        values = messages(CLAIMS_LINEAGE, states)
        self.broker.publish(self.lineages, values, subjects)
        self.broker.publish(self.lineages, values, subjects)
        self.again += count

    def number(self, sql: str) -> int:
        return int(self.client.query(sql).result_rows[0][0])

    def all_arrived(self) -> bool:
        done = "SELECT sum(records) FROM sink_ranges WHERE state = 'done'"
        return self.number(done) >= self.records

    @property
    def records(self) -> int:
        return self.claims + self.letters + 7 * self.again

    def check(self) -> None:
        """Every record once, everywhere; rollups equal to the sums of their events."""
        scored = "FROM claim_event WHERE event_type = 'scored'"
        assert self.number(f"SELECT sum(claims_delta) {scored}") == self.claims
        assert self.number(f"SELECT count() {scored}") == self.claims + 2 * self.again
        assert self.number(f"SELECT uniqExact(event_id) {scored}") == self.claims
        assert self.number("SELECT count() FROM claims_header FINAL") == self.claims
        assert self.number("SELECT count() FROM claims_line FINAL") == 3 * self.claims
        assert self.number("SELECT count() FROM dead_letters") == self.letters
        assert self.number("SELECT sum(records) FROM sink_ranges WHERE state = 'done'") == self.records
        assert self.number("SELECT count() FROM claim_event WHERE event_type = 'lineage'") == 3 * self.again
        assert self.number("SELECT count() FROM claim_lineage FINAL") == self.again
        for rollup in rollups(self.client, self.database):
            drift = differing_rows(
                self.client, rollup, [rollup.table], [f"({query})" for query in rollup.queries.values()]
            )
            assert drift == 0, rollup.table
        sums = ", ".join(f"sum({name})" for name in MIRRORED)
        events = ", ".join(f"sum({name})" for name in MIRRORED.values())
        assert self.client.query(f"SELECT {sums} FROM kpi_screening_daily").result_rows == (  # noqa: S608 - own names
            self.client.query(f"SELECT {events} {scored}").result_rows
        )
        findings = self.number("SELECT count() FROM claim_findings FINAL")
        assert self.number("SELECT sum(arraySum(finding_counts)) FROM claim_event") == findings
        assert self.number("SELECT sum(findings) FROM kpi_findings_daily") == findings


@pytest.fixture
def world(server: Server, broker: MockBroker) -> Iterator[World]:
    database = f"s_{uuid4().hex[:12]}"
    with server.client(autogenerate_session_id=False) as client:
        migrate(client, database)
        yield World(server, broker, client, database)
        client.command(f"DROP DATABASE `{database}`")


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=30)
    assert process.stderr is not None
    process.stderr.close()
    return code


def run_until(world: World, done: Callable[[], bool], values: dict[str, Any] | None = None) -> None:
    process = start(values or world.values)
    try:
        wait_until(lambda: process.poll() is not None or done(), 200)
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
    finally:
        code = stop(process)
    assert code == 0


@pytest.mark.parametrize("failpoint", ["before_intent", "after_intent", "after_insert", "after_done"])
def test_a_crash_at_any_point_neither_loses_nor_doubles_a_record(world: World, failpoint: str) -> None:
    world.publish(1_000)
    values = world.values
    for nth in (3, 1):  # the second run dies while it repairs what the first one left
        killed = start(values, f"{failpoint}:{nth}")
        assert killed.wait(timeout=200) == -signal.SIGKILL
        assert killed.stderr is not None
        killed.stderr.close()
        if nth > 1:
            world.publish_again(300)
    world.publish(500)
    run_until(world, world.all_arrived, values)
    world.check()


def test_a_store_that_is_away_delays_records_and_loses_none(world: World) -> None:
    if not isinstance(world.server, EmbeddedClickHouse):
        pytest.skip("kills the server, so only the embedded one")
    world.publish(600)
    process = start(world.values)
    wait_until(lambda: world.number("SELECT count() FROM sink_ranges WHERE state = 'done'") > 0)
    world.server.stop(signal.SIGKILL)
    world.publish(600)
    world.server.start()
    wait_until(world.all_arrived, 200)
    assert stop(process) == 0
    world.check()


def test_a_store_that_stands_still_delays_records_and_doubles_none(world: World) -> None:
    if not isinstance(world.server, EmbeddedClickHouse):
        pytest.skip("stops the server, so only the embedded one")
    assert world.server.process is not None
    world.publish(300)
    values = {**world.values, "clickhouse": {**world.values["clickhouse"], "timeout_s": 2}}
    process = start(values)
    wait_until(lambda: world.number("SELECT count() FROM sink_ranges WHERE state = 'done'") > 0)
    world.server.process.send_signal(signal.SIGSTOP)  # takes requests in and answers none
    world.publish(600)
    time.sleep(7)
    assert process.poll() is None
    world.server.process.send_signal(signal.SIGCONT)
    wait_until(world.all_arrived, 200)
    assert stop(process) == 0
    world.check()


def test_two_sinks_share_the_partitions_and_hand_them_over(world: World) -> None:
    world.publish(600)
    first = start(world.values)
    wait_until(lambda: world.number("SELECT count() FROM sink_ranges WHERE state = 'done'") > 0)
    second = start(world.values)
    world.publish(600)
    wait_until(lambda: world.number("SELECT uniqExact(owner) FROM sink_ranges") == 2, 200)
    world.publish(600)
    assert stop(first) == 0
    wait_until(world.all_arrived, 200)
    assert stop(second) == 0
    world.check()


def test_a_sink_that_lost_its_partition_while_it_slept_inserts_nothing(world: World) -> None:
    world.publish(300)
    process = start(world.values)
    wait_until(world.all_arrived, 200)
    source = TopicPartition(world.scored, 0)
    Ledger(connect(target(world)), world.database, {source.topic: "one"}).claim(source, Claim(99, "another"))
    world.publish(300)
    assert process.wait(timeout=200) == 2
    assert process.stderr is not None
    assert "Another process has taken" in process.stderr.read()
    process.stderr.close()
    assert world.number("SELECT count() FROM claim_event") < world.claims
    run_until(world, world.all_arrived)
    world.check()


def test_an_unknown_record_stops_the_sink_and_names_the_range(world: World) -> None:
    world.broker.publish(world.scored, [b"not an event"])
    world.broker.publish(world.dead, dead_letter_messages(2))
    process = start(world.values)
    assert process.wait(timeout=200) == 2
    assert process.stderr is not None
    message = process.stderr.read()
    process.stderr.close()
    assert f"offset 0 of {world.scored}/0 (range 0-0)" in message
    assert "not an event" not in message
    assert world.number("SELECT count() FROM claims_header") == 0


class Faulty:
    """A client whose answers get lost: the insert is applied, the caller sees a timeout."""

    def __init__(self, client: Client, before: bool) -> None:
        self._client = client
        self._before = before
        self._failed: set[str] = set()

    def insert_arrow(self, table: str, rows: Any, settings: dict[str, Any]) -> None:
        fail = table not in self._failed
        self._failed.add(table)
        if fail and self._before:
            msg = "connection lost before the insert"
            raise OperationalError(msg)
        self._client.insert_arrow(table, rows, settings=settings)
        if fail:
            msg = "timed out after the insert"
            raise OperationalError(msg)


@pytest.mark.parametrize("before", [True, False])
def test_an_insert_that_timed_out_is_not_doubled_by_its_retry(world: World, before: bool) -> None:
    values = scored_messages([scored_event(n) for n in range(200)])
    bucket = Bucket(0.0, list(values), list(range(200)), [1_772_323_200_000] * 200)
    source = TopicPartition("claims.scored", 0)
    tables = build_tables(routes(SinkConfig(""), CheckedInIds())["claims.scored"], source, bucket, NothingKnown())
    faulty: Any = Faulty(connect(target(world)), before)
    waits: list[float] = []
    with_retries(
        lambda: insert_tables(faulty, tables, token_maker("one", source, bucket)),
        "the range",
        Backoff(0.1, 1.0),
        lambda _error, seconds: waits.append(seconds),
    )
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    Ledger(connect(target(world)), "g", {"claims.scored": "one"}).done([(source, bucket.span, Claim(1, "o"))])
    world.claims = 200
    world.check()


def target(world: World) -> ClickHouseTarget:
    return ClickHouseTarget(port=world.server.port, database=world.database)


def test_rows_the_store_refuses_stop_the_sink(world: World) -> None:
    world.client.command("ALTER TABLE claims_line DROP COLUMN units")
    world.publish(10)
    process = start(world.values)
    assert process.wait(timeout=200) == 2
    assert process.stderr is not None
    message = process.stderr.read()
    process.stderr.close()
    assert f"ClickHouse refuses the range 0-4 of {world.scored}/" in message
    assert world.number("SELECT countIf(state = 'done' AND topic LIKE '%scored') FROM sink_ranges") == 0


def test_a_table_without_a_deduplication_window_stops_the_start(world: World) -> None:
    client = connect(target(world))
    check_deduplication(client)
    client.command("ALTER TABLE kpi_daily MODIFY SETTING non_replicated_deduplication_window = 1")
    with pytest.raises(DeduplicationError, match="kpi_daily remembers 1 inserts"):
        check_deduplication(client)


def test_the_ledger_finds_the_open_intent_and_the_owner(world: World) -> None:
    ledger = Ledger(connect(target(world)), "g", {"t": "one"})
    other_log = Ledger(connect(target(world)), "g", {"t": "two"})
    source = TopicPartition("t", 3)
    assert ledger.read(source).claim is None
    ledger.claim(source, Claim(1, "a"))
    ledger.intend([(source, OffsetRange(0, 9, 10), Claim(1, "a"))])
    ledger.done([(source, OffsetRange(0, 9, 10), Claim(1, "a"))])
    ledger.intend([(source, OffsetRange(10, 19, 8), Claim(1, "a"))])
    ledger.claim(source, Claim(2, "b"))
    known = ledger.read(source)
    assert (known.claim, known.done_until, known.open_intent) == (Claim(2, "b"), 9, OffsetRange(10, 19, 8))
    assert ledger.claims() == {source: Claim(2, "b")}
    assert other_log.read(source).done_until is None
    ledger.done([(source, OffsetRange(10, 19, 8), Claim(2, "b"))])
    assert ledger.read(source).open_intent is None


def test_the_committed_offset_follows_the_ledger(world: World) -> None:
    world.publish(100)
    run_until(world, world.all_arrived)
    from confluent_kafka import Consumer  # noqa: PLC0415 - only here

    consumer = Consumer({"bootstrap.servers": world.broker.address, "group.id": world.database})
    partitions = [KafkaPartition(world.scored, p) for p in range(PARTITIONS)]
    assert [p.offset for p in consumer.committed(partitions, timeout=10)] == [50, 50]
    consumer.close()


def test_fatal_errors_are_stream_errors() -> None:
    with pytest.raises(FatalStreamError):
        with_retries(_refuse, "x", Backoff(0, 0), lambda *_: None)


def _refuse() -> None:
    from clickhouse_connect.driver.exceptions import DatabaseError  # noqa: PLC0415 - only here

    msg = "no"
    raise DatabaseError(msg, code=53, name="TYPE_MISMATCH")
