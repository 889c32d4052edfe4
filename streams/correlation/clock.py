"""The clock of correlation: which instant a bundle of facts is folded at, and up to which the due index is read.

A bundle that is folded again after a crash must be folded at the same instant, or what depends on the clock (alerts,
ranks, snoozes) would be said otherwise under the same event id. So a bundle has the instant its record was written at;
where events make the time, the latest of a partition is part of its table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from processors.correlation.facts import Fact
from streams.correlation.table import Table

LATEST = "t|latest"
"""Key of the latest instant that the events of a partition have shown."""


@dataclass(frozen=True)
class FactClock:
    """The instant that holds for a partition; microseconds since 1970.

    Attributes:
        wall: Clock on the wall.
        table: State.
        event_time: Whether events make the time, rather than the wall.
    """

    wall: Callable[[], datetime]
    table: Table
    event_time: bool

    def now(self, partition: int) -> int:
        """Return the instant that holds now: what is due until then is due."""
        if not self.event_time:
            return round(self.wall().timestamp() * 1_000_000)
        known = self.table.read(partition, LATEST)
        return 0 if known is None else int(known["at"])

    def of_bundle(self, partition: int, facts: Sequence[Fact], written_ms: int) -> int:
        """Return the instant a bundle is folded at, the same whenever that is.

        Args:
            partition: Its partition.
            facts: Its facts.
            written_ms: Timestamp of its record, milliseconds since 1970.
        """
        if not self.event_time:
            return written_ms * 1_000
        before = self.now(partition)
        latest: int = max([before, *(fact["at"] for fact in facts)])
        if latest != before:
            self.table.write(partition, LATEST, {"at": latest})
        return latest
