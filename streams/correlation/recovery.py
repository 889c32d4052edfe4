"""Keeps a worker from waiting for ever for its tables."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from schemas.errors import FatalStreamError

NUDGE_SECONDS = 5.0


class RecoveryWatchdog:
    """Ends a worker whose table recovery hangs: Faust has ways to wait for a record that never comes.

    Args:
        app: The application.
        seconds: Longest time without headway.
        clock: Seconds that never go back.
    """

    def __init__(self, app: Any, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._seconds = seconds
        self._state: tuple[Any, ...] = ()
        self._clock = clock
        self._moved_at = clock()

    async def recovered(self) -> bool:
        """Return whether the tables are up to date; end the worker when they do not get there."""
        recovery = self._app.tables.recovery
        now = self._clock()
        if not self._app.rebalancing and recovery.completed.is_set():
            self._moved_at = now
            return True
        left = sum(recovery.active_remaining().values()) if recovery.in_recovery else 0
        state = (recovery.in_recovery, left, self._app.rebalancing_count, self._app.consumer_generation_id)
        if state != self._state:
            self._state, self._moved_at = state, now
        elif now - self._moved_at > self._seconds:
            msg = f"The recovery of the tables has stood still for {self._seconds:.0f} s."
            await self._app.crash(FatalStreamError(msg, "The worker starts again; if this repeats, remove its folder."))
        elif not recovery.in_recovery and now - self._moved_at > NUDGE_SECONDS:
            # The end of a short recovery may be signalled before anyone waits for the signal, and only once.
            recovery.signal_recovery_end.set()
        return False
