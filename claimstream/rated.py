"""The pipeline for the next batch with the historical rates that are known now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from processors.features.rates import HistoryRates
from processors.pipeline import ClaimPipeline
from streams.rates_table import RatesTable


@dataclass
class Rated:
    """Puts rates into the scorer of a pipeline; the pair is made anew only when one of the two has changed.

    Attributes:
        pipelines: Gives the pipeline.
        table: Has the rates.
    """

    pipelines: Callable[[], ClaimPipeline]
    table: RatesTable
    _of: tuple[ClaimPipeline, HistoryRates] | None = field(default=None, init=False)
    _made: ClaimPipeline | None = field(default=None, init=False)

    def __call__(self) -> ClaimPipeline:
        """Return the pipeline."""
        pipeline, rates = self.pipelines(), self.table.rates
        if rates is None:
            return pipeline
        if self._made is None or self._of is None or self._of[0] is not pipeline or self._of[1] is not rates:
            self._of = (pipeline, rates)
            self._made = replace(pipeline, scorer=replace(pipeline.scorer, rates=rates))
        return self._made
