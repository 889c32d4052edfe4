"""Faust's Kafka transport, made to read transactional topics, and to hand on what came in one poll as one message.

Four things of faust-streaming 0.15.3 stand in the way, and each is put right by one method:

* It reads uncommitted unless it runs its own exactly-once mode: records of aborted transactions would be facts.
* A transaction ends with a marker that is no message. The gap it leaves is noted up to and including the offset
  that was just received; that offset is then acknowledged twice, and commits stop there.
* It notes no gap behind offset 0, which it takes for "nothing read": commits stop where one record was the first
  transaction of a partition.
* It spends about 80 microseconds on every message. What a poll finds of a partition is one message here: its value is
  the list of records, its offset is that of the last of them, and those before it are a gap to Faust.

The versions are pinned; `tests/unit/streams/test_faust_transport.py` fails when upstream changes what is overridden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiokafka
from faust.transport.drivers import aiokafka as upstream
from faust.types import TP

READ_COMMITTED = "read_committed"


@dataclass(frozen=True)
class Poll:
    """What a poll found of one partition, in the shape of a record of the client.

    Attributes:
        value: The records, at least one, in order.
    """

    value: Sequence[Any]

    key = None
    headers = ()
    checksum = None
    serialized_key_size = -1
    serialized_value_size = -1

    @property
    def topic(self) -> str:
        """Topic of the records."""
        return str(self.value[-1].topic)

    @property
    def partition(self) -> int:
        """Their partition."""
        return int(self.value[-1].partition)

    @property
    def offset(self) -> int:
        """Offset of the last record: when it is acknowledged, all are."""
        return int(self.value[-1].offset)

    @property
    def timestamp(self) -> int:
        """Time of the last record, milliseconds since 1970."""
        return int(self.value[-1].timestamp)

    @property
    def timestamp_type(self) -> int:
        """Who set it."""
        return int(self.value[-1].timestamp_type)


class CommittedConsumerThread(upstream.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust ships no types
    """The thread that owns the client: committed records only."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = READ_COMMITTED
        return consumer


class CommittedConsumer(upstream.Consumer):  # type: ignore[misc]  # Faust ships no types
    """Consumer whose commits do not stop at transaction markers, and that hands on polls as messages."""

    def _new_consumer_thread(self) -> CommittedConsumerThread:
        return CommittedConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Note offsets without a message; `offset_to` is the offset just received, which has one."""
        await super()._add_gap(tp, offset_from, offset_to - 1)

    async def _getmany(  # upstream's signature
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 - upstream's
    ) -> dict[TP, Sequence[Any]]:
        found = await super()._getmany(active_partitions, timeout)
        whole = self.transport.in_polls
        polls = {tp: [Poll(own)] if own and tp.topic in whole else own for tp, own in found.items()}
        for tp, own in polls.items():
            if own and tp.topic in whole and self._read_offset.get(tp) == 0:
                await self._add_gap(tp, 1, own[0].offset)
        return polls


class CommittedTransport(upstream.Transport):  # type: ignore[misc]  # Faust ships no types
    """The transport to give to `App.transport`.

    Attributes:
        in_polls: Topics whose messages are polls; Faust's own and those of bundles are not among them.
    """

    Consumer = CommittedConsumer
    in_polls: frozenset[str] = frozenset()
