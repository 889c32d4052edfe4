"""A step of the pipeline: how long it took, and how it fails."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from schemas.errors import ClaimstreamError


class StepFailedError(ClaimstreamError):
    """A step raised: the batch holds a claim it cannot handle.

    Args:
        step: Name of the step.
        cause: What it raised. Its text may quote claim data, so only its class is told.
    """

    def __init__(self, step: str, cause: BaseException) -> None:
        super().__init__(
            f"The step {step} failed on the claim with {type(cause).__name__}.",
            "Open the sealed payload of the dead letter, correct the claim and publish it again.",
        )
        self.step = step
        self.cause_class = type(cause).__name__


@dataclass
class StepTimes:
    """Seconds spent in each step: CPU of the whole process and wall clock.

    A step that is measured within another counts for itself only. What other threads of the process do meanwhile counts
    for the step they run beside.
    """

    cpu_seconds: dict[str, float] = field(default_factory=dict)
    wall_seconds: dict[str, float] = field(default_factory=dict)
    _within_cpu: float = 0.0
    _within_wall: float = 0.0

    def measure(self, step: str) -> _Measurement:
        """Return a context that adds its duration to the step."""
        return _Measurement(self, step)

    def add(self, step: str, cpu_seconds: float, wall_seconds: float) -> None:
        """Add a duration to a step."""
        self.cpu_seconds[step] = self.cpu_seconds.get(step, 0.0) + cpu_seconds
        self.wall_seconds[step] = self.wall_seconds.get(step, 0.0) + wall_seconds


class _Measurement:
    def __init__(self, times: StepTimes, step: str) -> None:
        self._times = times
        self._step = step

    def __enter__(self) -> None:
        times = self._times
        self._outer = times._within_cpu, times._within_wall
        times._within_cpu = times._within_wall = 0.0
        self._cpu = time.process_time()
        self._wall = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        times = self._times
        cpu, wall = time.process_time() - self._cpu, time.perf_counter() - self._wall
        times.add(self._step, cpu - times._within_cpu, wall - times._within_wall)
        times._within_cpu, times._within_wall = self._outer[0] + cpu, self._outer[1] + wall
