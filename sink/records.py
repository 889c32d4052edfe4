"""Records as a poll brings them: the columns of each partition."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sink.ranges import TopicPartition


@dataclass(frozen=True)
class Records:
    """Records of one partition, in the order in which they came.

    Attributes:
        offsets: Their offsets.
        timestamps_ms: Their Kafka timestamps.
        values: Their values; None for a tombstone.
        tombstones: Key of each record without a value, by its place.
    """

    offsets: Sequence[int]
    timestamps_ms: Sequence[int]
    values: Sequence[bytes | None]
    tombstones: Mapping[int, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.offsets)

    def bytes_between(self, start: int, end: int) -> int:
        """Size of the values from one place to another, that one not included."""
        return int(self._bytes_before[end] - self._bytes_before[start])

    def end_of_bytes(self, start: int, size: int) -> int:
        """Place behind the record with which the values from a place on have so many bytes; beyond the last without."""
        return int(np.searchsorted(self._bytes_before, self._bytes_before[start] + size))

    @cached_property
    def _bytes_before(self) -> NDArray[np.int64]:
        """Size of the values before each place, and before the end."""
        return np.cumsum([0, *(len(value or b"") for value in self.values)])

    def without_echoes(self, next_offset: int) -> "Records":
        """Return those that go on from an offset, each beyond all before it; a seek brings others once more.

        Args:
            next_offset: The first offset that has not been taken.
        """
        offsets = np.array(self.offsets)
        before = np.maximum.accumulate(np.concatenate([[next_offset - 1], offsets[:-1]]))
        new = offsets > before
        if new.all():
            return self
        places = np.cumsum(new) - 1
        return Records(
            list(compress(self.offsets, new)),
            list(compress(self.timestamps_ms, new)),
            list(compress(self.values, new)),
            {int(places[place]): key for place, key in self.tombstones.items() if new[place]},
        )


def by_partition(messages: Sequence[Any]) -> Iterator[tuple[TopicPartition, Records]]:
    """Yield the records of messages that lie on one partition and came together.

    Args:
        messages: Messages of a poll, none of them an error.
    """
    for (topic, partition), group in groupby(messages, lambda message: (message.topic(), message.partition())):
        together = list(group)
        values = [message.value() for message in together]
        tombstones = {
            place: key
            for place, value in enumerate(values)
            if value is None and (key := together[place].key()) is not None
        }
        yield (
            TopicPartition(topic, partition),
            Records(
                [message.offset() for message in together],
                [message.timestamp()[1] for message in together],
                values,
                tombstones,
            ),
        )
