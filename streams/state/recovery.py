"""Recovery: bring the store of an assigned partition to the end of its changelog, a slice at a time."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from streams.reports import StateObserver
from streams.state.changelog import Changelog, Extent
from streams.state.partition import PartitionState
from streams.state.position import LAYOUT, MARK_KEY, Mark, Position
from streams.state.store import PartitionStore
from streams.topics import HISTORY, SUBMITTED

SLICE_SECONDS = 0.5
"""How long recovery may keep the stage from polling."""


@dataclass
class _Course:
    """A store on its way.

    Attributes:
        store: The store.
        at: Offset of the changelog it has reached.
        end: Offset of the changelog it must reach.
        ids: Identity of the topics.
        committed: Committed offset of the claims; None without one.
        records: Records read so far.
        started: When it began, monotonic seconds.
    """

    store: PartitionStore
    at: int
    end: int
    ids: dict[str, str]
    committed: int | None
    records: int = 0
    started: float = field(default_factory=time.monotonic)


class Recovery:
    """Recovers stores; several partitions at once.

    Args:
        changelog: Where they are recovered from.
        observer: Is told of progress and of stores that had to be wiped.
        open_store: Opens the store of a partition.
    """

    def __init__(
        self, changelog: Changelog, observer: StateObserver, open_store: Callable[[int], PartitionStore]
    ) -> None:
        self._changelog = changelog
        self._observer = observer
        self._open_store = open_store
        self._courses: dict[int, _Course] = {}

    @property
    def partitions(self) -> set[int]:
        """Partitions that are being recovered."""
        return set(self._courses)

    def begin(self, partition: int, committed: int | None) -> None:
        """Begin to recover a partition.

        Args:
            partition: Number of the partition.
            committed: Its committed offset on the claims topic, asked for before: a transaction that moved it
                is then on the changelog in full, and its end is asked for after.
        """
        ids = self._changelog.topic_ids([HISTORY.name, SUBMITTED.name])
        extent = self._changelog.extent(partition)
        store = self._open_store(partition)
        if getattr(store, "was_damaged", False):
            self._observer.state_wiped(partition, "the database was damaged")
        reason = _why_wipe(store.position, ids[HISTORY.name], extent)
        if reason:
            store.wipe()
            self._observer.state_wiped(partition, reason)
        start = store.position.next_offset if store.position else extent.first
        self._courses[partition] = _Course(store, start, extent.end, ids, committed)
        if start < extent.end:
            self._changelog.begin(partition, start)

    def work(self) -> dict[int, PartitionState]:
        """Read for a slice of time and return the partitions that are done."""
        deadline = time.monotonic() + SLICE_SECONDS
        done: dict[int, PartitionState] = {}
        while self._courses and not done and time.monotonic() < deadline:
            self._read()
            for partition, course in list(self._courses.items()):
                if course.at >= course.end:
                    done[partition] = self._finished(partition)
        return done

    def _read(self) -> None:
        """Apply the next records."""
        records, positions = self._changelog.read()
        writes: dict[int, dict[bytes, bytes | None]] = defaultdict(dict)
        for record in records:
            writes[record.partition()][record.key()] = record.value()  # the last of a key stays
            self._courses[record.partition()].records += 1
        for partition, position in positions.items():
            course = self._courses[partition]
            if position > course.at:
                course.at = position
                course.store.apply(writes[partition], Position(course.ids[HISTORY.name], position))
                self._observer.state_recovering(partition, max(course.end - position, 0))

    def _finished(self, partition: int) -> PartitionState:
        self._changelog.end(partition)
        course = self._courses.pop(partition)
        [stored] = course.store.get_many([MARK_KEY])
        source_id = course.ids[SUBMITTED.name]
        mark = Mark(source_id) if stored is None else Mark.from_bytes(stored).for_source(source_id)
        if course.committed is not None and mark.next_offset < course.committed:
            self._observer.state_behind(partition, course.committed - mark.next_offset)
        self._observer.state_recovered(partition, course.records, time.monotonic() - course.started)
        return PartitionState(course.store, course.ids[HISTORY.name], mark)

    def abandon(self, partition: int) -> None:
        """Close the store of a partition that was lost while it was recovered."""
        course = self._courses.pop(partition, None)
        self._changelog.end(partition)
        if course is not None:
            course.store.close()

    def close(self) -> None:
        """Abandon everything."""
        for partition in list(self._courses):
            self.abandon(partition)
        self._changelog.close()


def _why_wipe(position: Position | None, changelog_id: str, extent: Extent) -> str:
    """Return why a store cannot be continued; empty when it can."""
    if position is None:
        return ""
    if position.layout != LAYOUT:
        return "its layout is of another version"
    if position.topic_id != changelog_id:
        return "the changelog was made anew"
    if position.next_offset > extent.end:
        return "it is ahead of the changelog"
    if position.next_offset < extent.first:
        return "the changelog begins after it"
    return ""
