"""How many messages the claim stage takes at once: as many as are set, fewer where claims are large.

What a batch needs of memory goes by its bytes and by its service lines; both are learnt from the batch before.
"""

from __future__ import annotations

BATCH_BYTES = 6 << 20
"""Bytes of messages in a batch, about."""

BATCH_LINES = 20_000
"""Service lines in a batch, about: claims of fifty lines come in smaller batches than those of two, and no slower."""

_FEWEST = 2


class BatchBounds:
    """The size of the next batch.

    Args:
        batch_size: Most messages of any batch.
    """

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._mean_bytes, self._mean_lines = 4_096.0, 50.0  # careful until the first batch tells

    @property
    def most(self) -> int:
        """Most messages of the next batch, at least two."""
        fitting = min(BATCH_BYTES / self._mean_bytes, BATCH_LINES / self._mean_lines)
        return max(min(self._batch_size, int(fitting)), _FEWEST)

    def learn_bytes(self, messages: int, size: int) -> None:
        """Take note of a batch as it came.

        Args:
            messages: Number of messages, at least one.
            size: Their bytes.
        """
        self._mean_bytes = max(size / messages, 1.0)

    def learn_lines(self, claims: int, lines: int) -> None:
        """Take note of a batch as it was decoded; one that held no claim says nothing.

        Args:
            claims: Number of claims.
            lines: Their service lines.
        """
        if claims:
            self._mean_lines = max(lines / claims, 1.0)
