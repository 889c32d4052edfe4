"""What the soak does to the parts of the system, and a supervisor that wakes them and starts them again."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Event = dict[str, object]
"""One entry of the timeline: at (seconds since the start), what, whom, and details."""


@dataclass
class Target:
    """A part of the system.

    Attributes:
        name: What it is called in the timeline.
        start: Starts its process.
        ends: How it may be ended: SIGKILL, or SIGTERM for those that leave in order.
        process: Its process.
        paused_until: Monotonic time at which it is woken; None while it runs.
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes] | subprocess.Popen[str]]
    ends: tuple[signal.Signals, ...] = (signal.SIGKILL, signal.SIGTERM)
    process: subprocess.Popen[bytes] | subprocess.Popen[str] | None = None
    paused_until: float | None = None


@dataclass
class Troupe:
    """All parts, watched over: one that has ended is started again, one that was stopped is woken in time.

    Attributes:
        targets: The parts, in the order they start.
        timeline: What happened.
    """

    targets: list[Target]
    timeline: list[Event] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    def say(self, what: str, whom: str, **details: object) -> None:
        """Add to the timeline."""
        self.timeline.append({"at": round(time.monotonic() - self._began, 1), "what": what, "whom": whom, **details})

    def start(self) -> None:
        """Start every part."""
        for target in self.targets:
            target.process = target.start()

    def end(self, target: Target, number: signal.Signals) -> None:
        """End a part; the supervisor starts it again."""
        assert target.process is not None
        self.say("kill" if number == signal.SIGKILL else "end", target.name)
        target.process.send_signal(number)

    def pause(self, target: Target, seconds: float) -> None:
        """Stop a part for some seconds: it neither works nor answers, and does not know it."""
        assert target.process is not None
        self.say("pause", target.name, seconds=round(seconds, 1))
        target.process.send_signal(signal.SIGSTOP)
        target.paused_until = time.monotonic() + seconds

    def supervise(self) -> None:
        """Wake what has slept long enough and start what has ended."""
        now = time.monotonic()
        for target in self.targets:
            assert target.process is not None
            if target.paused_until is not None and now >= target.paused_until:
                target.paused_until = None
                target.process.send_signal(signal.SIGCONT)
            code = target.process.poll()
            if code is not None:
                self.say("start", target.name, exit_code=code)
                target.paused_until = None
                target.process = target.start()

    def wake_all(self) -> None:
        """Wake every part."""
        for target in self.targets:
            if target.paused_until is not None and target.process is not None:
                target.process.send_signal(signal.SIGCONT)
                target.paused_until = None
