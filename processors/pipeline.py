"""The claim pipeline in its order: validate, price, score, decide."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from processors.batch import ClaimBatch
from processors.pricing import PriceBook, price
from processors.routing import Policy, decide
from processors.scoring import Scorer, score
from processors.validation import RuleCatalogue, validate
from schemas.errors import ClaimstreamError

Step = tuple[str, Callable[[ClaimBatch], ClaimBatch]]


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


@dataclass(frozen=True)
class ClaimPipeline:
    """The tools of the steps; frozen, so that one batch sees one version of each.

    Attributes:
        catalogue: Validation rules.
        book: Price book.
        scorer: Approval and reason models.
        policy: Dispositions, queues and priorities.
    """

    catalogue: RuleCatalogue
    book: PriceBook
    scorer: Scorer
    policy: Policy

    @classmethod
    def shipped(cls) -> ClaimPipeline:
        """Return the pipeline with the rules, prices, models and policy that claimstream ships."""
        return cls(RuleCatalogue.load(), PriceBook.starter(), Scorer.load(), Policy.load())

    def run(self, batch: ClaimBatch, times: StepTimes | None = None) -> ClaimBatch:
        """Take a batch through all steps.

        Args:
            batch: Claims as they were submitted.
            times: Collects how long each step took.

        Raises:
            StepFailedError: A step raised.
        """
        times = times or StepTimes()
        for name, step in self._steps():
            with times.measure(name):
                try:
                    batch = step(batch)
                except (Exception, pl.exceptions.PanicException) as error:
                    raise StepFailedError(name, error) from error
        return batch

    def _steps(self) -> tuple[Step, ...]:
        return (
            ("validate", lambda batch: validate(batch, self.catalogue)),
            ("price", lambda batch: price(batch, self.book)),
            ("score", lambda batch: score(batch, self.scorer)),
            ("decide", lambda batch: decide(batch, self.policy)),
        )
