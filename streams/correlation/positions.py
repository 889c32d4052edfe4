"""Where a worker stands in each partition: what was handed on, what was taken in hand, and what may be committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from faust.types import TP

from schemas.errors import FatalStreamError


class Place(NamedTuple):
    """The place of a poll in its partition.

    Attributes:
        reading: Number of the reading; it grows whenever the worker goes back to what is committed.
        follows: Offset of the record handed on before; None at the start of a reading.
        last: Offset of the poll's last record.
    """

    reading: int
    follows: int | None
    last: int


@dataclass(frozen=True)
class Poll:
    """Consecutive records of one partition, in the shape of a record of the client.

    Attributes:
        records: At least one, in order.
        place: Where they are.
    """

    records: Sequence[Any]
    place: Place

    key = None
    headers = ()
    checksum = None
    serialized_key_size = -1
    serialized_value_size = -1

    @property
    def value(self) -> Poll:
        """The poll itself: what a message of it carries."""
        return self

    @property
    def topic(self) -> str:
        """Topic of the records."""
        return str(self.records[-1].topic)

    @property
    def partition(self) -> int:
        """Their partition."""
        return int(self.records[-1].partition)

    @property
    def offset(self) -> int:
        """Offset of the last record."""
        return self.place.last

    @property
    def timestamp(self) -> int:
        """Time of the last record, milliseconds since 1970."""
        return int(self.records[-1].timestamp)

    @property
    def timestamp_type(self) -> int:
        """Who set it."""
        return int(self.records[-1].timestamp_type)


class Positions:
    """Keeps a worker from committing, or working past, what it has not done.

    Records of a partition are handed on in order, and each poll knows which record it follows. A poll of an earlier
    reading is left alone: its records are read again. A poll that does not follow what was taken last means that
    records were lost between client and agent; the worker then ends before it commits anything past them.
    """

    def __init__(self) -> None:
        self.reading = 0
        self.done: dict[TP, int] = {}
        """Offset to commit, by partition."""
        self._handed: dict[TP, int] = {}
        self._taken: dict[TP, int] = {}

    def go_back(self) -> None:
        """Begin a new reading at what is committed: what was handed on before does not count any more."""
        self.reading += 1
        self.done.clear()
        self._handed.clear()
        self._taken.clear()

    def hand_on(self, partition: TP, records: Sequence[Any], at_once: int) -> list[Poll]:
        """Return records as polls.

        Args:
            partition: Their partition.
            records: Records that follow those handed on before.
            at_once: Most records of a poll.
        """
        polls = []
        for start in range(0, len(records), at_once):
            own = records[start : start + at_once]
            last = int(own[-1].offset)
            polls.append(Poll(own, Place(self.reading, self._handed.get(partition), last)))
            self._handed[partition] = last
        return polls

    def take(self, partition: TP, place: Place) -> bool:
        """Take a poll in hand; return whether it is to be worked on.

        Raises:
            FatalStreamError: Records before it were lost on their way.
        """
        if place.reading != self.reading:
            return False
        if place.follows != self._taken.get(partition):
            msg = f"Records of {partition.topic}, partition {partition.partition}, were skipped before {place.last}."
            raise FatalStreamError(msg, "The worker starts again at what it has committed; nothing is lost.")
        self._taken[partition] = place.last
        return True

    def finish(self, partition: TP, place: Place) -> None:
        """Note that a poll's records are done with."""
        if place.reading == self.reading:
            self.done[partition] = place.last + 1

    def forget(self, partitions: Iterable[TP]) -> None:
        """Drop what is known of partitions that are another worker's now."""
        for partition in partitions:
            self.done.pop(partition, None)
