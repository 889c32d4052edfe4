"""Faust's Kafka transport, made to read transactional topics.

Two things of faust-streaming 0.15.3 stand in the way, and each is put right by one method:

* It reads uncommitted unless it runs its own exactly-once mode: records of aborted transactions would be facts.
* A transaction ends with a marker that is no message. The gap it leaves is noted up to and including the offset
  that was just received; that offset is then acknowledged twice, and commits stop there.

The versions are pinned; `tests/unit/streams/test_faust_transport.py` fails when upstream changes what is overridden.
"""

from __future__ import annotations

from typing import Any

import aiokafka
from faust.transport.drivers import aiokafka as upstream
from faust.types import TP

READ_COMMITTED = "read_committed"


class CommittedConsumerThread(upstream.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust ships no types
    """The thread that owns the client: committed records only."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = READ_COMMITTED
        return consumer


class CommittedConsumer(upstream.Consumer):  # type: ignore[misc]  # Faust ships no types
    """Consumer whose commits do not stop at transaction markers."""

    def _new_consumer_thread(self) -> CommittedConsumerThread:
        return CommittedConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Note offsets without a message; `offset_to` is the offset just received, which has one."""
        await super()._add_gap(tp, offset_from, offset_to - 1)


class CommittedTransport(upstream.Transport):  # type: ignore[misc]  # Faust ships no types
    """The transport to give to `App.transport`."""

    Consumer = CommittedConsumer
