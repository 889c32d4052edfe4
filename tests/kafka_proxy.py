"""A TCP proxy on loopback between Kafka clients and one broker, which can stall, refuse, slow down and answer itself.

The broker advertises the proxy's address to clients that come through it, so that they come back through it.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

PRODUCE, ADD_OFFSETS, END_TXN, OFFSET_COMMIT_IN_TXN = 0, 25, 26, 28
"""Numbers of requests in the Kafka protocol."""

_FLEXIBLE_SINCE = {ADD_OFFSETS: 3, END_TXN: 3}
_READ_BYTES = 64 << 10


@dataclass
class Orders:
    """What the proxy is to do.

    Attributes:
        stalled: Let nothing pass; connections stay open, as with a host that is gone.
        stall_at: Kind of request with which the stall begins; it and all later ones do not pass.
        refused: Close every connection at once, as with a broker that has stopped.
        bytes_per_second: How fast requests pass; 0 does not slow them down.
        errors: Error codes to answer the next requests of a kind with; the broker never sees them.
        lost: How many requests of a kind the broker gets, whose answer is lost with the connection.
        seen: Requests by kind.
    """

    stalled: bool = False
    stall_at: int | None = None
    refused: bool = False
    bytes_per_second: int = 0
    errors: dict[int, list[int]] = field(default_factory=dict)
    lost: Counter[int] = field(default_factory=Counter)
    seen: Counter[int] = field(default_factory=Counter)


class KafkaProxy:
    """Runs in a thread of its own.

    Args:
        port: Where it listens.
        target: Port of the broker's listener behind it.
    """

    def __init__(self, port: int, target: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self.orders = Orders()
        self._port = port
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="kafka-proxy")

    def start(self) -> KafkaProxy:
        """Begin to listen."""
        self._thread.start()
        self._call(self._listen())
        return self

    def stop(self) -> None:
        """Close everything."""
        self._call(self._close_server())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def refuse(self) -> None:
        """Behave as a broker that has stopped, until allow()."""
        self.orders.refused = True
        self._call(self._close_all())

    def allow(self) -> None:
        """Let everything pass again."""
        self.orders = Orders()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def _close_all(self) -> None:
        for writer in list(self._open):
            writer.close()

    async def _close_server(self) -> None:
        self._server.close()
        await self._close_all()
        await asyncio.sleep(0.05)  # for the connections to notice

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.orders.refused:
            writer.close()
            return
        try:
            upstream, downstream = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        self._open |= {writer, downstream}
        lost: set[int] = set()
        flows = (self._requests(reader, downstream, writer, lost), self._answers(upstream, writer, lost))
        tasks = [asyncio.ensure_future(flow) for flow in flows]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # either side may go at any moment
        for one in (writer, downstream):
            one.close()
            self._open.discard(one)

    async def _requests(
        self, reader: asyncio.StreamReader, broker: asyncio.StreamWriter, client: asyncio.StreamWriter, lost: set[int]
    ) -> None:
        while True:
            frame = await _frame(reader)
            kind, version, correlation = struct.unpack_from(">hhi", frame)
            self.orders.seen[kind] += 1
            self.orders.stalled |= kind == self.orders.stall_at
            await self._hold_up(len(frame))
            if self.orders.errors.get(kind):
                client.write(_error_answer(kind, version, correlation, self.orders.errors[kind].pop(0)))
                continue
            if self.orders.lost[kind] > 0:
                self.orders.lost[kind] -= 1
                lost.add(correlation)
            broker.write(struct.pack(">i", len(frame)) + frame)
            await broker.drain()

    async def _answers(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, lost: set[int]) -> None:
        while True:
            frame = await _frame(reader)
            await self._until_it_may_pass()
            if struct.unpack_from(">i", frame)[0] in lost:
                return
            client.write(struct.pack(">i", len(frame)) + frame)
            await client.drain()

    async def _hold_up(self, size: int) -> None:
        await self._until_it_may_pass()
        if self.orders.bytes_per_second:
            await asyncio.sleep(size / self.orders.bytes_per_second)

    async def _until_it_may_pass(self) -> None:
        while self.orders.stalled:  # noqa: ASYNC110 - orders come from another thread
            await asyncio.sleep(0.02)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(size)


def _error_answer(kind: int, version: int, correlation: int, error: int) -> bytes:
    """Return the answer to END_TXN or ADD_OFFSETS: throttle time and error code."""
    flexible = version >= _FLEXIBLE_SINCE[kind]
    body = struct.pack(">i", correlation) + (b"\0" if flexible else b"") + struct.pack(">ih", 0, error)
    body += b"\0" if flexible else b""
    return struct.pack(">i", len(body)) + body
