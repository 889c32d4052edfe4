"""A partition store in memory: rebuilt from the changelog at every start."""

from __future__ import annotations

from collections.abc import Iterator

from streams.state.position import Position
from streams.state.store import Writes


class InMemoryStore:
    """A PartitionStore that lives as long as its process."""

    def __init__(self) -> None:
        self._values: dict[bytes, bytes] = {}
        self._position: Position | None = None

    @property
    def position(self) -> Position | None:
        """How far the store is."""
        return self._position

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """Return the value of each key."""
        return list(map(self._values.get, keys))

    def apply(self, writes: Writes, position: Position) -> None:
        """Change values and position."""
        for key, value in writes.items():
            if value is None:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        self._position = position

    def keys_between(self, first: bytes, end: bytes, limit: int) -> list[bytes]:
        """Return keys in a range."""
        return sorted(key for key in self._values if first <= key < end)[:limit]

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield every key and value."""
        yield from sorted(self._values.items())

    def size(self) -> int:
        """Return how many keys there are."""
        return len(self._values)

    def wipe(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._position = None

    def close(self) -> None:
        """Do nothing: there are no files."""
