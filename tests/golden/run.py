"""The golden set through the ledger of correlation, into messages of the topics that the sink reads."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from clickhouse_connect.driver.client import Client

from processors.adjudication.adjudicate import Adjudicator
from processors.correlation import CorrelationPolicy, Ledger
from processors.correlation import facts as facts_of
from processors.correlation.cases import Cases
from schemas.codec import ColumnarDecoder
from schemas.codec.records import encode_record
from schemas.contracts import (
    ACKS_RECEIVED,
    ALL_CONTRACTS,
    CLAIMS_SCORED,
    REMITS_RECEIVED,
    WORKQUEUE_ACTIONS,
    WORKQUEUE_CASE,
    Contract,
)
from schemas.registry import CheckedInIds
from sink.known import KnownEvents
from sink.rows import Positions
from sink.writer import MAKERS
from streams.correlation.folding import Folder, Results
from streams.correlation.publishing import Publisher
from tests.clickhouse import insert_tables
from tests.golden.stories import stories
from tests.unit.correlation.events import Event, complete

IDS = CheckedInIds()
TENANT = "golden"
APART = "golden-apart"
"""Tenant whose payers are the stories: so the split by payer shows what each bill counts for."""
KAFKA_MS = 1_798_675_200_000
Told = tuple[Contract, Event]
Messages = dict[str, list[bytes]]
FACTS = {
    CLAIMS_SCORED.name: facts_of.of_claim,
    REMITS_RECEIVED.name: facts_of.of_remit,
    ACKS_RECEIVED.name: facts_of.of_ack,
    WORKQUEUE_ACTIONS.name: facts_of.of_action,
}


def told() -> list[Told]:
    """Return the events of all stories for one tenant, and for a second one where each story has its own payer."""
    together = [event for story in stories() for event in story.events(TENANT)]
    return together + [event for story in stories() for event in story.events(APART, story.name)]


def shuffled(events: Sequence[Told], seed: int, repeats: float = 0.3) -> list[Told]:
    """Return the events in an order that has nothing to do with time, a share of them twice."""
    dice = random.Random(seed)  # noqa: S311 - an order, not a secret
    mixed = [*events, *(event for event in events if dice.random() < repeats)]
    dice.shuffle(mixed)
    return mixed


class _Table:
    """State of the ledger, in memory."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}

    def read(self, partition: int, key: str) -> dict[str, Any] | None:
        del partition
        return self._rows.get(key)

    def write(self, partition: int, key: str, value: dict[str, Any] | None) -> None:
        del partition
        if value is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = value

    def keys(self, partition: int, start: str, end: str, limit: int) -> list[str]:
        del partition
        return sorted(key for key in self._rows if start <= key < end)[:limit]


def messages(events: Iterable[Told], cases: Cases | None = None) -> Messages:
    """Return what lies in Kafka after correlation has read the events in this order: messages by topic.

    Args:
        events: The events.
        cases: Fills the workqueues, by the time of the events; None leaves that to the stories.
    """
    clock = [0]
    folder = Folder(Ledger(CorrelationPolicy.shipped(), Adjudicator.shipped(), cases), _Table(), lambda _: clock[0])
    publisher, made = Publisher(IDS), defaultdict(list)
    for contract, event in events:
        topic = f"workqueue.{event['queue']}" if contract is WORKQUEUE_CASE else contract.name
        made[topic].append(encode_record(contract, IDS, complete(contract, event)))
        waiting = list(FACTS[contract.name](event)) if contract.name in FACTS else []
        while waiting:
            clock[0] = waiting[0]["at"] if cases else 0
            results = Results()
            folder.fold(0, waiting, results)
            assert not results.failed, results.failed[0][1]
            for record in publisher.records(results.statements):
                if record.value is not None:  # the tombstone of an item ends what was stated as finished before
                    made[record.topic].append(record.value)
            waiting = results.facts
    return dict(made)


def put(client: Client, topics: Messages, log: str, batch: int = 500) -> None:
    """Write messages as the sink does, topic by topic, in ranges; each log is another arrival of the same topics."""
    contracts = {contract.name: contract for contract in ALL_CONTRACTS}
    known = KnownEvents(client)
    for topic, values in topics.items():
        contract = contracts.get(topic, WORKQUEUE_CASE)
        decoder = ColumnarDecoder(contract, IDS)
        for start in range(0, len(values), batch):
            part = values[start : start + batch]
            offsets = range(start, start + len(part))
            positions = Positions(0, offsets, [KAFKA_MS + start + n for n in range(len(part))], topic, log)
            tables = MAKERS[contract.name](decoder.decode(list(part)).frame, positions, known)
            insert_tables(client, tables, partial("{}/{}/{}/{}".format, log, topic, start))
