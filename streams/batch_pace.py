"""How long a batch waits for more claims: hardly at all, and under load until a while after the batch before.

What a batch costs however small it is, all its claims pay for. A stage that never waits is busy all the time with small
batches, and broker and store beside it get little done; one that waits takes the same claims in fewer batches.
"""

from __future__ import annotations

BUSY_FROM = 250
"""A batch of so many claims says that there is load: most of its cost goes by the claim."""


class BatchPace:
    """The wait of the next batch.

    Args:
        wait_ms: How long a batch that has its first message waits without load.
        interval_ms: How long after the batch before was taken, under load; a batch that is full does not wait.
    """

    def __init__(self, wait_ms: int, interval_ms: int) -> None:
        self._wait_s, self._interval_s = wait_ms / 1000, interval_ms / 1000
        self._next_at = 0.0

    def wait_s(self, now: float) -> float:
        """Return how long to wait for more.

        Args:
            now: Monotonic time, seconds.
        """
        return max(self._wait_s, self._next_at - now)

    def took(self, messages: int, now: float) -> None:
        """Take note of a batch.

        Args:
            messages: Number of its messages.
            now: Monotonic time at which it was taken, seconds.
        """
        self._next_at = now + self._interval_s if messages >= BUSY_FROM else 0.0
