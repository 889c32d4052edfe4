"""Faust's Kafka transport, made to read transactional topics, to skip nothing, and to hand on polls as messages.

Five things of faust-streaming 0.15.3 stand in the way of a fold that is right after every rebalance:

* It reads uncommitted unless it runs its own exactly-once mode: records of aborted transactions would be facts.
* A transaction ends with a marker that is no message. Faust keeps a list of such gaps, off by one; commits stop there.
* When a recovery ends, it lets the streams go, goes back to what is committed and empties the queues, while its loop
  goes on handing on what was fetched before. What was emptied from a queue in between is then neither processed nor
  read again: the loop takes it for read, and where nothing was committed yet there is nothing to go back to.
* It takes a message that it skips in a rebalance for processed, and may commit past it.
* It spends about 80 microseconds on every message.

So reading and going back exclude each other here, and only an agent that is done with records says so (`Positions`).
What a poll of the client finds of a partition is one message: its value is a `Poll`.

The versions are pinned; `tests/unit/streams/test_faust_transport.py` fails when upstream changes what is overridden.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import aiokafka
from faust.transport.drivers import aiokafka as upstream
from faust.types import TP
from mode.utils.futures import notify

from streams.correlation.positions import Positions

READ_COMMITTED = "read_committed"
POLL_SECONDS = 0.5
"""Longest time a poll waits for records; going back waits for a poll."""


class CommittedConsumerThread(upstream.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust ships no types
    """The thread that owns the client: committed records only."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = READ_COMMITTED
        return consumer


class CommittedConsumer(upstream.Consumer):  # type: ignore[misc]  # Faust ships no types
    """Consumer that hands on polls in order, and commits what its agents have done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.positions = Positions()
        self._reading = asyncio.Lock()

    def _new_consumer_thread(self) -> CommittedConsumerThread:
        return CommittedConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # What agents say.

    def take(self, messages: Sequence[Any]) -> list[Any]:
        """Return those of an agent's messages that it is to work on.

        Raises:
            FatalStreamError: Records were lost on their way to the agent.
        """
        return [one for one in messages if self.positions.take(one.tp, one.value.place)]

    def finish(self, messages: Sequence[Any]) -> None:
        """Note that the agent is done with messages it had taken."""
        for one in messages:
            self.positions.finish(one.tp, one.value.place)

    def let_go(self, message: Any) -> None:
        """Note that nobody works on a message any more; a rebalance waits for that."""
        message.acked = True
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)

    # Commits.

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in list(self.positions.done) if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return self.positions.done.get(tp)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is done, then forget the partitions."""
        await super().on_partitions_revoked(revoked)
        self.positions.forget(revoked)

    # Going back.

    async def perform_seek(self) -> None:
        """Go back to what is committed, or to the first record of a partition without a commit."""
        self.stop_flow()  # ends the poll that is being handed on; whoever goes back lets the flow go on
        async with self._reading:
            self.positions.go_back()
            await super().perform_seek()
            fresh = [tp for tp in self.assignment() if not self._is_changelog_tp(tp) and not self._committed_offset[tp]]
            if fresh:
                await self._thread.seek_to_beginning(*map(upstream.ensure_aiokafka_TP, fresh))

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Go to positions of changelogs; no poll is under way meanwhile, so none of their records is dropped."""
        async with self._reading:
            await super().seek_wait(partitions)

    # Reading.

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Pause partitions; a queue that runs empty later does not wake them."""
        paused = set(tps)
        super().pause_partitions(paused)
        self._buffered_partitions.difference_update(paused)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Hand on what the client finds until the fetcher stops."""
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await self.sleep(0)
                if not self.flow_active:
                    await self.wait(self.can_resume_flow)
                async with self._reading:
                    await self._read()
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise

    async def _read(self) -> None:
        # A copy: Faust's set changes while the client's thread waits with it, and an empty one means "all" there.
        active = frozenset(self._get_active_partitions())
        if not active:
            await self.sleep(POLL_SECONDS)
            return
        # Noted as handed on though the flow may have stopped: going on without going back would then not pass unseen.
        polls = self._in_polls(await self._getmany(active, POLL_SECONDS))
        for tp, record in self.scheduler.iterate(polls):
            if not self.flow_active:
                return
            await self.wait_first(self.callback(self._to_message(tp, record)), self.suspend_flow.wait())

    def _in_polls(self, found: Mapping[TP, Sequence[Any]]) -> dict[TP, Sequence[Any]]:
        sizes = self.transport.in_polls
        made: dict[TP, Sequence[Any]] = {}
        for tp, records in found.items():
            size = sizes.get(tp.topic)
            if records:
                made[tp] = records if size is None else self.positions.hand_on(tp, records, size)
        return made


class CommittedTransport(upstream.Transport):  # type: ignore[misc]  # Faust ships no types
    """The transport to give to `App.transport`.

    Attributes:
        in_polls: Most records of a message, by topic; Faust's own topics, one record each, are not among them.
    """

    Consumer = CommittedConsumer
    in_polls: Mapping[str, int] = {}
