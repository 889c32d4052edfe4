"""What folding needs of the table; BatchTable has it on RocksDB, MemoryTable for tests and measurements."""

from __future__ import annotations

from typing import Any, Protocol


class Table(Protocol):
    """State by partition and key; reads see earlier writes."""

    def read(self, partition: int, key: str) -> dict[str, Any] | None:
        """Return the value of a key."""

    def write(self, partition: int, key: str, value: dict[str, Any] | None) -> None:
        """Set the value of a key, or remove it."""

    def keys(self, partition: int, start: str, end: str, limit: int) -> list[str]:
        """Return the first keys from start up to, without, end."""


class MemoryTable:
    """A table in a dict."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, str], dict[str, Any]] = {}

    def read(self, partition: int, key: str) -> dict[str, Any] | None:
        """Return the value of a key."""
        return self.values.get((partition, key))

    def write(self, partition: int, key: str, value: dict[str, Any] | None) -> None:
        """Set the value of a key, or remove it."""
        if value is None:
            self.values.pop((partition, key), None)
        else:
            self.values[partition, key] = value

    def keys(self, partition: int, start: str, end: str, limit: int) -> list[str]:
        """Return the first keys from start up to, without, end."""
        found = sorted(key for at, key in self.values if at == partition and start <= key < end)
        return found[:limit]
