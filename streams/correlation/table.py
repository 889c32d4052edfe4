"""What folding needs of the table; BatchTable has it on RocksDB, MemoryTable for tests and measurements."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any, Protocol

DUE = "d|"
"""Prefix of the due index: what the clock looks at, in order of time."""


def due_key(due: int, key: str) -> str:
    """Return the key of the due index; each key has one entry.

    Args:
        due: Instant, microseconds since 1970.
        key: Account, or payer under detection.
    """
    return f"{DUE}{due:020d}|{key}"


def key_of_due(index: str) -> str:
    """Return the key that an entry of the due index is about."""
    return index.split("|", 2)[2]


class Table(Protocol):
    """State by partition and key; reads see earlier writes."""

    def read(self, partition: int, key: str) -> dict[str, Any] | None:
        """Return the value of a key."""

    def write(self, partition: int, key: str, value: dict[str, Any] | None) -> None:
        """Set the value of a key, or remove it."""

    def keys(self, partition: int, start: str, end: str, limit: int) -> list[str]:
        """Return the first keys from start up to, without, end."""


class MemoryTable:
    """A table in a dict, with its keys in order."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, str], dict[str, Any]] = {}
        self._ordered: list[tuple[int, str]] = []

    def read(self, partition: int, key: str) -> dict[str, Any] | None:
        """Return the value of a key."""
        return self.values.get((partition, key))

    def write(self, partition: int, key: str, value: dict[str, Any] | None) -> None:
        """Set the value of a key, or remove it."""
        place = (partition, key)
        if value is None:
            if self.values.pop(place, None) is not None:
                del self._ordered[bisect_left(self._ordered, place)]
            return
        if place not in self.values:
            insort(self._ordered, place)
        self.values[place] = value

    def keys(self, partition: int, start: str, end: str, limit: int) -> list[str]:
        """Return the first keys from start up to, without, end."""
        first, last = bisect_left(self._ordered, (partition, start)), bisect_left(self._ordered, (partition, end))
        return [key for _, key in self._ordered[first : min(last, first + limit)]]
