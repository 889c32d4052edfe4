"""Records of one partition on their way to become a range."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.errors import FatalStreamError
from sink.config import BatchLimits
from sink.ranges import OffsetRange, TopicPartition
from sink.records import Records
from sink.rows import Positions


@dataclass
class Bucket:
    """Contiguous records of one partition.

    Attributes:
        opened_at: Monotonic time from which on the first record may have waited in this process, seconds.
        values: Message values, in order.
        offsets: Their offsets.
        timestamps_ms: Their Kafka timestamps.
        bytes_read: Sum of the sizes of the values.
        replayed: Whether this is a range an earlier run began.
        touched_at: Monotonic time of the last record's arrival, seconds.
        tombstones: Key of each record without a value, by its place in `values`.
    """

    opened_at: float
    values: list[bytes | None] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    timestamps_ms: list[int] = field(default_factory=list)
    bytes_read: int = 0
    replayed: bool = False
    touched_at: float = 0.0
    tombstones: dict[int, bytes] = field(default_factory=dict)

    def take(self, records: Records, start: int, end: int) -> None:
        """Add the records from one place to another, that one not included."""
        moved = len(self.values) - start
        self.tombstones |= {place + moved: key for place, key in records.tombstones.items() if start <= place < end}
        self.values += records.values[start:end]
        self.offsets += records.offsets[start:end]
        self.timestamps_ms += records.timestamps_ms[start:end]
        self.bytes_read += records.bytes_between(start, end)

    @property
    def span(self) -> OffsetRange:
        """The range the records make up."""
        return OffsetRange(self.offsets[0], self.offsets[-1], len(self.offsets))

    def positions(self, source: TopicPartition, log_id: str = "") -> Positions:
        """Where the records lie in Kafka."""
        return Positions(
            source.partition, self.offsets, self.timestamps_ms, source.topic, log_id, tombstones=self.tombstones
        )


SMALL_SHARE = 0.25
"""A partition that brings less than this share of what the busiest one brings has few records."""

SMALL_LINGERS = 3
"""So many times as long as the others it may gather: an insert costs much the same for ten rows as for a thousand."""

ENOUGH_RECORDS = 6_000
"""Of so many records most of what an insert costs goes by the record: gathering more saves little."""


def due(
    buffers: Iterable["PartitionBuffer"], limits: BatchLimits, now: float, *, idle: bool = False
) -> list["PartitionBuffer"]:
    """Tell which open buckets to close now, together: a round costs the ledger the same for one as for many.

    When the oldest record of any has lingered long enough, all are but the small ones, which gather for longer.
    When nothing has come to any of them for a while, all are. While nothing is being inserted, enough records are.

    Args:
        buffers: Those of all partitions.
        limits: When a range is closed.
        now: Monotonic time, seconds.
        idle: Whether nothing is being inserted.
    """
    opened = [buffer for buffer in buffers if not buffer.is_replaying and buffer.opened_at is not None]
    if not opened:
        return []
    if now - max(buffer.touched_at or 0.0 for buffer in opened) >= limits.quiet_s:
        return opened
    few = SMALL_SHARE * max(buffer.records for buffer in opened)
    large = [buffer for buffer in opened if buffer.records >= few]
    small = [buffer for buffer in opened if buffer.records < few]
    linger_s = 0.0 if idle and any(buffer.records >= ENOUGH_RECORDS for buffer in large) else limits.linger_s
    return [*_ripe(large, linger_s, now), *_ripe(small, SMALL_LINGERS * limits.linger_s, now)]


def _ripe(buffers: list["PartitionBuffer"], linger_s: float, now: float) -> list["PartitionBuffer"]:
    """All of them once the oldest record of any is so old, else none."""
    return buffers if any(now - (buffer.opened_at or now) >= linger_s for buffer in buffers) else []


class PartitionBuffer:
    """Cuts the records of one partition into buckets.

    Args:
        source: The partition.
        limits: When a bucket is full.
        replay: A range an earlier run began: the first bucket is exactly this range, whatever the limits.
    """

    def __init__(self, source: TopicPartition, limits: BatchLimits, replay: OffsetRange | None = None) -> None:
        self._source = source
        self._limits = limits
        self._replay = replay
        self._open: Bucket | None = None

    @property
    def opened_at(self) -> float | None:
        """Arrival of the oldest record of the open bucket, monotonic seconds; None without one."""
        return None if self._open is None else self._open.opened_at

    def add(self, records: Records, now: float, since: float | None = None) -> list[Bucket]:
        """Add records; returns the buckets that they complete.

        Args:
            records: Those that follow the ones before, in the order of their offsets.
            now: Monotonic time, seconds.
            since: Monotonic time from which on they may have waited for the process to look; None for now.

        Raises:
            FatalStreamError: The records of a begun range are not the ones that were there before.
        """
        closed = []
        start = 0
        while start < len(records):
            bucket = self._open
            if bucket is None:
                bucket = self._open = Bucket(now if since is None else since, replayed=self._replay is not None)
            bucket.touched_at = now
            end = self._end_of(bucket, records, start)
            bucket.take(records, start, end)
            if self._is_complete(bucket):
                closed.append(self._close())
            start = end
        return closed

    @property
    def is_replaying(self) -> bool:
        """Whether the open bucket, or the next one, must become exactly a range that was begun before."""
        return self._replay is not None

    @property
    def records(self) -> int:
        """Records in the open bucket."""
        return 0 if self._open is None else len(self._open.offsets)

    @property
    def touched_at(self) -> float | None:
        """Arrival of the newest record of the open bucket, monotonic seconds; None without one."""
        return None if self._open is None else self._open.touched_at

    def close(self) -> Bucket | None:
        """Close the open bucket as it is; None without one, or when it must become a range that was begun before."""
        return None if self._open is None or self._replay is not None else self._close()

    def _end_of(self, bucket: Bucket, records: Records, start: int) -> int:
        """Place behind the last record, from a place on, that goes into a bucket.

        Raises:
            FatalStreamError: The range that it must become has ended before the record at the place.
        """
        if self._replay is not None:
            end = bisect_right(records.offsets, self._replay.last, start)
            if end == start:
                raise self._mismatch(self._replay)
            return end
        full_at = records.end_of_bytes(start, self._limits.max_bytes - bucket.bytes_read)
        return min(len(records), start + self._limits.max_records - len(bucket.offsets), full_at)

    def _is_complete(self, bucket: Bucket) -> bool:
        if self._replay is not None:
            return bucket.offsets[-1] == self._replay.last
        return len(bucket.offsets) >= self._limits.max_records or bucket.bytes_read >= self._limits.max_bytes

    def _close(self) -> Bucket:
        bucket, self._open = self._open, None
        assert bucket is not None  # noqa: S101 - callers have looked
        if self._replay is not None:
            if bucket.span != self._replay:
                raise self._mismatch(self._replay)
            self._replay = None
        return bucket

    def _mismatch(self, replay: OffsetRange) -> FatalStreamError:
        message = f"The range {replay} of {self._source} no longer holds its {replay.records} records."
        return FatalStreamError(message, "Compare the tables with the topic by kafka_offset; do not restart before.")
