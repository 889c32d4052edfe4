"""What the history step reads and what it leaves to be written: plain bytes by partition and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

LONG_AGO = -(10**6)
"""Watermark of a partition that no claim was seen of, days since 1970-01-01."""


@dataclass(frozen=True)
class PartitionWrites:
    """What a batch leaves to be remembered of one partition of the stream.

    Attributes:
        keys: Keys whose value changes, each once.
        values: Their new values.
        watermark_day: Latest service date seen, days since 1970-01-01.
    """

    keys: list[bytes]
    values: list[bytes]
    watermark_day: int


HistoryWrites = Mapping[int, PartitionWrites]
"""What a batch leaves to be remembered, by partition of claims.submitted."""


class HistoryView(Protocol):
    """What was remembered before the batch."""

    def get_many(self, partitions: Sequence[int], keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the value of each key in the partition beside it; None where nothing is remembered."""

    def watermark_day(self, partition: int) -> int:
        """Return the latest service date seen on a partition, days since 1970-01-01; LONG_AGO for none."""

    def generation(self, partition: int) -> int:
        """Return how many times the stream's offsets have begun anew."""


@dataclass
class InMemoryHistory:
    """A history that lives and dies with the process: for examples, measurements and tests."""

    values: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    watermarks: dict[int, int] = field(default_factory=dict)

    def get_many(self, partitions: Sequence[int], keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the value of each key."""
        return list(map(self.values.get, zip(partitions, keys, strict=True)))

    def watermark_day(self, partition: int) -> int:
        """Return the latest service date seen."""
        return self.watermarks.get(partition, LONG_AGO)

    def generation(self, partition: int) -> int:
        """Return 0: this stream never begins anew."""
        return 0

    def remember(self, writes: HistoryWrites) -> None:
        """Take over what a batch leaves."""
        for partition, changed in writes.items():
            self.watermarks[partition] = changed.watermark_day
            for key, value in zip(changed.keys, changed.values, strict=True):
                self.values[partition, key] = value
