"""The golden set on Apache Kafka: correlation and sink as processes, events in any order, KPIs as worked by hand."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from schemas.codec.records import encode_record
from schemas.contracts import WORKQUEUE_CASE
from tests.e2e.system import System
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
        system.wait_until(lambda: next(table_differences(client, OF_QUEUES), None) is None, "KPIs as worked by hand")
        assert list(cell_differences(client, OF_QUEUES)) == []
        assert ask(client, TENANT, "sla_compliance"), "items of the queues do not arrive"
