"""The transport override fits the pinned Faust, and commits get past the markers of transactions."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.consumer import Consumer
from faust.transport.drivers import aiokafka as upstream
from faust.types import TP
from intervaltree import IntervalTree

from streams.correlation.transport import CommittedConsumer, CommittedConsumerThread, CommittedTransport

TOPIC = TP("claims.scored", 0)
UPSTREAM = {
    (Consumer, "_add_gap"): "4df2573d",
    (Consumer, "_drain_messages"): "44a25003",
    (Consumer, "_new_offset"): "1d2c7ea8",
    (upstream.AIOKafkaConsumerThread, "_create_worker_consumer"): "c2701bfc",
}


@pytest.mark.parametrize(("owner", "name"), UPSTREAM, ids=str)
def test_upstream_is_what_the_override_was_written_against(owner: type, name: str) -> None:
    source = inspect.getsource(getattr(owner, name))
    found = hashlib.sha256(source.encode()).hexdigest()[:8]
    assert found == UPSTREAM[owner, name], (
        f"{owner.__name__}.{name} changed to {found}: check streams/correlation/transport.py against it, then pin anew"
    )


def commits(add_gap: Any, transactions: int = 40, size: int = 5) -> tuple[int, int]:
    """Read transactions of records, each ended by a marker, as Faust does; return what is committed and what waits."""
    app = SimpleNamespace(topics=SimpleNamespace(acks_enabled_for=lambda _: True))
    consumer: Any = SimpleNamespace(
        _committed_offset={TOPIC: None}, _gap={TOPIC: IntervalTree()}, _acked={TOPIC: []}, _acked_index={TOPIC: set()},
        app=app,
    )  # fmt: skip
    committed, read, offset = 0, None, 0
    for number in range(transactions):
        for _ in range(size):
            if read is not None and offset - read > 1:
                asyncio.run(add_gap(consumer, TOPIC, read + 1, offset))
            read = offset
            consumer._acked[TOPIC].append(offset)
            offset += 1
        offset += 1  # the marker
        if number % 10 == 9:
            found = Consumer._new_offset(consumer, TOPIC)
            if found is not None:
                committed = consumer._committed_offset[TOPIC] = found
    return committed, len(consumer._acked[TOPIC])


async def fixed(consumer: Any, tp: TP, first: int, last: int) -> None:
    """What CommittedConsumer does, on an object that is no consumer."""
    await Consumer._add_gap(consumer, tp, first, last - 1)


def test_commits_stop_at_transaction_markers_without_the_override() -> None:
    committed, waiting = commits(Consumer._add_gap)
    assert (committed, waiting) != (239, 0), "upstream is repaired: the override can go"


def test_commits_reach_the_last_record_with_it() -> None:
    assert commits(fixed) == (239, 0)
    assert "offset_to - 1" in inspect.getsource(CommittedConsumer._add_gap)


def test_the_client_reads_committed_records_only() -> None:
    app: Any = SimpleNamespace(conf=SimpleNamespace(), client_only=False)
    made = SimpleNamespace(_isolation_level="read_uncommitted")
    thread: Any = CommittedConsumerThread.__new__(CommittedConsumerThread)
    original = upstream.AIOKafkaConsumerThread._create_worker_consumer
    try:
        upstream.AIOKafkaConsumerThread._create_worker_consumer = lambda *_: made
        assert thread._create_worker_consumer(app)._isolation_level == "read_committed"
    finally:
        upstream.AIOKafkaConsumerThread._create_worker_consumer = original
    source = inspect.getsource(upstream.aiokafka.AIOKafkaConsumer)
    assert "isolation_level=self._isolation_level" in source, "aiokafka reads its isolation level from elsewhere now"


def test_the_transport_makes_this_consumer() -> None:
    assert CommittedTransport.Consumer is CommittedConsumer
