"""The transport override fits the pinned Faust: nothing is skipped, and nothing is committed that is not done."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import aiokafka
import faust
import pytest
from aiokafka.consumer.fetcher import Fetcher
from faust.app.base import App
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer, ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as upstream
from faust.types import TP
from mode.utils.queues import FlowControlEvent

from schemas.errors import FatalStreamError
from streams.correlation.positions import Place, Poll, Positions
from streams.correlation.transport import CommittedConsumer, CommittedConsumerThread, CommittedTransport

TOPIC = TP("claims.scored", 0)
OTHER = TP("claims.scored", 1)
UPSTREAM = {
    (Consumer, "_drain_messages"): "44a25003",
    (Consumer, "perform_seek"): "0e8c130f",
    (Consumer, "_filter_tps_with_pending_acks"): "f6f92397",
    (Consumer, "_new_offset"): "1d2c7ea8",
    (Consumer, "force_commit"): "cc094614",
    (Consumer, "_commit_tps"): "a20e230b",
    (Consumer, "pause_partitions"): "27a1c94b",
    (Consumer, "on_buffer_drop"): "4b57e8a4",
    (Consumer, "wait_empty"): "e4662fe2",
    (Consumer, "on_partitions_revoked"): "d04b7ae7",
    (ThreadDelegateConsumer, "_getmany"): "f9d47aa9",
    (ThreadDelegateConsumer, "seek_wait"): "e9db5bbc",
    (upstream.Consumer, "_to_message"): "7c24f651",
    (upstream.AIOKafkaConsumerThread, "_create_worker_consumer"): "c2701bfc",
    (upstream.AIOKafkaConsumerThread, "_fetch_records"): "39a2c6c7",
    (upstream.AIOKafkaConsumerThread, "seek_to_beginning"): "bd4250b8",
    (App, "_on_partitions_revoked"): "d5c895bb",
    (Recovery, "_resume_streams"): "d986a671",
    (Recovery, "on_recovery_completed"): "6ef567ac",
    (FlowControlEvent, "resume"): "4dcdc125",
    (aiokafka.AIOKafkaConsumer, "seek_to_committed"): "f6cd85c8",
    (Fetcher, "fetched_records"): "be434889",
}


@pytest.mark.parametrize(("owner", "name"), UPSTREAM, ids=str)
def test_upstream_is_what_the_override_was_written_against(owner: type, name: str) -> None:
    source = inspect.getsource(getattr(owner, name))
    found = hashlib.sha256(source.encode()).hexdigest()[:8]
    assert found == UPSTREAM[owner, name], (
        f"{owner.__name__}.{name} changed to {found}: check streams/correlation/transport.py against it, then pin anew"
    )


def record(tp: TP, offset: int) -> Any:
    return SimpleNamespace(
        topic=tp.topic, partition=tp.partition, offset=offset, timestamp=offset * 10, timestamp_type=0, value=b"v"
    )


class Client:
    """The client's thread over partitions in memory; every call takes a moment, as it does between threads.

    Args:
        offsets: Offsets of the records of each partition; what is missing are markers of transactions.
        chance: Decides how much is found, and when.
    """

    def __init__(self, offsets: Mapping[TP, list[int]], chance: random.Random) -> None:
        self.offsets = offsets
        self.chance = chance
        self.positions = dict.fromkeys(offsets, 0)
        self.commits: dict[TP, int] = {}

    async def moment(self) -> None:
        for _ in range(self.chance.randrange(12)):
            await asyncio.sleep(0)

    async def getmany(self, active: Iterable[TP], _timeout: float) -> dict[TP, list[Any]]:
        await self.moment()
        found = {}
        for tp in active:
            own = [one for one in self.offsets[tp] if one >= self.positions[tp]][: self.chance.randrange(9)]
            if own:
                found[tp] = [record(tp, offset) for offset in own]
                self.positions[tp] = own[-1] + 1
        await self.moment()
        return found

    async def seek_to_committed(self) -> dict[TP, int | None]:
        """As aiokafka does: a partition without a commit stays where it is."""
        await self.moment()
        for tp, offset in self.commits.items():
            self.positions[tp] = offset
        committed = {tp: self.commits.get(tp) for tp in self.offsets}
        await self.moment()
        return committed

    async def seek_to_beginning(self, *partitions: Any) -> None:
        await self.moment()
        for one in partitions:
            self.positions[TP(one.topic, one.partition)] = 0

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        await self.moment()
        self.commits.update(offsets)
        return True

    def assignment(self) -> set[TP]:
        return set(self.offsets)


class World:
    """A consumer of the real class with its loop, one agent, and recoveries that end at any moment."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a schedule, not a secret
        offsets = {tp: [n for n in range(120) if n % 7 != 6 or self.chance.random() < 0.4] for tp in (TOPIC, OTHER)}
        self.client = Client(offsets, self.chance)
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.done: dict[TP, list[int]] = {TOPIC: [], OTHER: []}
        app = faust.App("test", broker="kafka://127.0.0.1:1", web_enabled=False)
        app.transport = CommittedTransport(app.conf.broker_consumer, app, loop=None)
        app.transport.in_polls = {TOPIC.topic: 3}
        app.consumer_generation_id = 1
        app._producer = SimpleNamespace(flush=self.client.moment)
        nothing: Any = None
        self.consumer: Any = app.transport.create_consumer(
            callback=self.put, on_partitions_revoked=nothing, on_partitions_assigned=nothing
        )
        self.consumer._thread = self.client
        self.consumer.sleep = lambda _: asyncio.sleep(0)
        self.consumer.resume_partitions(offsets)

    async def put(self, message: Any) -> None:
        await self.client.moment()
        self.queue.put_nowait(message)

    async def agent(self) -> None:
        while True:
            messages = [await self.queue.get()]
            while not self.queue.empty():
                messages.append(self.queue.get_nowait())
            taken = self.consumer.take(messages)
            await self.client.moment()
            for message in taken:
                self.done[message.tp] += [one.offset for one in message.value.records]
            self.consumer.finish(taken)

    async def end_of_a_recovery(self) -> None:
        """What Faust does, in its order: streams go on, back to what is committed, queues emptied, flow goes on."""
        self.consumer.resume_partitions(self.client.offsets)
        await self.client.moment()
        await self.consumer.perform_seek()
        self.queue._queue.clear()  # type: ignore[attr-defined]  # as FlowControlQueue.clear
        self.consumer.resume_flow()

    def not_done(self) -> dict[TP, list[int]]:
        return {tp: sorted(set(own) - set(self.done[tp])) for tp, own in self.client.offsets.items()}

    def ends(self) -> dict[TP, int]:
        return {tp: own[-1] + 1 for tp, own in self.client.offsets.items()}

    def committed_too_far(self) -> list[TP]:
        return [tp for tp, offset in self.client.commits.items() if any(one < offset for one in self.not_done()[tp])]

    async def run(self) -> None:
        fetcher = SimpleNamespace(_stopped=asyncio.Event())
        tasks = [asyncio.ensure_future(self.consumer._drain_messages(fetcher)), asyncio.ensure_future(self.agent())]
        for _ in range(60):
            for _ in range(self.chance.randrange(60)):
                await asyncio.sleep(0)
            if self.chance.random() < 0.3:
                await self.end_of_a_recovery()
            await self.consumer.commit()
            assert not self.committed_too_far()
        for _ in range(4_000):
            await asyncio.sleep(0)
            if self.consumer.positions.done == self.ends():
                break
        assert not any(one.done() for one in tasks), [one.exception() for one in tasks if one.done()]
        await self.consumer.commit()
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("seed", range(12))
def test_recoveries_that_end_at_any_moment_lose_no_record_and_commit_none_that_is_not_done(seed: int) -> None:
    async def scenario() -> World:
        world = World(seed)
        await world.run()
        return world

    world = asyncio.run(scenario())
    assert world.not_done() == {TOPIC: [], OTHER: []}
    assert world.client.commits == world.ends()


def test_most_records_are_done_once() -> None:
    """Reading everything twice would also lose nothing."""

    async def scenario() -> Counter[int]:
        world = World(1)
        world.chance.random = lambda: 1.0  # type: ignore[method-assign]  # no recovery
        await world.run()
        return Counter(world.done[TOPIC])

    assert set(asyncio.run(scenario()).values()) == {1}


def test_going_on_after_a_stop_without_going_back_ends_the_worker() -> None:
    async def scenario() -> None:
        world = World(1)
        find = world.client.getmany

        async def stopped_meanwhile(*asked: Any) -> dict[TP, list[Any]]:
            found = await find(*asked)
            if TOPIC in found:
                world.consumer.stop_flow()
                world.client.getmany = find  # type: ignore[method-assign]  # once
            return found

        world.client.getmany = stopped_meanwhile  # type: ignore[method-assign,assignment]  # as a rebalance does
        while world.consumer.flow_active:
            await world.consumer._read()
        world.consumer.resume_flow()
        for _ in range(100):
            await world.consumer._read()
        messages = [world.queue.get_nowait() for _ in range(world.queue.qsize())]
        with pytest.raises(FatalStreamError, match="skipped"):
            world.consumer.take(messages)

    asyncio.run(scenario())


def test_a_poll_stands_for_its_last_record() -> None:
    records = [record(TOPIC, n) for n in range(3)]
    consumer: Any = CommittedConsumer.__new__(CommittedConsumer)
    consumer.app = SimpleNamespace(consumer_generation_id=1)
    message = consumer._to_message(TOPIC, Poll(records, Place(0, None, 2)))
    assert (message.topic, message.partition, message.offset, message.timestamp) == (*TOPIC, 2, 0.02)
    assert message.value.records == records


def test_a_poll_that_does_not_follow_what_was_taken_last_ends_the_worker() -> None:
    positions = Positions()
    first, second, third = positions.hand_on(TOPIC, [record(TOPIC, n) for n in range(3)], 1)
    assert positions.take(TOPIC, first.place)
    with pytest.raises(FatalStreamError, match="skipped"):
        positions.take(TOPIC, third.place)
    assert positions.take(TOPIC, second.place)
    assert positions.take(TOPIC, third.place)


def test_a_poll_of_an_earlier_reading_is_left_alone_and_counts_for_nothing() -> None:
    positions = Positions()
    (old,) = positions.hand_on(TOPIC, [record(TOPIC, 5)], 9)
    positions.go_back()
    assert not positions.take(TOPIC, old.place)
    positions.finish(TOPIC, old.place)
    assert positions.done == {}
    (again,) = positions.hand_on(TOPIC, [record(TOPIC, 5)], 9)
    assert positions.take(TOPIC, again.place)
    positions.finish(TOPIC, again.place)
    assert positions.done == {TOPIC: 6}


def test_a_queue_that_runs_empty_does_not_wake_a_paused_partition() -> None:
    async def active() -> set[TP]:
        consumer = World(0).consumer
        consumer.app.in_recovery = False
        consumer.on_buffer_full(TOPIC)
        consumer.pause_partitions({TOPIC, OTHER})
        consumer.on_buffer_drop(TOPIC)
        return set(consumer._active_partitions)

    assert asyncio.run(active()) == set()


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
