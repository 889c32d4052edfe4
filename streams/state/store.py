"""The store of one partition: what a runtime may rely on, whichever engine keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from streams.state.position import Position

Writes = Mapping[bytes, bytes | None]
"""New values by key; None deletes the key."""


class PartitionStore(Protocol):
    """Keys and values of one partition, with the position on the changelog they were taken from.

    Values and position change together or not at all. After a crash the store holds what some earlier `apply`
    left, not always the last one: the changelog has the rest.
    """

    @property
    def position(self) -> Position | None:
        """How far the store is; None for one that holds nothing."""

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """Return the value of each key, None for one that is not there."""

    def apply(self, writes: Writes, position: Position) -> None:
        """Change values and position in one step."""

    def keys_between(self, first: bytes, end: bytes, limit: int) -> list[bytes]:
        """Return keys from `first` on and before `end`, in order, at most so many."""

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield every key and value, in the order of the keys."""

    def size(self) -> int:
        """Return about how many keys there are."""

    def wipe(self) -> None:
        """Forget everything, the position too."""

    def close(self) -> None:
        """Write what is in memory and let go of the files; nothing may be called afterwards."""
