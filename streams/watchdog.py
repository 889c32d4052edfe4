"""A watchdog over calls that promise to return in time: a process that hangs in one is ended, and started again."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TICK_SECONDS = 0.5
EXIT_FAILED = 1


def end_process(call: str, seconds: float) -> None:
    """Say what hangs and end the process at once; a thread that hangs in a library cannot be interrupted."""
    sys.stderr.write(
        f"{call} has not returned within {seconds:.0f} s. Check the broker; nothing was committed, and the supervisor "
        "restarts the stage.\n"
    )
    sys.stderr.flush()
    os._exit(EXIT_FAILED)


class Watchdog:
    """Ends the process when a watched call lasts too long. Time in which the process itself is stopped does not count.

    Args:
        seconds: Longest duration of a call.
        end: Is told which call hangs, and for how long it was let.
    """

    def __init__(self, seconds: float, end: Callable[[str, float], None] = end_process) -> None:
        self._seconds = seconds
        self._end = end
        self._call = ""
        self._ticks = 0
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to watch, in a thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()

    @contextmanager
    def over(self, call: str) -> Iterator[None]:
        """Watch a call."""
        self._ticks, self._call = 0, call
        try:
            yield
        finally:
            self._call = ""

    def _watch(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            self._ticks += 1
            call = self._call
            if call and self._ticks * TICK_SECONDS > self._seconds:
                self._end(call, self._seconds)
                return
