"""The models in service: loaded once, loaded again when the registry changes, kept when a change is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import structlog

from claimstream.fingerprints import Fingerprint, fingerprint
from claimstream.settings import Settings
from processors.scoring import Scorer
from processors.scoring.registry import DENIALS, shipped_registry

log = structlog.get_logger()


def registry_path(settings: Settings) -> Path:
    """Return the folder of the model registry in force."""
    return settings.claimstream_models or shipped_registry()


def load_scorer(settings: Settings) -> Scorer:
    """Return the models; none without ML predictions, so that the rules score."""
    scorer = Scorer.load(registry_path(settings)) if settings.enable_ml_predictions else Scorer()
    for problem in scorer.problems:
        log.warning("model_refused", reason=problem.message, remedy=problem.remedy)
    return scorer


class ScorerKeeper:
    """Gives the models for a new pipeline.

    Args:
        settings: Where the registry is.
        scorer: Models that are loaded already.
    """

    def __init__(self, settings: Settings, scorer: Scorer | None = None) -> None:
        self._settings = settings
        self._seen = self._look()
        self._scorer = scorer or load_scorer(settings)

    def __call__(self) -> Scorer:
        """Return the models: the same while the registry is unchanged.

        A changed champion or challenger that fails its checks leaves the one before at work and stands in
        `problems`; the stream never stops for a model.
        """
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            self._scorer = _kept(self._scorer, load_scorer(self._settings))
        return self._scorer

    def _look(self) -> Fingerprint:
        return fingerprint((registry_path(self._settings) / DENIALS,))


def _kept(before: Scorer, after: Scorer) -> Scorer:
    """Return the new models; the old champion where the new one was refused."""
    after = replace(after, rates=before.rates)
    if after.model is None and before.model is not None and after.problems:
        return replace(after, model=before.model)
    return after
