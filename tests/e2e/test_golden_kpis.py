"""The golden set on Apache Kafka: correlation and sink as processes, events in any order, KPIs as worked by hand.

Then what operators have for proof: `sink reconcile` and `sink rebuild` agree, and exit 3 where something is planted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer

from schemas.codec.records import encode_record
from schemas.contracts import WORKQUEUE_CASE
from tests.e2e.system import System, read_committed
from tests.golden.compare import ask, cell_differences, table_differences
from tests.golden.run import IDS, TENANT, shuffled, told
from tests.unit.correlation.events import complete

pytestmark = pytest.mark.kafka
OF_QUEUES = frozenset({"sla_compliance"})
"""Depends on what correlation puts into queues, also because of the order in which events arrive."""


def test_the_running_system_says_what_was_worked_by_hand(system: System) -> None:
    system.start_clickhouse()
    events = [(contract, event) for contract, event in shuffled(told(), seed=3) if contract is not WORKQUEUE_CASE]
    producer = Producer(system.broker.transactional_config("golden"))
    producer.init_transactions(30)
    producer.begin_transaction()
    for contract, event in events:
        key = f"{event['tenant_id']}|{event.get('claim_id') or event['event_id']}"
        producer.produce(contract.name, encode_record(contract, IDS, complete(contract, event)), key)
    producer.commit_transaction(30)
    system.start("correlation-0", "run", "correlation", "--slot", "0", CORRELATION_EVENT_TIME="true")
    system.start_sink()
    assert system.clickhouse is not None
    with system.clickhouse.client(database="claimstream") as client:
        # Only the first difference is looked for: asking every KPI again and again would keep the machine busy.
        system.wait_until(lambda: next(differences(client), None) is None, "KPIs as worked by hand")
        system.wait_until(lambda: bool(ask(client, TENANT, "sla_compliance")), "items of the queues")
        prove_that_tables_and_topics_agree(system, client)


def differences(client: Client) -> Iterator[str]:
    """Yield where the database differs from what was worked, in sum and for every bill: the tenants arrive mixed."""
    yield from table_differences(client, OF_QUEUES)
    yield from cell_differences(client, OF_QUEUES)


def prove_that_tables_and_topics_agree(system: System, client: Client) -> None:
    """A rebuild of the live system agrees with it; in a reconciliation what is planted differs alone."""
    system.terminate("correlation-0")
    topics = [topic for (topic,) in client.query("SELECT DISTINCT topic FROM sink_ranges").result_rows]
    sent = len(read_committed(system.broker, *topics))
    done = "SELECT sum(records) FROM sink_ranges WHERE state = 'done'"
    system.wait_until(lambda: client.query(done).result_rows[0][0] >= sent, "sink at the end of its topics")
    assert list(differences(client)) == [], "what came last was counted too often"
    said(system, "rebuild", "--database", "anew")
    rebuilt = "SELECT sum(records) FROM anew.sink_ranges WHERE state = 'done' AND group_id = 'claimstream-sink'"
    assert client.query(rebuilt).result_rows[0][0] == sent
    client.command("INSERT INTO kpi_daily SELECT * FROM kpi_daily LIMIT 1")
    client.command(
        "ALTER TABLE payments DELETE WHERE event_id = (SELECT min(event_id) FROM payments)",
        settings={"mutations_sync": 2},
    )
    checks = said(system, "reconcile", code=3)
    assert {check["kind"] for check in checks} == {"topics", "rollups", "statements", "lineages", "volumes"}
    drifting = {(check["kind"], check["what"]) for check in checks if check["drift"]}
    assert drifting == {("rollups", "kpi_daily against claim_event"), ("topics", "remits.received")}


def said(system: System, *command: str, code: int = 0) -> list[dict[str, Any]]:
    """Return the comparisons that a command of the sink makes; it exits 3 where one differs, and only there."""
    checks: list[dict[str, Any]] = json.loads(system.run("sink", *command, "--json", code=code))["checks"]
    assert any(check["drift"] for check in checks) == bool(code)
    return checks
