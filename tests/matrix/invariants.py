"""What holds after everything that can happen: the one set of invariants of the failure matrix and of the soak."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

from confluent_kafka import Consumer, Message, TopicPartition

from claimstream.settings import Settings
from claimstream.sink_process import sink_topics
from loadtest.watch import event_id_of
from schemas.codec import ColumnarDecoder
from schemas.contracts import DEAD_LETTER
from schemas.registry import CheckedInIds, SchemaIds
from sink.config import ClickHouseTarget, SinkConfig
from sink.differences import differing_rows, rollups
from sink.reconcile import reconcile
from sink.topic_events import stored_events
from streams.state.rocks import RocksStore
from streams.topics import DEAD_LETTERS, HISTORY, SCORED, SUBMITTED
from tests.e2e.system import System, read_committed

IDS = CheckedInIds()
GROUP = "claimstream.claims"
CANARY = re.compile(rb"ZZ(?:CANARY|TEST|MEMBER|ACCT|INSURED)")
"""Marks in everything that the synthetic claims seal, and in the poison that tests make."""

_STARTED = re.compile(r'\{[^{}]*"event": "started"[^{}]*\}')

Place = tuple[int, int]
"""Partition and offset of a submitted claim."""


def assert_invariants(system: System, ids: SchemaIds = IDS) -> None:
    """Assert all of them, after the work is done; stages may run or have ended, `ids` are those they write with."""
    inputs = system.committed(SUBMITTED.name)
    results, letters = system.committed(SCORED.name), system.committed(DEAD_LETTERS.name)
    assert_one_answer_each(inputs, results, letters, ids)
    assert committed_offsets(system) == _ends(inputs), "the stage has not committed what it has answered"
    assert_stores_are_prefixes(system)
    assert_no_canary(system, results, letters)
    if system.clickhouse is not None:
        assert_clickhouse_agrees(system, results, len(letters))


def assert_one_answer_each(
    inputs: list[Message], results: list[Message], letters: list[Message], ids: SchemaIds = IDS
) -> None:
    """One result or one dead letter for each input, and no event id twice under read_committed."""
    given_up = _places_given_up(letters, ids)
    expected = Counter(event_id_of(m.value()) for m in inputs if (m.partition(), m.offset()) not in given_up)
    found = Counter(event_id_of(m.value()) for m in results)
    repeated = [event for event, count in found.items() if count > 1]
    assert not repeated, f"{len(repeated)} event ids stand on {SCORED.name} more than once"
    assert len(given_up) == sum(given_up.values()), "a dead letter was written twice"
    missing, foreign = expected - found, found - expected
    assert not missing, f"{len(missing)} of {len(inputs)} claims have no result"
    assert not foreign, f"{len(foreign)} results belong to no claim"


def assert_commits_are_covered(system: System) -> None:
    """No offset is committed whose claim has no answer yet; may be asked at any moment, even while all works."""
    committed = committed_offsets(system)
    results, letters = system.committed(SCORED.name), system.committed(DEAD_LETTERS.name)
    inputs = [m for m in system.committed(SUBMITTED.name) if m.offset() < committed.get(m.partition(), 0)]
    answered = {event_id_of(m.value()) for m in results}
    given_up = _places_given_up(letters)
    open_claims = [
        m for m in inputs if (m.partition(), m.offset()) not in given_up and event_id_of(m.value()) not in answered
    ]
    assert not open_claims, f"{len(open_claims)} claims count as read and have no answer"


def _places_given_up(letters: list[Message], ids: SchemaIds = IDS) -> Counter[Place]:
    frame = ColumnarDecoder(DEAD_LETTER, ids).decode([m.value() for m in letters]).frame
    mine = frame.filter(frame["source_topic"] == SUBMITTED.name)
    return Counter(zip(mine["source_partition"], mine["source_offset"], strict=True))


def committed_offsets(system: System, group: str = GROUP) -> dict[int, int]:
    """Return the committed offset of each partition of the claims that has one."""
    # A reader of committed records would wait for a transaction that is open; here the offsets before it count.
    settings = {"bootstrap.servers": system.broker.bootstrap, "group.id": group}
    consumer = Consumer({**settings, "isolation.level": "read_uncommitted"})
    try:
        count = system.broker.partition_count(SUBMITTED.name)
        found = consumer.committed([TopicPartition(SUBMITTED.name, p) for p in range(count)], timeout=10)
        return {place.partition: place.offset for place in found if place.offset >= 0}
    finally:
        consumer.close()


def _ends(inputs: list[Message]) -> dict[int, int]:
    ends: dict[int, int] = {}
    for message in inputs:
        ends[message.partition()] = max(ends.get(message.partition(), 0), message.offset() + 1)
    return ends


def state_folders(system: System) -> list[Path]:
    """Return the folder of every store of every slot."""
    return [folder for folder in (system.folder / "state").glob("*/*") if folder.is_dir()]


def assert_stores_are_prefixes(system: System) -> None:
    """Each store holds exactly the fold of the committed changelog up to its own position.

    Stores of a stage that runs are locked; they are asked once it has ended.
    """
    running = {name for name, process in system.processes.items() if process.poll() is None}
    log = system.committed(HISTORY.name)
    for folder in state_folders(system):
        if f"claims-{folder.parent.name}" in running:
            continue
        store = RocksStore(folder)
        found, position = dict(store.items()), store.position
        store.close()
        end = position.next_offset if position else 0
        folded: dict[bytes, bytes] = {}
        for record in log:
            if record.partition() != int(folder.name) or record.offset() >= end:
                continue
            if record.value() is None:
                folded.pop(record.key(), None)
            else:
                folded[record.key()] = record.value()
        assert found == folded, f"store {folder} is not the fold of its changelog up to {end}"


def assert_clickhouse_agrees(system: System, results: list[Message], letters: int) -> None:
    """Counts equal unique events, rollups equal sums, and every event of every topic is there."""
    assert system.clickhouse is not None
    target = ClickHouseTarget(port=system.clickhouse.port)
    settings = Settings(kafka_bootstrap_servers=system.broker.bootstrap)
    config = SinkConfig(system.broker.bootstrap, clickhouse=target, contracts=sink_topics(settings))
    with system.clickhouse.client(database=target.database) as client:
        system.wait_until(
            # ClickHouse shows the rows of an insert a moment before those its views make of them.
            lambda: all(
                differing_rows(client, one, [one.table], [f"({query})" for query in one.queries.values()]) == 0
                for one in rollups(client, target.database)
            ),
            "rollups that equal their events",
        )
        drift = [check for check in reconcile(client, stored_events(config, client, IDS)) if check.drift]
    assert drift == []
    counts = "SELECT count(), uniqExact(event_id) FROM {}"
    claims = len({m.key() for m in results})  # a claim that was submitted again has one row, that of its latest event
    assert system.query(counts.format("claims_header FINAL")) == [(claims, claims)]
    assert system.query(counts.format("dead_letters")) == [(letters, letters)]
    # A claim that was submitted again is taken back in the statements of its earlier event and stated anew.
    scored = "SELECT uniqExact(event_id), sum(claims_delta) FROM claim_event WHERE event_type = 'scored'"
    found = system.query(scored)
    assert found == [(len(results), claims)], (found, len(results), claims)
    if claims == len(results):
        assert system.query("SELECT count() FROM claim_event WHERE event_type = 'scored'") == [(claims,)]


def assert_no_canary(system: System, results: list[Message], letters: list[Message]) -> None:
    """Nothing that identifies a patient is in logs, metrics, headers, results or dead letters."""
    for name in system.processes:
        assert not CANARY.search(system.log(name).encode()), f"{name}.log tells what is sealed"
    for name, port in metrics_ports(system).items():
        assert not CANARY.search(_scraped(port)), f"the metrics of {name} tell what is sealed"
    for message in (*results, *letters):
        headers = b" ".join(value for _, value in message.headers() or ())
        said = b" ".join((message.key() or b"", message.value() or b"", headers))
        assert not CANARY.search(said), f"{message.topic()} tells what is sealed"


def metrics_ports(system: System) -> dict[str, int]:
    """Return the port of the metrics of each process that runs, as its log tells."""
    ports: dict[str, int] = {}
    for name, process in system.processes.items():
        if process.poll() is not None:
            continue
        for told in _STARTED.findall(system.log(name)):  # whatever stands before: a killed process ends anywhere
            ports[name] = json.loads(told)["port"]
    return ports


def _scraped(port: int) -> bytes:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            found: bytes = answer.read()
    except urllib.error.URLError:
        return b""
    return found


def workqueue_records(system: System, queue: str) -> list[Message]:
    """Return what a read_committed reader sees of a workqueue."""
    return read_committed(system.broker, f"workqueue.{queue}")
