"""Rows 23 to 27: ClickHouse is away or refuses; the sink dies, sleeps, hands over, or could not keep its promise."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError
from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as KafkaPartition

from schemas.registry import CheckedInIds
from sink.buckets import Bucket
from sink.checks import DeduplicationError, check_deduplication
from sink.config import SinkConfig
from sink.ledger import Ledger
from sink.migrate import migrate
from sink.ranges import Claim, OffsetRange, TopicPartition
from sink.reconcile import reconcile
from sink.retries import Backoff, with_retries
from sink.rows.events import NothingKnown
from sink.writer import build_tables, connect, routes, token_maker
from tests.clickhouse import EmbeddedClickHouse, insert_tables, served, wait_until
from tests.matrix.sink_world import PARTITIONS, Server, Topics, World, ended, run_until, stop, target
from tests.scored_events import dead_letter_messages, scored_event, scored_messages
from tests.sink_process import start

pytestmark = pytest.mark.kafka

DONE = "SELECT count() FROM sink_ranges WHERE state = 'done'"
TOO_MANY_PARTS = 252


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def world(server: Server, kafka_bootstrap: str) -> Iterator[World]:
    database = f"s_{uuid4().hex[:12]}"
    topics = Topics(kafka_bootstrap, [f"{database}.{name}" for name in ("scored", "dead", "lineages")])
    with server.client(autogenerate_session_id=False) as client:
        migrate(client, database)
        yield World(server, topics, client, database)
        client.command(f"DROP DATABASE `{database}`")


def own(world: World) -> subprocess.Popen[str]:
    """Return the process of the embedded ClickHouse, or skip: a server of somebody else is not to be stopped."""
    if not isinstance(world.server, EmbeddedClickHouse) or world.server.process is None:
        pytest.skip("stops ClickHouse, so only the embedded one")
    return world.server.process


def test_row_23_a_store_that_dies_delays_records_and_loses_none(world: World) -> None:
    own(world)
    world.publish(600)
    process = start(world.values)
    wait_until(lambda: world.number(DONE) > 0)
    assert isinstance(world.server, EmbeddedClickHouse)
    world.server.stop(signal.SIGKILL)
    world.publish(600)
    world.server.start()
    wait_until(world.all_arrived, 200)
    assert stop(process) == 0
    world.check()


def test_row_23_a_store_that_stands_still_delays_records_and_doubles_none(world: World) -> None:
    store = own(world)
    world.publish(300)
    values = {**world.values, "clickhouse": {**world.values["clickhouse"], "timeout_s": 1}}
    process = start(values)
    wait_until(lambda: world.number(DONE) > 0)
    store.send_signal(signal.SIGSTOP)  # takes requests in and answers none
    world.publish(600)
    time.sleep(4)
    assert process.poll() is None
    store.send_signal(signal.SIGCONT)
    wait_until(world.all_arrived, 200)
    assert stop(process) == 0
    world.check()


def rss_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def test_row_23_what_waits_for_the_store_waits_on_the_broker_and_not_in_memory(world: World) -> None:
    store = own(world)
    world.publish(300)
    process = start({**world.values, "kafka": {"queued.max.messages.kbytes": 1_024}})
    wait_until(world.all_arrived, 200)
    store.send_signal(signal.SIGSTOP)
    values = scored_messages([scored_event(n) for n in range(1_000, 2_000)])
    before = rss_mib(process.pid)
    sent = 0
    while sent < 60 << 20:
        world.topics.publish(world.scored, values * 10)
        sent += 10 * sum(map(len, values))
    time.sleep(1)
    grown = rss_mib(process.pid) - before
    process.kill()
    store.send_signal(signal.SIGCONT)
    ended(process)
    assert grown < 30, f"{sent >> 20} MiB on the broker made the sink grow by {grown:.0f} MiB"


class Faulty:
    """A client that fails once for each table: before the insert, after it, or because there are too many parts."""

    write_compression = None

    def __init__(self, client: Client, fault: str) -> None:
        self._client = client
        self._fault = fault
        self._failed: set[str] = set()

    def raw_insert(self, table: str, columns: list[str], block: Any, settings: dict[str, Any], fmt: str) -> None:
        fails = table not in self._failed
        self._failed.add(table)
        if fails and self._fault == "before":
            msg = "connection lost before the insert"
            raise OperationalError(msg)
        if fails and self._fault == "too many parts":
            msg = "merges do not keep up"
            raise DatabaseError(msg, code=TOO_MANY_PARTS, name="TOO_MANY_PARTS")
        self._client.raw_insert(table, columns, block, settings=settings, fmt=fmt)
        if fails and self._fault == "after":
            msg = "timed out after the insert"
            raise OperationalError(msg)


def insert(world: World, client: Any, first: int, count: int) -> None:
    """Insert a range of scored claims as the sink does, with retries that do not wait."""
    values = scored_messages([scored_event(n) for n in range(first, first + count)])
    bucket = Bucket(0.0, list(values), list(range(first, first + count)), [1_772_323_200_000] * count)
    source = TopicPartition("claims.scored", 0)
    tables = build_tables(
        routes(SinkConfig(""), CheckedInIds())["claims.scored"], source, bucket, NothingKnown()
    ).tables
    token_of = token_maker("one", source, bucket)
    with_retries(lambda: insert_tables(client, tables, token_of), "the range", Backoff(0.1, 1.0), lambda *_: None)
    ledger = Ledger(connect(target(world)), "g", {"claims.scored": "one"})
    ledger.done([(source, bucket.span, Claim(1, "o"))])


@pytest.mark.parametrize("fault", ["before", "after", "too many parts"])
def test_row_23_an_insert_that_failed_or_only_seemed_to_is_repeated_and_not_doubled(world: World, fault: str) -> None:
    insert(world, Faulty(connect(target(world)), fault), 0, 200)
    world.claims = 200
    world.check()


@pytest.mark.parametrize("failpoint", ["before_intent", "after_intent", "after_insert", "after_done"])
def test_row_24_a_sink_that_dies_anywhere_neither_loses_nor_doubles_a_record(world: World, failpoint: str) -> None:
    world.publish(600)
    for nth in (2, 1):  # the second run dies while it repairs what the first one left
        assert ended(start(world.values, f"{failpoint}:{nth}"))[0] == -signal.SIGKILL
        if nth > 1:
            world.publish_again(200)
    world.publish(300)
    run_until(world, world.all_arrived)
    world.check()


def test_row_25_two_sinks_hand_partitions_over_with_buckets_open_and_an_intent_unfinished(world: World) -> None:
    world.publish(400)
    slow = {**world.values, "limits": {"max_records": 150, "linger_s": 3.0, "quiet_s": 3.0}}
    first = start(slow, "after_intent:3")
    wait_until(lambda: world.number(DONE) > 0)
    second = start(slow)
    world.publish(400)
    assert ended(first)[0] == -signal.SIGKILL
    wait_until(lambda: world.number("SELECT uniqExact(owner) FROM sink_ranges WHERE state = 'done'") == 2, 200)
    third = start(slow)
    world.publish(400)  # leaves buckets open that are not full when the second one ends
    assert stop(second) == 0
    wait_until(world.all_arrived, 200)
    assert stop(third) == 0
    world.check()


def test_row_25_a_sink_that_lost_its_partition_while_it_slept_inserts_nothing(world: World) -> None:
    world.publish(300)
    process = start(world.values)
    wait_until(world.all_arrived, 200)
    source = TopicPartition(world.scored, 0)
    Ledger(connect(target(world)), world.database, {source.topic: "one"}).claim(source, Claim(99, "another"))
    world.publish(300)
    code, said = ended(process)
    assert code == 2
    assert "Another process has taken" in said
    assert world.number("SELECT count() FROM claim_event") < world.claims
    run_until(world, world.all_arrived)
    world.check()


def test_row_26_a_table_without_a_deduplication_window_stops_the_start(world: World) -> None:
    client = connect(target(world))
    check_deduplication(client)
    client.command("ALTER TABLE kpi_daily MODIFY SETTING non_replicated_deduplication_window = 1")
    with pytest.raises(DeduplicationError, match="kpi_daily remembers 1 inserts"):
        check_deduplication(client)
    code, said = ended(start(world.values))
    assert code == 2
    assert "kpi_daily remembers 1 inserts" in said


def test_row_26_past_the_window_a_repeated_insert_leaves_state_right_and_is_found_by_reconciliation(
    world: World,
) -> None:
    client = connect(target(world))
    client.command("ALTER TABLE claim_event MODIFY SETTING non_replicated_deduplication_window = 1")
    insert(world, client, 0, 100)
    insert(world, client, 100, 100)
    assert [check for check in reconcile(client) if check.drift] == []
    insert(world, client, 0, 100)  # forgotten by claim_event, known to all others
    assert world.number("SELECT count() FROM claim_event") == 300
    assert world.number("SELECT count() FROM claims_header FINAL") == 200
    assert world.number("SELECT count() FROM claims_line FINAL") == 600
    drifting = {check.kind for check in reconcile(client) if check.drift}
    assert "statements" in drifting


def test_row_27_rows_the_store_refuses_stop_the_sink_at_their_range_and_none_is_skipped(world: World) -> None:
    world.client.command("ALTER TABLE claims_line DROP COLUMN units")
    world.publish(10)
    code, said = ended(start(world.values))
    assert code == 2
    assert re.search(rf"ClickHouse refuses the range (2-6|0-4) of {world.scored}/[01] with code \d+", said), said
    assert world.number("SELECT countIf(state = 'done' AND topic LIKE '%scored') FROM sink_ranges") == 0
    world.client.command("ALTER TABLE claims_line ADD COLUMN units Float64")
    run_until(world, world.all_arrived)
    world.check()


def test_row_27_a_damaged_record_becomes_one_dead_letter_and_all_others_rows(world: World) -> None:
    world.publish(100)
    world.topics.publish(world.scored, [b"not an event", scored_messages([scored_event(0)])[0][:-9]], [0, 0])
    world.publish(100)
    assert ended(start(world.values, "after_insert:1"))[0] == -signal.SIGKILL  # a range is inserted a second time
    run_until(world, lambda: world.number("SELECT sum(records) FROM sink_ranges WHERE state = 'done'") == 222)
    letters = (
        "SELECT source_offset, event_id, reason FROM dead_letters FINAL WHERE source = 'sink' ORDER BY source_offset"
    )
    found = world.client.query(letters).result_rows
    assert [event_id for _, event_id, _ in found] == [f"{world.scored}/0/{offset}" for offset, _, _ in found]
    assert len(found) == 2
    assert not any("not an event" in reason for _, _, reason in found)
    assert world.number("SELECT count() FROM dead_letters") == world.letters + 2
    assert world.number("SELECT count() FROM claims_header FINAL") == world.claims == 200
    assert [check for check in reconcile(world.client) if check.drift] == []


def test_row_27_a_record_of_an_unknown_schema_stops_the_sink_and_names_the_range(world: World) -> None:
    world.topics.publish(world.scored, [b"\x00\x00\x0f\x42\x40not an event"])
    world.topics.publish(world.dead, dead_letter_messages(2))
    code, said = ended(start(world.values))
    assert code == 2
    assert f"of {world.scored}/0 (range " in said
    assert "not an event" not in said
    assert world.number("SELECT count() FROM claims_header") == 0


def test_row_24_the_ledger_finds_the_open_intent_and_the_owner(world: World) -> None:
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


def test_row_24_the_committed_offset_follows_the_ledger(world: World) -> None:
    world.publish(100)
    run_until(world, world.all_arrived)
    consumer = Consumer({"bootstrap.servers": world.topics.bootstrap, "group.id": world.database})
    partitions = [KafkaPartition(world.scored, p) for p in range(PARTITIONS)]
    ends = [consumer.get_watermark_offsets(p, timeout=10)[1] for p in partitions]
    # The last record of each partition is the marker of its transaction.
    assert [p.offset for p in consumer.committed(partitions, timeout=10)] == [end - 1 for end in ends]
    consumer.close()
