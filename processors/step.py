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
    """Seconds spent in each step: CPU of the whole process and wall clock."""

    cpu_seconds: dict[str, float] = field(default_factory=dict)
    wall_seconds: dict[str, float] = field(default_factory=dict)

    def measure(self, step: str) -> _Measurement:
        """Return a context that adds its duration to the step."""
        return _Measurement(self, step)


class _Measurement:
    def __init__(self, times: StepTimes, step: str) -> None:
        self._times = times
        self._step = step

    def __enter__(self) -> None:
        self._cpu = time.process_time()
        self._wall = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        cpu, wall = self._times.cpu_seconds, self._times.wall_seconds
        cpu[self._step] = cpu.get(self._step, 0.0) + time.process_time() - self._cpu
        wall[self._step] = wall.get(self._step, 0.0) + time.perf_counter() - self._wall
