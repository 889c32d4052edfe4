"""Named places where a test may kill the process; without orders they do nothing."""

import os
import signal
from collections import Counter
from collections.abc import Mapping
from typing import Literal

Failpoint = Literal["before_intent", "after_intent", "after_insert", "after_done"]
VARIABLE = "CLAIMSTREAM_FAILPOINT"


class Failpoints:
    """Does nothing: the failpoints of a process in service."""

    def hit(self, name: Failpoint) -> None:
        """Pass a failpoint."""


class KillAt(Failpoints):
    """Kills the process with SIGKILL at the n-th pass of one failpoint."""

    def __init__(self, name: str, nth: int) -> None:
        self._name = name
        self._nth = nth
        self._passes: Counter[str] = Counter()

    def hit(self, name: Failpoint) -> None:
        """Count a pass and, at the ordered one, die without any clean-up."""
        self._passes[name] += 1
        if name == self._name and self._passes[name] == self._nth:
            os.kill(os.getpid(), signal.SIGKILL)


def from_environment(environment: Mapping[str, str] = os.environ) -> Failpoints:
    """Read an order of the form name:nth from CLAIMSTREAM_FAILPOINT; without one, do nothing."""
    order = environment.get(VARIABLE, "")
    if not order:
        return Failpoints()
    name, _, nth = order.partition(":")
    return KillAt(name, int(nth or 1))
