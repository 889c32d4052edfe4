"""What the tests of correlation publish, and what must come of it: the fold of everything that was committed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from typing import Any

import rocksdict
from confluent_kafka import Producer

from processors.adjudication.adjudicate import Adjudicator
from processors.correlation import CorrelationPolicy, Ledger
from processors.correlation import facts as facts_of
from processors.correlation.ledger import Account
from processors.correlation.statements import standing
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import (
    ACKS_RECEIVED,
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    CLAIMS_SCORED,
    REMITS_RECEIVED,
    WORKQUEUE_ACTIONS,
    Contract,
)
from schemas.registry import CheckedInIds
from streams.topics import ACCOUNTS
from streams.workqueues import QueueReader
from tests.e2e.system import System
from tests.unit.correlation.events import (
    DAY,
    HOUR,
    START,
    Event,
    ack_277ca,
    claim,
    complete,
    denied_line,
    paid_line,
    remit,
)

IDS = CheckedInIds()
LEDGER = Ledger(CorrelationPolicy.shipped(), Adjudicator.shipped())
Message = tuple[Contract, Event]
_MAKERS = {
    CLAIMS_SCORED.name: facts_of.of_claim,
    REMITS_RECEIVED.name: facts_of.of_remit,
    ACKS_RECEIVED.name: facts_of.of_ack,
    WORKQUEUE_ACTIONS.name: facts_of.of_action,
}


def account(number: int) -> list[Message]:
    """Return the events of one account: a claim, two 277CAs, a denial, a corrected claim and its payment."""
    control = f"pct-{number}"

    def own(event: Event, name: str) -> Event:
        return {**event, "event_id": f"{event['event_id']}-{number}", name: control}

    def of_claim(event: Event) -> Message:
        return CLAIMS_SCORED, {**own(event, "patient_control_token"), "claim_id": f"{event['claim_id']}-{number}"}

    def of_ack(event: Event) -> Message:
        return ACKS_RECEIVED, {**own(event, "patient_control_token"), "subject_token": control}

    def of_remit(event: Event) -> Message:
        return REMITS_RECEIVED, own(event, "patient_control_token")

    denied = [denied_line(1, "99213"), denied_line(2, "93000")]
    paid = [paid_line(1, "99213"), paid_line(2, "93000", 5_000 + number % 2_000)]
    return [
        of_claim(claim(1)),
        of_ack(ack_277ca("a", START + HOUR, "A1")),
        of_ack(ack_277ca("b", START + 2 * HOUR, "A2", payer="P1")),
        of_remit(remit("1", START + 20 * DAY, denied, status="4")),
        of_claim(claim(2, START + 25 * DAY, frequency_code="7")),
        of_remit(remit("2", START + 40 * DAY, paid)),
    ]


def shuffled(accounts: Iterable[int], seed: int) -> list[Message]:
    """Return the events of accounts in an order that has nothing to do with time."""
    messages = [message for number in accounts for message in account(number)]
    random.Random(seed).shuffle(messages)  # noqa: S311 - an order, not a secret
    return messages


def publish(system: System, messages: Sequence[Message], *, batch: int = 100, aborted: Sequence[Message] = ()) -> None:
    """Publish events in transactions, as stage and intake do; between them, transactions that are aborted."""
    producer = Producer(system.broker.transactional_config(f"test-{id(messages)}"))
    producer.init_transactions(30)
    for start in range(0, len(messages), batch):
        producer.begin_transaction()
        for contract, event in messages[start : start + batch]:
            _produce(producer, contract, event)
        producer.commit_transaction(30)
        if aborted:
            producer.begin_transaction()
            for contract, event in aborted:
                _produce(producer, contract, event)
            producer.flush(10)
            producer.abort_transaction(30)


def _produce(producer: Producer, contract: Contract, event: Event) -> None:
    key = event["claim_id"] if contract is CLAIMS_SCORED else event["patient_control_token"] or event["event_id"]
    producer.produce(contract.name, encode_record(contract, IDS, complete(contract, event)), f"t1|{key}")


def folded(messages: Sequence[Message]) -> dict[str, Account]:
    """Return the accounts that the events make, by key."""
    accounts: dict[str, Account] = {}
    for contract, event in messages:
        for fact in _MAKERS[contract.name](event):
            made = LEDGER.apply(accounts.get(fact["key"]), [fact], 0).account
            assert made is not None
            accounts[fact["key"]] = made
    return accounts


def start_worker(system: System, slot: int = 0, **environment: str) -> None:
    system.start(
        f"correlation-{slot}", "run", "correlation", "--slot", str(slot),
        **{"CORRELATION_EVENT_TIME": "true", "KAFKA_SESSION_TIMEOUT_MS": "6000", **environment},
    )  # fmt: skip


def holding(system: System, contract: Contract, subject: str) -> dict[str, dict[str, Any]]:
    """Return the rows that hold by a topic's signed statements, repeated event ids left out."""
    rows: dict[tuple[str, int], list[int]] = {}
    latest: dict[tuple[str, int], dict[str, Any]] = {}
    seen: set[str] = set()
    for message in system.committed(contract.name):
        row = decode_record(contract, IDS, message.value())
        if row["event_id"] in seen:
            continue
        seen.add(row["event_id"])
        key = (row[subject], row["revision"])
        rows.setdefault(key, []).append(row["sign"])
        if row["sign"] > 0:
            latest[key] = row
    return {name: latest[name, revision] for (name, revision), signs in rows.items() if sum(signs) == 1}


def assert_state_is_the_fold(system: System, messages: Sequence[Message]) -> None:
    """Compare what correlation has said with the fold of everything that was committed, to the cent."""
    accounts = folded(messages)
    lineages = holding(system, CLAIMS_LINEAGE, "lineage_id")
    expected = {n: row for one in accounts.values() for n, row in standing(one["lineages"], "claims.lineage").items()}
    assert lineages.keys() == expected.keys()
    for name, row in expected.items():
        for field in ("paid_cents", "denied_cents", "recovered_cents", "attempts", "state", "first_root_cause_group"):
            assert lineages[name][field] == row[field], (name, field)
    rows = holding(system, CLAIMS_ADJUDICATED, "subject_id")
    subjects = {n: row for one in accounts.values() for n, row in standing(one["rows"], "claims.adjudicated").items()}
    assert rows.keys() == subjects.keys()
    for name, row in subjects.items():
        for field in ("paid_change_cents", "denied_change_cents", "first_adjudication", "recovered_cents", "matched"):
            assert rows[name][field] == row[field], (name, field)


def wait_for_lineages(system: System, messages: Sequence[Message]) -> None:
    """Wait until everything published has arrived in the lineages."""
    expected = sum(len(one["facts"]) for one in folded(messages).values())

    def arrived() -> bool:
        rows = holding(system, CLAIMS_LINEAGE, "lineage_id").values()
        acks = sum(1 for row in rows for a in row["attempt_list"] if a["any_277ca"])
        facts = sum(row["attempts"] + row["remits"] for row in rows)
        return facts >= expected * 4 // 6 and acks >= expected // 6 and all(r["accepted_payer_at"] for r in rows)

    system.wait_until(arrived, "all facts in the lineages")


def live_items(system: System, queue: str) -> list[dict[str, Any]]:
    """Return the live items of a queue, as `wq tail` reads them, without the start of a process."""
    reader = QueueReader(system.broker, IDS, queue)
    with reader.opened() as consumer:
        return list(reader.catch_up(consumer).values())


def assigned(system: System, slot: int) -> list[int]:
    """Return the partitions that a worker says it holds."""
    lines = [json.loads(line) for line in system.log(f"correlation-{slot}").splitlines() if line.startswith("{")]
    held: list[int] = next((one["partitions"] for one in reversed(lines) if one["event"] == "partitions_changed"), [])
    return held


def assert_table_is_its_changelog(system: System, slot: int = 0) -> None:
    """Compare the tables of a stopped worker with the fold of the changelog."""
    folded_log: dict[int, dict[bytes, bytes]] = {}
    for record in system.committed(ACCOUNTS.name):
        values = folded_log.setdefault(record.partition(), {})
        if record.value() is None:
            values.pop(record.key(), None)
        else:
            values[record.key()] = record.value()
    folders = list((system.folder / "correlation" / str(slot)).rglob("accounts-*.db"))
    assert folders
    for folder in folders:
        partition = int(folder.name.removeprefix("accounts-").removesuffix(".db"))
        store = rocksdict.Rdict(str(folder), rocksdict.Options(raw_mode=True))
        found = {key: value for key, value in store.items() if not key.startswith(b"__faust")}
        store.close()
        assert found == folded_log.get(partition, {})
