"""Named places where a test may end or stop the process; no-ops unless CLAIMSTREAM_FAILPOINT arms one."""

from __future__ import annotations

import os
import signal

FAILPOINTS = (
    "mid_recovery",
    "after_poll",
    "mid_produce",
    "after_produce",
    "before_commit",
    "after_commit",
    "mid_state",
    "after_state",
    "after_facts",
    "before_send",
    "after_send",
    "after_changelog",
    "after_fold",
)


_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class Failpoints:
    """Ends or stops the process the nth time a named place is reached.

    Args:
        armed: "name", "name:n" or "name:n:stop"; without "stop" the process is killed; empty arms nothing.

    Raises:
        ValueError: The name is not one of FAILPOINTS.
    """

    def __init__(self, armed: str = "") -> None:
        self._name, nth, action = [*armed.split(":"), "", ""][:3]
        if self._name and self._name not in FAILPOINTS:
            msg = f"unknown failpoint {self._name}; known: {', '.join(FAILPOINTS)}"
            raise ValueError(msg)
        self._left = int(nth or 1)
        self._signal = _SIGNALS[action or "kill"]

    @classmethod
    def from_environment(cls) -> Failpoints:
        """Arm what CLAIMSTREAM_FAILPOINT names, if it names one of ours."""
        armed = os.environ.get("CLAIMSTREAM_FAILPOINT", "")
        return cls(armed if armed.partition(":")[0] in FAILPOINTS else "")

    def reach(self, name: str) -> None:
        """Say that this place was reached."""
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._signal)
