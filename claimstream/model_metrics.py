"""Metrics of the models at work: which they are, whether one was refused, and how far claims moved from training."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import polars as pl

from claimstream.metrics import Metrics
from processors.features import FEATURE_NAMES
from processors.monitoring import DriftWindow
from processors.scoring import RULES_VERSION, Scorer

SAMPLE_EVERY_SECONDS, SAMPLE_ROWS = 1.0, 256
MEASURE_EVERY_SECONDS = 30.0


class ModelWatch:
    """Watches the models and the claims they score; a small sample of the batches, off their cost.

    Args:
        metrics: Where it is shown.
        clock: Seconds, monotonic.
    """

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._window: DriftWindow | None = None
        self._version = RULES_VERSION
        self._next_sample = self._next_measure = 0.0

    def models_loaded(self, scorer: Scorer) -> None:
        """Show the models at work and on trial, how many were refused, and whether the rules score instead."""
        m = self._metrics
        m.models_info.clear()
        m.models_info.labels(scorer.version, "champion").set(1)
        if scorer.challenger is not None:
            m.models_info.labels(scorer.challenger.label, "challenger").set(1)
        m.models_refused.set(len(scorer.problems))
        m.scoring_by_rules.set(scorer.model is None)
        if scorer.version != self._version:
            self._version = scorer.version
            self._window = None if scorer.model is None else DriftWindow(scorer.model.reference, FEATURE_NAMES)

    def scored(self, outcome: pl.DataFrame) -> None:
        """Take a sample of a batch in now and then, and show the drift of the sampled claims.

        Args:
            outcome: feature_vector, approval_probability and model_version of the claims of a batch.
        """
        now = self._clock()
        if self._window is None or now < self._next_sample or "feature_vector" not in outcome.columns:
            return
        self._next_sample = now + SAMPLE_EVERY_SECONDS
        some = outcome.head(SAMPLE_ROWS).filter(pl.col("model_version") == self._version)
        if some.height:
            joined = b"".join(some["feature_vector"].to_list())
            matrix = np.frombuffer(joined, dtype="<f4").reshape(some.height, -1)
            self._window.add(matrix, 1.0 - some["approval_probability"].to_numpy())
        if now >= self._next_measure:
            self._next_measure = now + MEASURE_EVERY_SECONDS
            self._measure(self._window)

    def _measure(self, window: DriftWindow) -> None:
        found = window.measure()
        if found is None:
            return
        self._metrics.score_psi.set(found.score)
        for name, value in found.features.items():
            self._metrics.feature_psi.labels(name).set(value)
