"""Records of a poll are sorted into the columns of their partitions."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from sink.ranges import TopicPartition
from sink.records import Records, by_partition


@dataclass
class Polled:
    """A message, as the client gives it."""

    place: tuple[str, int, int]
    content: tuple[bytes | None, bytes | None] = (b"x", b"k")

    def topic(self) -> str:
        return self.place[0]

    def partition(self) -> int:
        return self.place[1]

    def offset(self) -> int:
        return self.place[2]

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_000 + self.place[2]

    def value(self) -> bytes | None:
        return self.content[0]

    def key(self) -> bytes | None:
        return self.content[1]


def test_records_of_each_partition_come_together_in_their_order() -> None:
    polled = [Polled(("scored", 0, 5)), Polled(("scored", 0, 7)), Polled(("scored", 1, 3)), Polled(("lineage", 1, 4))]
    assert list(by_partition(polled)) == [
        (TopicPartition("scored", 0), Records([5, 7], [1_005, 1_007], [b"x", b"x"])),
        (TopicPartition("scored", 1), Records([3], [1_003], [b"x"])),
        (TopicPartition("lineage", 1), Records([4], [1_004], [b"x"])),
    ]


def test_of_a_record_without_a_value_the_key_is_kept() -> None:
    contents = [(b"", b"a"), (None, b"b"), (None, None)]
    polled = [Polled(("lineage", 0, offset), content) for offset, content in enumerate(contents)]
    [(_, records)] = by_partition(polled)
    assert records.values == [b"", None, None]
    assert records.tombstones == {1: b"b"}


@given(st.lists(st.integers(0, 30), min_size=1), st.integers(0, 30))
def test_what_a_seek_brings_again_is_left_out(offsets: Sequence[int], next_offset: int) -> None:
    expected, after = [], next_offset
    for offset in offsets:
        if offset >= after:
            expected.append(offset)
            after = offset + 1
    values = [None if offset % 3 == 0 else b"%d" % offset for offset in offsets]
    keys = {place: b"%d" % offset for place, offset in enumerate(offsets) if values[place] is None}
    new = Records(offsets, [offset * 10 for offset in offsets], values, keys).without_echoes(next_offset)
    assert list(new.offsets) == expected
    assert list(new.timestamps_ms) == [offset * 10 for offset in expected]
    assert list(new.values) == [None if offset % 3 == 0 else b"%d" % offset for offset in expected]
    assert new.tombstones == {place: b"%d" % offset for place, offset in enumerate(expected) if offset % 3 == 0}
