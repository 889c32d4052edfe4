"""Find the claims that a pipeline cannot handle, so that the rest of the batch is unaffected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from processors.batch import ClaimBatch
from processors.step import StepFailedError
from schemas.errors import ClaimstreamError

MAX_POISONED = 64
"""More failing claims than this in one batch mean a broken step, not poisoned claims."""


class PipelineBrokenError(ClaimstreamError):
    """So many claims fail that the pipeline itself must be wrong."""


@dataclass(frozen=True)
class Isolated:
    """The outcome of a batch.

    Attributes:
        batch: The claims that went through, renumbered.
        rows: For each of them its row in the original batch.
        failures: Row of each failing claim and what it failed with.
    """

    batch: ClaimBatch
    rows: list[int]
    failures: list[tuple[int, StepFailedError]]


def run_isolated(batch: ClaimBatch, run: Callable[[ClaimBatch], ClaimBatch]) -> Isolated:
    """Run the pipeline; when it raises, bisect to the claims that made it.

    Raises:
        PipelineBrokenError: More than MAX_POISONED claims fail, or the good ones fail only together.
    """
    try:
        return Isolated(run(batch), list(range(batch.size)), [])
    except StepFailedError as error:
        first = error
    failures: list[tuple[int, StepFailedError]] = []
    _bisect(batch, list(range(batch.size)), first, run, failures)
    poisoned = {row for row, _ in failures}
    rows = [row for row in range(batch.size) if row not in poisoned]
    try:
        done = run(batch.take(rows))
    except StepFailedError as error:
        msg = f"The step {error.step} fails on claims together that pass it one by one."
        raise PipelineBrokenError(msg, "Report this; nothing was committed.") from error
    return Isolated(done, rows, failures)


def _bisect(
    batch: ClaimBatch,
    rows: list[int],
    error: StepFailedError,
    run: Callable[[ClaimBatch], ClaimBatch],
    failures: list[tuple[int, StepFailedError]],
) -> None:
    if len(rows) == 1:
        failures.append((rows[0], error))
        if len(failures) > MAX_POISONED:
            last = f"the last in step {error.step} with {error.cause_class}"
            msg = f"More than {MAX_POISONED} claims of one batch fail, {last}."
            raise PipelineBrokenError(msg, "Check the rule packs, prices and models; nothing was committed.")
        return
    middle = len(rows) // 2
    for half in (rows[:middle], rows[middle:]):
        try:
            run(batch.take(half))
        except StepFailedError as half_error:
            _bisect(batch, half, half_error, run, failures)
