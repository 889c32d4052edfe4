"""The transport override fits the pinned Faust, and commits get past the markers of transactions."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.consumer import Consumer, ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as upstream
from faust.types import TP
from intervaltree import IntervalTree

from streams.correlation.transport import CommittedConsumer, CommittedConsumerThread, CommittedTransport, Poll

TOPIC = TP("claims.scored", 0)
UPSTREAM = {
    (Consumer, "_add_gap"): "4df2573d",
    (Consumer, "_drain_messages"): "44a25003",
    (Consumer, "_new_offset"): "1d2c7ea8",
    (Consumer, "getmany"): "4b168d84",
    (ThreadDelegateConsumer, "_getmany"): "f9d47aa9",
    (upstream.Consumer, "_to_message"): "7c24f651",
    (upstream.AIOKafkaConsumerThread, "_create_worker_consumer"): "c2701bfc",
}


@pytest.mark.parametrize(("owner", "name"), UPSTREAM, ids=str)
def test_upstream_is_what_the_override_was_written_against(owner: type, name: str) -> None:
    source = inspect.getsource(getattr(owner, name))
    found = hashlib.sha256(source.encode()).hexdigest()[:8]
    assert found == UPSTREAM[owner, name], (
        f"{owner.__name__}.{name} changed to {found}: check streams/correlation/transport.py against it, then pin anew"
    )


class Broker:
    """Transactions of one partition, each ended by a marker, as the client's thread hands them on."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.waiting: list[list[Any]] = []
        offset = 0
        for size in sizes:
            self.waiting.append([record(offset + number) for number in range(size)])
            offset += size + 1
        self.last = offset - 2

    async def getmany(self, *_: Any) -> dict[TP, list[Any]]:
        return {TOPIC: self.waiting.pop(0)}


def record(offset: int) -> Any:
    return SimpleNamespace(topic=TOPIC.topic, partition=TOPIC.partition, offset=offset)


async def committed(sizes: Sequence[int], kind: type[Any], in_polls: frozenset[str]) -> tuple[int | None, int, int]:
    """Read as Faust's loop does, acknowledge everything, commit now and then; return what is committed and waits."""
    broker = Broker(sizes)
    consumer: Any = object.__new__(kind)
    consumer._thread, consumer.transport = broker, SimpleNamespace(in_polls=in_polls)
    consumer._committed_offset, consumer._read_offset = {TOPIC: None}, {TOPIC: None}
    consumer._gap, consumer._acked, consumer._acked_index = {TOPIC: IntervalTree()}, {TOPIC: []}, {TOPIC: set()}
    while broker.waiting:
        for message in (await consumer._getmany(set(), 1.0))[TOPIC]:
            read = consumer._read_offset[TOPIC]
            if message.offset - (read or 0) > 1 and read:  # the condition of _drain_messages
                await consumer._add_gap(TOPIC, read + 1, message.offset)
            consumer._read_offset[TOPIC] = message.offset
            consumer._acked[TOPIC].append(message.offset)
        if len(broker.waiting) % 3 == 0:
            found = consumer._new_offset(TOPIC)
            if found is not None:
                consumer._committed_offset[TOPIC] = found
    return consumer._committed_offset[TOPIC], broker.last + 1, len(consumer._acked[TOPIC])


ORDINARY = upstream.Consumer
SIZES = ([5] * 40, [1] * 40, [1, 7, 1, 3, 2, 1, 1, 4, 1, 1, 9, 1])


@pytest.mark.parametrize("sizes", [SIZES[0], SIZES[1]], ids=["five", "one"])
def test_commits_stop_at_transaction_markers_without_the_override(sizes: list[int]) -> None:
    found, last, waiting = asyncio.run(committed(sizes, ORDINARY, frozenset()))
    assert found != last or waiting, "upstream is repaired: the override can go"


@pytest.mark.parametrize("sizes", SIZES, ids=["five", "one", "mixed"])
def test_commits_reach_the_last_record_with_it(sizes: list[int]) -> None:
    in_polls = frozenset({TOPIC.topic})
    assert asyncio.run(committed(sizes, CommittedConsumer, in_polls)) == (sum(sizes) + len(sizes) - 1,) * 2 + (0,)


def test_a_poll_stands_for_its_last_record() -> None:
    records = [SimpleNamespace(**vars(record(n)), timestamp=n * 10, timestamp_type=0, value=b"v") for n in range(3)]
    consumer: Any = CommittedConsumer.__new__(CommittedConsumer)
    consumer.app = SimpleNamespace(consumer_generation_id=1)
    message = consumer._to_message(TOPIC, Poll(records))
    assert (message.topic, message.partition, message.offset, message.timestamp) == (*TOPIC, 2, 0.02)
    assert list(message.value) == records


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
