"""Named places where a test may end the process; no-ops unless CLAIMSTREAM_FAILPOINT arms one."""

from __future__ import annotations

import os
import signal

FAILPOINTS = (
    "after_poll",
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


class Failpoints:
    """Ends the process with SIGKILL the nth time a named place is reached.

    Args:
        armed: "name" or "name:n"; empty arms nothing.

    Raises:
        ValueError: The name is not one of FAILPOINTS.
    """

    def __init__(self, armed: str = "") -> None:
        self._name, _, nth = armed.partition(":")
        if self._name and self._name not in FAILPOINTS:
            msg = f"unknown failpoint {self._name}; known: {', '.join(FAILPOINTS)}"
            raise ValueError(msg)
        self._left = int(nth or 1)

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
            os.kill(os.getpid(), signal.SIGKILL)
