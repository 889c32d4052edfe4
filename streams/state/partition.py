"""The state of one partition: its store, its mark, and what of it is too old to keep."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from processors.history.calendar import oldest_kept, quarter_name
from processors.history.view import LONG_AGO, PartitionWrites
from streams.state.position import MARK_KEY, Mark, Position
from streams.state.store import PartitionStore, Writes

EXPIRED_AT_ONCE = 500
"""Keys that one batch lets go of: an old quarter leaves over many batches, none of which stalls."""

_FIRST_QUARTER = b"Q"


@dataclass
class Pending:
    """What was put into the open transaction.

    Attributes:
        writes: New values by key.
        mark: The new mark; also in the writes.
        mark_offset: Offset of the mark on the changelog, once the broker told it.
        expired_to: Keys before this one are let go of.
    """

    writes: Writes
    mark: Mark
    expired_to: bytes
    mark_offset: int | None = None

    def told(self, offset: int) -> None:
        """Take note of the offset of the mark."""
        self.mark_offset = offset


@dataclass
class PartitionState:
    """A partition whose store is up to date.

    Attributes:
        store: Its store.
        changelog_id: Identity of the changelog topic.
        mark: Last mark.
        pending: What is in the open transaction.
    """

    store: PartitionStore
    changelog_id: str
    mark: Mark
    pending: Pending | None = None
    _expired_to: bytes = field(default=_FIRST_QUARTER)

    def prepare(self, changed: PartitionWrites | None, next_offset: int) -> Pending:
        """Return what to write for a batch: values, tombstones of what is too old, and the mark.

        Args:
            changed: What the batch leaves of this partition; None for nothing.
            next_offset: First offset of the claims topic after the batch.
        """
        watermark = self.mark.watermark_day if changed is None else changed.watermark_day
        mark = replace(self.mark, watermark_day=watermark, next_offset=next_offset)
        writes: dict[bytes, bytes | None] = {}
        if changed is not None:
            writes.update(zip(changed.keys, changed.values, strict=True))
        expired, expired_to = self._expired(watermark)
        writes.update(dict.fromkeys(expired))
        self.pending = Pending(writes, mark, expired_to)
        return self.pending

    def _expired(self, watermark_day: int) -> tuple[list[bytes], bytes]:
        if watermark_day == LONG_AGO:
            return [], self._expired_to
        quarter = int(oldest_kept(np.array([watermark_day]))[0])
        kept_from = _FIRST_QUARTER + quarter_name(quarter).encode()
        if kept_from <= self._expired_to:
            return [], self._expired_to
        keys = self.store.keys_between(self._expired_to, kept_from, EXPIRED_AT_ONCE)
        return keys, keys[-1] + b"\x00" if len(keys) == EXPIRED_AT_ONCE else kept_from

    def apply(self) -> None:
        """Take over what the committed transaction wrote."""
        if self.pending is None:
            return
        pending, self.pending = self.pending, None
        before = self.store.position
        # An offset that was not told costs reading the transaction again after a restart, nothing more.
        next_offset = (
            pending.mark_offset + 1 if pending.mark_offset is not None else before.next_offset if before else 0
        )
        writes = {**pending.writes, MARK_KEY: pending.mark.to_bytes()}
        self.store.apply(writes, Position(self.changelog_id, next_offset))
        self.mark, self._expired_to = pending.mark, pending.expired_to
