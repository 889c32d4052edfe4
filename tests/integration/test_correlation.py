"""Correlation on Apache Kafka: what it says is the fold of what was committed, whatever happens to its workers."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from confluent_kafka import Producer

from processors.correlation.policy import SHIPPED_POLICY
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import ACKS_RECEIVED, ALERTS, CLAIMS_SCORED, WORKQUEUE_ITEM
from streams.topics import LINEAGE
from tests.e2e.system import System
from tests.integration.correlation_system import (
    IDS,
    account,
    assert_state_is_the_fold,
    live_items,
    publish,
    shuffled,
    start_worker,
    wait_for_lineages,
)
from tests.unit.correlation.events import DAY, HOUR, START, ack_999, claim

pytestmark = pytest.mark.kafka

WAIT_US = 30_000_000
"""How long the 999 may take in the test of its deadline: longer than a worker needs to start and fold, microseconds."""


def test_what_it_says_is_the_fold_of_committed_events_in_any_order_and_nothing_of_aborted_ones(system: System) -> None:
    messages = shuffled(range(60), seed=1)
    start_worker(system)
    publish(system, messages, batch=20, aborted=shuffled(range(1000, 1003), seed=2))
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)


def test_an_item_is_listed_worked_and_gone(system: System) -> None:
    start_worker(system)
    publish(system, account(7)[:4])
    queue = "denial.authorization"

    def items() -> list[dict[str, Any]]:
        return live_items(system, queue)

    system.wait_until(lambda: len(items()) == 1, "an item")
    [item] = json.loads(system.run("wq", "tail", queue, "--json"))
    assert item["recoverable_cents"] == 16_000
    system.run("wq", "act", queue, item["lineage_id"], "claim", "--actor", "s7")
    system.wait_until(lambda: items()[0]["owner"] == "s7", "an owner")
    done = ("done", "--actor", "s7", "--outcome", "written_off", "--note", "spoke with ZZCANARY")
    said = json.loads(system.run("wq", "act", queue, item["lineage_id"], *done, "--json"))
    system.wait_until(lambda: items() == [], "an empty queue")
    assert b"ZZCANARY" not in b"".join(m.value() for m in system.committed("workqueue.actions"))
    system.run("wq", "act", queue, item["lineage_id"], "undo", "--actor", "s7", "--undoes", said["event_id"])
    system.wait_until(lambda: len(items()) == 1, "the item again")


def test_an_item_before_submission_is_worked_by_its_claim_id_leaves_and_comes_back(system: System) -> None:
    start_worker(system)
    queued: dict[str, Any] = {"queue": "edit_fix", "disposition": "rejected", "priority": 7}
    event = claim(1, START, **queued)
    item = {"event_id": "claim-1", "created_at": START, **{name: event[name] for name in WORKQUEUE_ITEM.field_names
            if name in event and name not in ("event_id", "created_at")}}  # fmt: skip
    item |= {"top_reason": None, "rule_ids": ["a"]}
    producer = Producer({"bootstrap.servers": system.broker.bootstrap})
    producer.produce("workqueue.edit_fix", encode_record(WORKQUEUE_ITEM, IDS, item), "t1|c1")
    producer.flush(10)
    publish(system, [(CLAIMS_SCORED, event)])

    def items() -> list[dict[str, Any]]:
        return live_items(system, "edit_fix")

    assert [one["claim_id"] for one in json.loads(system.run("wq", "tail", "edit_fix", "--json"))] == ["c1"]
    done = ("done", "--actor", "s7", "--outcome", "corrected", "--json")
    said = json.loads(system.run("wq", "act", "edit_fix", "c1", *done))
    system.wait_until(lambda: items() == [], "an empty queue")
    system.run("wq", "act", "edit_fix", "c1", "undo", "--actor", "s7", "--undoes", said["event_id"])
    system.wait_until(lambda: [one["priority"] for one in items()] == [7], "the item again")
    publish(system, [(CLAIMS_SCORED, claim(2, START + DAY, frequency_code="7"))])
    system.wait_until(lambda: items() == [], "an empty queue after the correction")


def test_a_missing_999_is_one_alert_at_its_due_time_though_the_worker_dies_while_it_waits(system: System) -> None:
    site = system.folder / "site"
    site.mkdir()
    policy = yaml.safe_load(SHIPPED_POLICY.read_text(encoding="utf-8"))
    policy["deadlines"]["ack_999_hours"] = WAIT_US / HOUR
    policy |= {"payers": {}, "clearinghouses": {}}
    (site / "correlation.yaml").write_text(yaml.safe_dump(policy), encoding="utf-8")
    wall = {"CORRELATION_EVENT_TIME": "false", "CLAIMSTREAM_CORRELATION": str(site)}
    start_worker(system, 0, **wall)
    submitted = round(time.time() * 1_000_000)
    publish(system, [(CLAIMS_SCORED, {**claim(1, submitted), "set_token": "set-1"})])
    system.wait_until(lambda: bool(system.committed(LINEAGE.name)), "the claim in its lineage")
    system.kill("correlation-0")
    assert time.time() * 1_000_000 < submitted + WAIT_US, "killed too late to say anything; the machine is too slow"

    def alerts() -> list[tuple[str, int, int, int | None]]:
        rows = [decode_record(ALERTS, IDS, m.value()) for m in system.committed(ALERTS.name)]
        assert {row["kind"] for row in rows} <= {"missing_999"}
        return [(row["state"], row["revision"], micros(row["opened_at"]), micros(row["resolved_at"])) for row in rows]

    assert not alerts()
    start_worker(system, 0, **wall)
    system.wait_until(lambda: bool(alerts()), "the alert")
    assert alerts() == [("opened", 1, submitted + WAIT_US, None)]
    [alert] = system.committed(ALERTS.name)
    assert alert.timestamp()[1] * 1_000 >= submitted + WAIT_US, "told before its time"
    system.kill("correlation-0")
    start_worker(system, 0, **wall)
    came = submitted + 2 * WAIT_US
    publish(system, [(ACKS_RECEIVED, ack_999("s", came))])
    system.wait_until(lambda: len(alerts()) > 1, "the end of the alert")
    assert alerts()[1:] == [("resolved", 2, submitted + WAIT_US, came)], "one matter, opened once and ended once"


def micros(instant: datetime | None) -> Any:
    return None if instant is None else (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
