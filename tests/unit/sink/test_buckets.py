"""How the records of a partition are cut into ranges."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import FatalStreamError
from sink.buckets import ENOUGH_RECORDS, Bucket, PartitionBuffer, due
from sink.config import BatchLimits
from sink.ranges import OffsetRange, TopicPartition
from sink.records import Records

SOURCE = TopicPartition("claims.scored", 0)
LIMITS = BatchLimits(max_records=3, max_bytes=100, linger_s=0.5, quiet_s=60.0)


def records(*offsets: int, value: bytes | None = b"x") -> Records:
    return Records(offsets, [1_000] * len(offsets), [value] * len(offsets))


def test_a_bucket_closes_at_the_number_of_records() -> None:
    buffer = PartitionBuffer(SOURCE, LIMITS)
    closed = [buffer.add(records(offset), 0.0) for offset in (0, 1, 3, 4)]
    assert [[b.span for b in some] for some in closed] == [[], [], [OffsetRange(0, 3, 3)], []]


def test_a_bucket_closes_at_the_number_of_bytes() -> None:
    buffer = PartitionBuffer(SOURCE, LIMITS)
    assert buffer.add(records(0, value=b"x" * 60), 0.0) == []
    [bucket] = buffer.add(records(1, value=b"x" * 60), 0.0)
    assert bucket.bytes_read == 120


Sizes = st.lists(st.none() | st.integers(0, 120), max_size=40)


@given(Sizes, st.lists(st.integers(0, 40), max_size=5), st.none() | st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_records_that_come_together_are_cut_as_those_that_come_one_by_one(
    sizes: Sequence[int | None], cuts: Sequence[int], begun: tuple[int, int] | None
) -> None:
    replay = OffsetRange(begun[0] * 2, sum(begun) * 2, begun[1] + 1) if begun else None
    first = begun[0] if begun else 0
    offsets = [2 * (first + place) for place in range(len(sizes))]

    def cut(ends: Sequence[int]) -> tuple[list[Bucket], Bucket | None]:
        buffer = PartitionBuffer(SOURCE, LIMITS, replay)
        closed: list[Bucket] = []
        for start, end in zip([0, *ends], [*ends, len(sizes)], strict=True):
            values = [None if size is None else b"x" * size for size in sizes[start:end]]
            keys = {place: b"%d" % (start + place) for place, value in enumerate(values) if value is None}
            closed += buffer.add(Records(offsets[start:end], offsets[start:end], values, keys), 7.0)
        return closed, buffer._open

    assert cut(sorted(min(end, len(sizes)) for end in cuts)) == cut(range(len(sizes)))


def test_buckets_due_together_when_the_oldest_record_of_any_has_waited() -> None:
    one, other, empty = (PartitionBuffer(SOURCE, LIMITS) for _ in range(3))
    assert not due([one, other, empty], LIMITS, 9.0)
    one.add(records(7), 10.0)
    other.add(records(3), 10.3)
    assert not due([one, other, empty], LIMITS, 10.4)
    assert due([one, other, empty], LIMITS, 10.5)
    closed = [buffer.close() for buffer in (one, other, empty)]
    assert [bucket and bucket.span for bucket in closed] == [OffsetRange(7, 7, 1), OffsetRange(3, 3, 1), None]
    assert not due([one, other, empty], LIMITS, 99.0)


def filled(count: int, now: float, since: float | None = None) -> PartitionBuffer:
    buffer = PartitionBuffer(SOURCE, BatchLimits())
    buffer.add(records(*range(count)), now, since)
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
    closed = [buffer.add(records(offset, value=b"x" * 60), 0.0) for offset in (10, 11, 13, 14)]
    assert closed == [[]] * 4
    assert not due([buffer], LIMITS, 99.0)
    assert buffer.close() is None
    bucket, following = buffer.add(records(16, 17, 18, 19), 0.0)
    assert bucket.replayed
    assert bucket.span == OffsetRange(10, 16, 5)
    assert not following.replayed


@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
@pytest.mark.parametrize(
    "offsets", [(10, 11, 16), (11, 12, 13, 14, 16), (10, 11, 13, 14, 17), (10, 11, 12, 13, 14, 16)]
)
def test_a_begun_range_with_other_records_stops_the_sink(offsets: tuple[int, ...], together: bool) -> None:
    buffer = PartitionBuffer(SOURCE, LIMITS, OffsetRange(10, 16, 5))

    def add_all() -> None:
        for some in [offsets] if together else [(offset,) for offset in offsets]:
            buffer.add(records(*some), 0.0)

    with pytest.raises(FatalStreamError, match="no longer holds"):
        add_all()


def test_buckets_due_before_their_linger_ends_when_all_partitions_fall_quiet() -> None:
    limits = BatchLimits(linger_s=10.0, quiet_s=0.2)
    busy, sparse = PartitionBuffer(SOURCE, limits), PartitionBuffer(SOURCE, limits)
    sparse.add(records(1), now=100.0)
    assert not due([busy, sparse], limits, 100.1)
    busy.add(records(2), now=100.15)
    assert not due([busy, sparse], limits, 100.3)
    assert due([busy, sparse], limits, 100.36)
