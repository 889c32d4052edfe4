"""How the records of a partition are cut into ranges."""

import pytest

from schemas.errors import FatalStreamError
from sink.buckets import ENOUGH_RECORDS, PartitionBuffer, due
from sink.config import BatchLimits
from sink.ranges import OffsetRange, TopicPartition

SOURCE = TopicPartition("claims.scored", 0)
LIMITS = BatchLimits(max_records=3, max_bytes=100, linger_s=0.5, quiet_s=60.0)


def test_a_bucket_closes_at_the_number_of_records() -> None:
    buffer = PartitionBuffer(SOURCE, LIMITS)
    closed = [buffer.add(offset, 1_000, b"x", 0.0) for offset in (0, 1, 3, 4)]
    assert [b.span if b else None for b in closed] == [None, None, OffsetRange(0, 3, 3), None]


def test_a_bucket_closes_at_the_number_of_bytes() -> None:
    buffer = PartitionBuffer(SOURCE, LIMITS)
    assert buffer.add(0, 1_000, b"x" * 60, 0.0) is None
    bucket = buffer.add(1, 1_000, b"x" * 60, 0.0)
    assert bucket is not None
    assert bucket.bytes_read == 120


def test_buckets_due_together_when_the_oldest_record_of_any_has_waited() -> None:
    one, other, empty = (PartitionBuffer(SOURCE, LIMITS) for _ in range(3))
    assert not due([one, other, empty], LIMITS, 9.0)
    one.add(7, 1_000, b"x", 10.0)
    other.add(3, 1_000, b"x", 10.3)
    assert not due([one, other, empty], LIMITS, 10.4)
    assert due([one, other, empty], LIMITS, 10.5)
    closed = [buffer.close() for buffer in (one, other, empty)]
    assert [bucket and bucket.span for bucket in closed] == [OffsetRange(7, 7, 1), OffsetRange(3, 3, 1), None]
    assert not due([one, other, empty], LIMITS, 99.0)


def filled(records: int, now: float, since: float | None = None) -> PartitionBuffer:
    buffer = PartitionBuffer(SOURCE, BatchLimits())
    for offset in range(records):
        buffer.add(offset, 1_000, b"x", now, since=since)
    return buffer


def test_a_partition_with_few_of_the_waiting_records_waits_for_more_of_them() -> None:
    limits = BatchLimits(linger_s=1.0, quiet_s=60.0)
    large, small = filled(90, 10.5), filled(20, 10.0)
    assert due([large, small], limits, 11.4) == []
    assert due([large, small], limits, 11.5) == [large]
    assert due([small], limits, 11.5) == [small], "alone, it is all that waits"
    assert due([filled(90, 12.5), small], limits, 12.9) == []
    assert due([filled(90, 12.5), small], limits, 13.0) == [small]


def test_while_nothing_is_being_inserted_enough_records_do_not_wait_for_more() -> None:
    limits = BatchLimits(linger_s=1.0, quiet_s=60.0)
    enough, too_few = filled(ENOUGH_RECORDS, 10.0), filled(ENOUGH_RECORDS - 1, 10.0)
    assert due([enough], limits, 10.1) == []
    assert due([enough], limits, 10.1, idle=True) == [enough]
    assert due([too_few], limits, 10.1, idle=True) == []
    assert due([enough, filled(9, 10.0)], limits, 10.1, idle=True) == [enough], "few records wait for more all the same"


def test_partitions_of_like_size_are_due_together_however_many_they_are() -> None:
    limits = BatchLimits(linger_s=1.0, quiet_s=60.0)
    many = [filled(5 + number, 10.0 + number / 10) for number in range(9)]
    assert due(many, limits, 11.0) == many


def test_a_record_that_waited_while_the_sink_was_busy_has_lingered_already() -> None:
    limits = BatchLimits(linger_s=1.0, quiet_s=60.0)
    waited = filled(3, now=20.0, since=18.9)
    assert due([waited], limits, 20.0) == [waited]


def test_a_begun_range_is_rebuilt_exactly_whatever_the_limits() -> None:
    buffer = PartitionBuffer(SOURCE, LIMITS, OffsetRange(10, 16, 5))
    closed = [buffer.add(offset, 1_000, b"x" * 60, 0.0) for offset in (10, 11, 13, 14)]
    assert closed == [None] * 4
    assert not due([buffer], LIMITS, 99.0)
    assert buffer.close() is None
    bucket = buffer.add(16, 1_000, b"x", 0.0)
    assert bucket is not None
    assert bucket.replayed
    assert bucket.span == OffsetRange(10, 16, 5)
    following = [buffer.add(offset, 1_000, b"x", 0.0) for offset in (17, 18, 19)][-1]
    assert following is not None
    assert not following.replayed


@pytest.mark.parametrize(
    "offsets", [(10, 11, 16), (11, 12, 13, 14, 16), (10, 11, 13, 14, 17), (10, 11, 12, 13, 14, 16)]
)
def test_a_begun_range_with_other_records_stops_the_sink(offsets: tuple[int, ...]) -> None:
    buffer = PartitionBuffer(SOURCE, LIMITS, OffsetRange(10, 16, 5))

    def add_all() -> None:
        for offset in offsets:
            buffer.add(offset, 1_000, b"x", 0.0)

    with pytest.raises(FatalStreamError, match="no longer holds"):
        add_all()


def test_buckets_due_before_their_linger_ends_when_all_partitions_fall_quiet() -> None:
    limits = BatchLimits(linger_s=10.0, quiet_s=0.2)
    busy, sparse = PartitionBuffer(SOURCE, limits), PartitionBuffer(SOURCE, limits)
    sparse.add(1, 1_000, b"x", now=100.0)
    assert not due([busy, sparse], limits, 100.1)
    busy.add(2, 1_000, b"y", now=100.15)
    assert not due([busy, sparse], limits, 100.3)
    assert due([busy, sparse], limits, 100.36)
