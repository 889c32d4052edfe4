"""How far a store is on its changelog, and what the changelog says of the stream it belongs to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

from processors.history.view import LONG_AGO

LAYOUT = 1
"""Version of what a store holds; a store of another one is built anew."""

MARK_KEY = b"M"
"""Key of the mark, in the changelog and in the store."""


@dataclass(frozen=True)
class Position:
    """Where a store is on the changelog.

    Attributes:
        topic_id: Identity of the changelog topic: offsets of a topic made anew mean something else.
        next_offset: First offset that the store does not hold.
        layout: Layout of the store.
    """

    topic_id: str
    next_offset: int
    layout: int = LAYOUT

    def to_bytes(self) -> bytes:
        """Return the position as it is stored."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read a stored position."""
        return cls(**json.loads(value))


@dataclass(frozen=True)
class Mark:
    """Last record of every transaction on a partition of the changelog.

    Attributes:
        source_id: Identity of the claims topic.
        next_offset: First offset of the claims topic that is not remembered.
        watermark_day: Latest service date seen, days since 1970-01-01.
        generation: How many times the claims topic was made anew.
    """

    source_id: str
    next_offset: int = 0
    watermark_day: int = LONG_AGO
    generation: int = 0

    def to_bytes(self) -> bytes:
        """Return the mark as it is written."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read a mark."""
        return cls(**json.loads(value))

    def for_source(self, source_id: str) -> Mark:
        """Return the mark for the claims topic as it is now: offsets of one made anew come after all known ones."""
        if source_id == self.source_id:
            return self
        return Mark(source_id, 0, self.watermark_day, self.generation + 1)
