"""Correlation on Apache Kafka: what it says is the fold of what was committed, whatever happens to its workers."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import ormsgpack
import pytest
import yaml
from confluent_kafka import Producer

from loadtest.watch import event_id_of
from processors.correlation.policy import SHIPPED_POLICY
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import ACKS_RECEIVED, ALERTS, CLAIMS_SCORED, DEAD_LETTER, WORKQUEUE_ITEM
from streams.correlation.bundles import partition_of
from streams.topics import CORRELATION, DEAD_LETTERS, LINEAGE
from tests.e2e.system import System
from tests.integration.correlation_system import (
    IDS,
    account,
    assert_state_is_the_fold,
    assert_table_is_its_changelog,
    assigned,
    publish,
    shuffled,
    start_worker,
    wait_for_lineages,
)
from tests.unit.correlation.events import DAY, HOUR, START, ack_999, claim

pytestmark = pytest.mark.kafka

WAIT_US = 40_000_000
"""How long the 999 may take in the test of its deadline: longer than a worker needs to start and fold, microseconds."""


def test_what_it_says_is_the_fold_of_committed_events_in_any_order_and_nothing_of_aborted_ones(system: System) -> None:
    messages = shuffled(range(60), seed=1)
    start_worker(system)
    publish(system, messages, batch=20, aborted=shuffled(range(1000, 1003), seed=2))
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)


@pytest.mark.parametrize(
    "place", ["after_facts:2", "before_send:2", "after_send:2", "after_changelog:2", "after_fold:2"]
)
def test_killed_anywhere_it_goes_on_and_says_the_fold(system: System, place: str) -> None:
    messages = shuffled(range(40), seed=3)
    start_worker(system, CLAIMSTREAM_FAILPOINT=place)
    publish(system, messages[:120], batch=30)
    publish(system, messages[120:], batch=30)
    system.wait_until(lambda: system.processes["correlation-0"].poll() == -signal.SIGKILL, "the failpoint")
    start_worker(system)
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)


def test_killed_at_random_and_without_its_folder_it_recovers_from_the_changelog(system: System) -> None:
    messages = shuffled(range(50), seed=4)
    start_worker(system)
    for start in range(0, len(messages), 100):
        publish(system, messages[start : start + 100], batch=40)
        ready = start // 100 + 1
        system.wait_until(lambda: system.log("correlation-0").count("partitions_changed") >= ready, "the worker")  # noqa: B023 - called at once
        time.sleep(random.Random(start).uniform(0, 2.0))  # noqa: S311 - a pause, not a secret
        system.kill("correlation-0")
        if start == 100:
            shutil.rmtree(system.folder / "correlation" / "0")
        start_worker(system)
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)
    # Everything may have been said before the last start: a worker that is not up yet does not know how to end.
    system.wait_until(lambda: system.log("correlation-0").count("partitions_changed") > ready, "the last worker")
    assert system.terminate("correlation-0") == 0
    assert_table_is_its_changelog(system)


def test_a_worker_that_joins_takes_over_partitions_without_loss_or_repeats(system: System) -> None:
    messages = shuffled(range(80), seed=5)
    start_worker(system, 0)
    publish(system, messages[:160], batch=20)
    start_worker(system, 1)
    publish(system, messages[160:320], batch=20)
    system.wait_until(lambda: len(assigned(system, 0)) == len(assigned(system, 1)) == 2, "a split of the partitions")
    assert set(assigned(system, 0)) | set(assigned(system, 1)) == {0, 1, 2, 3}
    publish(system, messages[320:400], batch=20)
    assert system.terminate("correlation-0") == 0
    publish(system, messages[400:], batch=20)
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)
    ids = [event_id_of(m.value()) for m in system.committed(LINEAGE.name)]
    assert len(ids) == len(set(ids)), "a statement was made twice"


def test_poison_goes_to_dead_letters_and_the_others_go_on(system: System) -> None:
    messages = shuffled(range(20), seed=6)
    start_worker(system)
    publish(system, messages[:60], batch=20)
    producer = Producer({"bootstrap.servers": system.broker.bootstrap})
    producer.produce("remits.received", b"not framed at all", "t1|x")
    producer.produce("acks.received", b"\0\0\0\0\x08damaged", "t1|x")
    producer.produce(CORRELATION.name, b"\xc1 no bundle", "x")
    bad = {"type": "claim", "id": "bad", "key": "a|t1|bad", "tenant_id": "t1", "at": 0}
    producer.produce(CORRELATION.name, ormsgpack.packb([bad]), "x", partition=partition_of("a|t1|bad", 4))
    producer.flush(10)
    publish(system, messages[60:], batch=20)
    wait_for_lineages(system, messages)
    assert_state_is_the_fold(system, messages)
    letters = [decode_record(DEAD_LETTER, IDS, m.value()) for m in system.committed(DEAD_LETTERS.name)]
    assert sorted((one["source_topic"], one["stage"]) for one in letters) == [
        ("acks.received", "decode"),
        ("correlation.facts", "correlate"),
        ("correlation.facts", "decode"),
        ("remits.received", "decode"),
    ]


def test_an_item_is_listed_worked_and_gone(system: System) -> None:
    start_worker(system)
    publish(system, account(7)[:4])
    queue = "denial.authorization"

    def items() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(system.run("wq", "tail", queue, "--json"))
        return found

    system.wait_until(lambda: len(items()) == 1, "an item")
    [item] = items()
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
        found: list[dict[str, Any]] = json.loads(system.run("wq", "tail", "edit_fix", "--json"))
        return found

    assert [one["claim_id"] for one in items()] == ["c1"]
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
