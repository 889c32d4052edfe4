"""Reconciliation finds what is lost, doubled or different; a rebuild from the topics gives the same sums."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from schemas.codec import ColumnarDecoder
from schemas.contracts import (
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    CLAIMS_SCORED,
    REMITS_RECEIVED,
    WORKQUEUE_CASE,
    Contract,
)
from schemas.errors import BadInputError
from schemas.registry import CheckedInIds
from sink import rebuild as rebuild_module
from sink.config import BatchLimits, ClickHouseTarget, SinkConfig
from sink.consumer import run_sink
from sink.differences import rollups
from sink.migrate import migrate
from sink.observer import RangeReport
from sink.rebuild import compare, rebuild
from sink.reconcile import Check, reconcile
from sink.rows import Positions
from sink.rows.lineage import lineage_tables
from sink.topic_events import stored_events
from tests.clickhouse import EmbeddedClickHouse, insert_tables, wait_until
from tests.correlation_events import adjudicated, blank, lineage, messages
from tests.scored_events import scored_event, scored_messages

IDS = CheckedInIds()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    embedded = EmbeddedClickHouse(tmp_path_factory.mktemp("clickhouse")).start()
    yield embedded
    assert embedded.stop() == 0


class Live:
    """A broker with topics, a database, and a sink that has read them."""

    def __init__(self, server: EmbeddedClickHouse) -> None:
        self.database = f"r_{uuid4().hex[:12]}"
        self.producer = Producer({"test.mock.num.brokers": 1})
        broker = next(iter(self.producer.list_topics(timeout=10).brokers.values()))
        self.client = server.client(autogenerate_session_id=False)
        migrate(self.client, self.database)
        self.config = SinkConfig(
            f"{broker.host}:{broker.port}",
            group_id=self.database,
            clickhouse=ClickHouseTarget(port=server.port, database=self.database),
            limits=BatchLimits(max_records=70, linger_s=0.1),
            log_id="one",
            contracts={
                name: name for name in ("claims.scored", "claims.lineage", "claims.adjudicated", "remits.received")
            }
            | {"workqueue.takeback": WORKQUEUE_CASE.name},
        )
        self.published = 0

    def publish(
        self, contract: Contract, values: Sequence[bytes | None], topic: str = "", key: bytes | None = None
    ) -> None:
        for value in values:
            self.producer.produce(topic or contract.name, value, key=key, partition=0)
        assert self.producer.flush(10) == 0
        self.published += len(values)

    def run(self) -> None:
        stop = threading.Event()
        thread = threading.Thread(target=run_sink, args=(self.config, stop))
        thread.start()
        done = f"SELECT sum(records) FROM {self.database}.sink_ranges WHERE state = 'done'"  # noqa: S608 - own names
        wait_until(lambda: self.client.query(done).result_rows[0][0] >= self.published, 120)
        stop.set()
        thread.join(60)

    def checks(self) -> list[Check]:
        return list(reconcile(self.client, stored_events(self.config, self.client, IDS)))


def events_of_lineages(count: int) -> list[dict[str, Any]]:
    sent = datetime(2026, 3, 2, tzinfo=UTC)
    made = []
    for n in range(count):
        made += [lineage(n, as_of=sent), lineage(n, 1, -1, as_of=sent)]
        made += [
            lineage(
                n, 2, as_of=sent, net_paid_cents=8_000, first_outcome="paid", first_adjudicated_on=date(2026, 3, 20)
            )
        ]
    return made


@pytest.fixture
def live(server: EmbeddedClickHouse) -> Iterator[Live]:
    made = Live(server)
    claims = [
        scored_event(n, tenant_id="tenant-0", billing_npi="npi", patient_control_token=f"pc-{n}") for n in range(200)
    ]
    made.publish(CLAIMS_SCORED, [*scored_messages(claims), *scored_messages(claims[:50])])  # 50 scored again
    states = messages(CLAIMS_LINEAGE, events_of_lineages(200))
    made.publish(CLAIMS_LINEAGE, [*states, *states[:30]])  # 30 repeated
    paid = messages(CLAIMS_ADJUDICATED, [adjudicated(n) for n in range(200)])
    made.publish(CLAIMS_ADJUDICATED, [*paid, *paid])
    remits = [
        blank(REMITS_RECEIVED) | {"tenant_id": "tenant-0", "event_id": f"remit-{n}", "kind": "claim"}
        for n in range(200)
    ]
    made.publish(REMITS_RECEIVED, messages(REMITS_RECEIVED, remits))
    case = blank(WORKQUEUE_CASE) | {
        "tenant_id": "tenant-0",
        "lineage_id": "npi:pc-1:P",
        "queue": "takeback",
        "event_id": "c",
    }
    made.publish(WORKQUEUE_CASE, messages(WORKQUEUE_CASE, [case]), "workqueue.takeback")
    made.publish(WORKQUEUE_CASE, [None], "workqueue.takeback", b"tenant-0|npi:pc-1:P")
    made.run()
    yield made
    made.client.command(f"DROP DATABASE `{made.database}`", use_database=False)
    made.client.close()


def test_what_was_repeated_and_scored_again_counts_once_and_everything_agrees(live: Live) -> None:
    checks = live.checks()
    assert [check for check in checks if check.drift] == []
    assert {check.kind for check in checks} == {"topics", "rollups", "statements", "lineages", "volumes"}
    rows = live.client.query("SELECT sum(claims) FROM kpi_screening_daily").result_rows
    assert rows == [(200,)]
    assert live.client.query("SELECT kind FROM workqueue_events ORDER BY kind").result_rows == [("ended",), ("stated",)]


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("ALTER TABLE payments DELETE WHERE event_id = 'remit-7'", "topics"),
        ("INSERT INTO kpi_daily SELECT * FROM kpi_daily LIMIT 1", "rollups"),
        ("INSERT INTO claim_event SELECT * FROM claim_event WHERE event_type = 'lineage' LIMIT 1", "statements"),
        ("ALTER TABLE claim_lineage DELETE WHERE lineage_id = 'npi:pc-7:P'", "lineages"),
        ("ALTER TABLE adjudication DELETE WHERE subject_id = 'remit-7'", "volumes"),
    ],
)
def test_damage_is_found(live: Live, damage: str, kind: str) -> None:
    live.client.command(damage, settings={"mutations_sync": 2})
    assert kind in {check.kind for check in live.checks() if check.drift}


def test_a_rebuild_gives_the_same_sums_and_a_ledger_to_go_on_with(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    stops = []

    class Impatient(rebuild_module._UntilQuiet):
        """Takes every range for the last, as when the broker is quiet for long: the rebuild must go on all the same."""

        def range_written(self, report: RangeReport) -> None:
            super().range_written(report)
            self.stop.set()
            stops.append(report.span)

    monkeypatch.setattr(rebuild_module, "_UntilQuiet", Impatient)
    other = f"{live.database}_new"
    made = rebuild(live.config, other, IDS)
    assert made.records == live.published
    assert len(stops) > 1
    assert {check.drift for check in made.checks} == {0}
    assert len(made.checks) == len(rollups(live.client, live.database)) >= 7
    with pytest.raises(BadInputError, match="already"):
        rebuild(live.config, other, IDS)
    ranges = (
        f"SELECT max(last_offset) FROM {{}}.sink_ranges WHERE group_id = '{live.database}' AND topic = 'claims.scored'"  # noqa: S608 - own names
    )
    assert (
        live.client.query(ranges.format(other)).result_rows
        == live.client.query(ranges.format(live.database)).result_rows
    )
    live.client.command(f"INSERT INTO {other}.kpi_daily SELECT * FROM {other}.kpi_daily LIMIT 1")  # noqa: S608 - own names
    assert sum(check.drift for check in compare(live.client, live.database, other)) == 1
    live.client.command(f"DROP DATABASE `{other}`", use_database=False)


def test_a_repeated_insert_passes_the_relay_to_the_rollups_once(server: EmbeddedClickHouse) -> None:
    frame = ColumnarDecoder(CLAIMS_LINEAGE, IDS).decode(messages(CLAIMS_LINEAGE, [lineage(1)])).frame
    tables = lineage_tables(frame, Positions(0, [0], [1_772_323_200_000]))
    with server.client(autogenerate_session_id=False) as client:
        migrate(client, "relayed")
        for _ in range(2):
            insert_tables(client, tables, "one/{}".format)
        counted = client.query("SELECT sum(denominator) FROM kpi_daily WHERE kpi = 'fpccr_live' OR kpi = 'days_in_ar'")
        assert client.query("SELECT count() FROM claim_event").result_rows == [(1,)]
        assert counted.result_rows == [(3,)], "once under each of the three splits"
        assert [check for check in reconcile(client) if check.drift] == []
