"""The table of correlation, read and written a batch at a time.

Faust assigns partitions, creates the changelog and recovers from it. A batch is written here: changelog and results
are sent together, and only when the broker has both does RocksDB get the new values, with the changelog position, in
one write. Local state is thereby never ahead of the changelog, and a value costs a tenth of Faust's own `table[key]`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from typing import Any

import ormsgpack
import rocksdict

from schemas.errors import FatalStreamError
from streams.correlation.sender import Record, Sender
from streams.correlation.table import DUE
from streams.failpoints import Failpoints

Value = dict[str, Any]
TABLE_OPTIONS = {
    "block_cache_size": 4 << 20,
    "write_buffer_size": 2 << 20,
    "max_write_buffer_number": 2,
    "max_open_files": 256,
}
"""Of each partition: Faust's defaults are a cache of 2 GiB and three buffers of 64 MiB."""


class RevokedError(FatalStreamError):
    """The partition is no longer this worker's, in the middle of a batch: nothing of the batch counts as read."""

    def __init__(self) -> None:
        super().__init__(
            "A partition was taken from this worker while it folded.", "The worker starts again at its last commit."
        )


def in_safe_order(changes: list[Record]) -> list[Record]:
    """Return changes of a table so that whatever part of them reaches the changelog leaves no account without its time.

    New entries of the due index go first and ended ones last: an entry without its account is passed over when its
    time comes, an account without its entry would never be looked at again.
    """
    due = DUE.encode()
    return sorted(changes, key=lambda one: 1 if not one.key.startswith(due) else 0 if one.value is not None else 2)


class BatchTable:
    """Reads through what the batch has written; commit() makes it last.

    Args:
        table: Faust table with raw keys and values on RocksDB.
        sender: Sends changelog and results.
        failpoints: Places a test may end the process at.
    """

    def __init__(self, table: Any, sender: Sender, failpoints: Failpoints) -> None:
        self._table = table
        self._failpoints = failpoints
        self._sender = sender
        self._written: dict[tuple[int, bytes], Value | None] = {}
        self._ordered: dict[int, list[bytes]] = {}

    @property
    def partitions(self) -> list[int]:
        """Partitions this worker holds and has recovered."""
        actives = self._table.app.assignor.assigned_actives()
        topic = self._table.changelog_topic_name
        return sorted(tp.partition for tp in actives if tp.topic == topic and tp.partition in self._table.data._dbs)

    def read(self, partition: int, key: str) -> Value | None:
        """Return the value of a key; None without one."""
        raw = key.encode()
        if (partition, raw) in self._written:
            return self._written[partition, raw]
        found = self._database(partition).get(raw)
        return None if found is None else ormsgpack.unpackb(found)

    def write(self, partition: int, key: str, value: Value | None) -> None:
        """Set the value of a key; None removes it."""
        place = (partition, key.encode())
        if place not in self._written:
            insort(self._ordered.setdefault(partition, []), place[1])
        self._written[place] = value

    def keys(self, partition: int, start: str, end: str, limit: int) -> list[str]:
        """Return the first keys from start up to, without, end; what the batch has written counts."""
        first, last = start.encode(), end.encode()
        found = [
            key for key in self._stored_keys(partition, first, last, limit) if (partition, key) not in self._written
        ]
        own = self._ordered.get(partition, [])
        for key in own[bisect_left(own, first) : bisect_left(own, last)]:
            if self._written[partition, key] is not None:
                found.append(key)
        return [key.decode() for key in sorted(found)[:limit]]

    def _stored_keys(self, partition: int, first: bytes, last: bytes, limit: int) -> Iterator[bytes]:
        for key in self._database(partition).keys(from_key=first):
            if key >= last or limit <= 0:
                return
            limit -= (partition, key) not in self._written
            yield key

    def _database(self, partition: int) -> Any:
        try:
            return self._table.data._dbs[partition]
        except KeyError:
            raise RevokedError from None

    def forget(self) -> None:
        """Drop what the batch has written."""
        self._written.clear()
        self._ordered.clear()

    async def commit(self, results: Sequence[Record]) -> None:
        """Send results and changelog, then write RocksDB.

        Raises:
            DependencyError: The broker did not take them; nothing was written.
            RevokedError: A partition was revoked meanwhile; its new owner reads what was sent.
        """
        packed = {place: None if v is None else ormsgpack.packb(v) for place, v in self._written.items()}
        topic = self._table.changelog_topic_name
        for partition in {partition for partition, _ in packed}:
            self._database(partition)
        changes = in_safe_order([Record(topic, key, value, partition) for (partition, key), value in packed.items()])
        # Results first: state that is known to the changelog says its results are out, and replays say nothing again.
        await self._sender.send(results)
        self._failpoints.reach("after_send")
        ends = await self._sender.send(changes)
        self._failpoints.reach("after_changelog")
        by_partition: dict[int, list[tuple[bytes, bytes | None]]] = {}
        for (partition, key), value in packed.items():
            by_partition.setdefault(partition, []).append((key, value))
        for partition, values in by_partition.items():
            self._write(partition, values, ends[topic, partition])
        self.forget()

    def _write(self, partition: int, values: list[tuple[bytes, bytes | None]], position: int) -> None:
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in values:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(self._table.data.offset_key, str(position).encode())
        self._database(partition).write(batch)
