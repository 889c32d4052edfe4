"""The sink between a real Apache Kafka and one database of its own, for the rows of the matrix that are about it."""

import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from schemas.contracts import CLAIMS_LINEAGE, CLAIMS_SCORED, DEAD_LETTER
from sink.config import ClickHouseTarget
from sink.differences import differing_rows, rollups
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


class Topics:
    """Topics of one test, written in transactions as the stage writes them; between them, some that are aborted.

    Args:
        bootstrap: The broker.
        names: Topics to create.
    """

    def __init__(self, bootstrap: str, names: Sequence[str]) -> None:
        self.bootstrap = bootstrap
        admin = AdminClient({"bootstrap.servers": bootstrap})
        for future in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names]).values():
            future.result()
        self._producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": names[0]})
        self._producer.init_transactions(30)

    def publish(self, topic: str, values: list[bytes], subjects: Sequence[int] | None = None) -> None:
        """Publish; records of one subject go to one partition."""
        self._send(topic, [b"never committed"], [0])
        self._producer.flush(10)
        self._producer.abort_transaction(30)
        self._send(topic, values, subjects or range(len(values)))
        self._producer.commit_transaction(30)

    def _send(self, topic: str, values: list[bytes], subjects: Sequence[int]) -> None:
        self._producer.begin_transaction()
        for number, value in zip(subjects, values, strict=True):
            self._producer.produce(topic, value, partition=number % PARTITIONS)


@dataclass
class World:
    """One database, one pair of topics, and what was published into them."""

    server: Server
    topics: Topics
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
            "bootstrap_servers": self.topics.bootstrap,
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
        self.topics.publish(self.scored, scored_messages(events))
        self.topics.publish(self.dead, dead_letter_messages(self.letters + letters)[self.letters :])
        self.claims += claims
        self.letters += letters

    def publish_again(self, count: int) -> None:
        """Score claims again, with other values, and state their lineages: state, correction, and both repeated."""
        again = [scored_event(n, total_charge_cents=1_000 + n, disposition="ready") for n in range(count)]
        self.topics.publish(self.scored, scored_messages(again))
        states = [
            event
            for n in range(count)
            for event in (lineage(n), lineage(n, 1, -1), lineage(n, 2, net_paid_cents=8_000, open_balance_cents=0))
        ]
        subjects = [n for n in range(count) for _ in range(3)]
        values = messages(CLAIMS_LINEAGE, states)
        self.topics.publish(self.lineages, values, subjects)
        self.topics.publish(self.lineages, values, subjects)
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


def target(world: World) -> ClickHouseTarget:
    return ClickHouseTarget(port=world.server.port, database=world.database)


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    return ended(process)[0]


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end of a sink; returns its exit code and what it said."""
    code = process.wait(timeout=200)
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    return code, said


def run_until(world: World, done: Callable[[], bool], values: dict[str, Any] | None = None) -> None:
    process = start(values or world.values)
    try:
        wait_until(lambda: process.poll() is not None or done(), 200)
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
    finally:
        code = stop(process)
    assert code == 0
