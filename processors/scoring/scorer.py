"""The scoring step: probability of approval and likely denial reasons of every claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from processors.batch import ClaimBatch
from processors.features import FEATURE_NAMES, Encoders, feature_array, feature_hash
from processors.scoring.errors import ModelRefusedError
from processors.scoring.explanation_type import EXPLANATION_TYPE
from processors.scoring.model import LoadedModel, load_model
from processors.scoring.ranking import REASON_TYPE, top_reasons
from processors.scoring.registry import APPROVAL, REASONS, Matrix, read_active, shipped_registry
from processors.scoring.rules import RULE_REASONS, RULES_VERSION, rules_score

__all__ = ["REASON_TYPE", "Scorer", "score", "top_reasons"]

_DECIMALS = 4


@dataclass(frozen=True)
class Scorer:
    """The models in service.

    Attributes:
        approval: Model of P(denied); None means the rules score.
        reasons: Model of the reason given a denial; None means the reasons come from the rules.
        problems: Why a model was refused; the shell reports them, the stream goes on.
    """

    approval: LoadedModel | None = None
    reasons: LoadedModel | None = None
    problems: tuple[ModelRefusedError, ...] = field(default=())

    @classmethod
    def load(cls, registry: Path | None = None) -> Scorer:
        """Load the champions of a registry; a model that fails its checks is left out and told in `problems`.

        Args:
            registry: Folder of the registry; None takes the models shipped with the program.
        """
        folder = registry or shipped_registry()
        loaded: dict[str, LoadedModel] = {}
        problems = []
        for name in (APPROVAL, REASONS):
            try:
                loaded[name] = load_model(read_active(folder, name))
            except ModelRefusedError as error:
                problems.append(error)
        return cls(loaded.get(APPROVAL), loaded.get(REASONS), tuple(problems))


class _Matrices:
    """Feature matrices of one batch, one for each distinct set of encoders."""

    def __init__(self, batch: ClaimBatch) -> None:
        self._batch = batch
        self._arrays: dict[str, Matrix] = {}

    @property
    def findings(self) -> pl.DataFrame:
        """Findings of the batch."""
        return self._batch.findings

    def array(self, encoders: Encoders) -> Matrix:
        if encoders.digest not in self._arrays:
            self._arrays[encoders.digest] = feature_array(self._batch, encoders)
        return self._arrays[encoders.digest]


def score(batch: ClaimBatch, scorer: Scorer) -> ClaimBatch:
    """Score every claim.

    Args:
        batch: Claims and lines; validation and pricing normally ran before.
        scorer: The models.

    Returns:
        The batch with, on the claims: approval_probability Float64 (rounded to 1e-4, so that a replay writes
        the same row), reasons List(Struct{reason, probability}) best first and at most three (given a
        denial), scored_by (model or rules), model_version, reason_model_version (empty when the reasons come
        from the rules), feature_hash.

    Raises:
        ScoringError: A model answered with something that is not a probability.
    """
    matrices = _Matrices(batch)
    approval, reasons = scorer.approval, scorer.reasons
    denied, shares, names = _answers(matrices, approval, reasons)
    approved = np.round(1.0 - denied, _DECIMALS)
    return batch.with_claim_columns(
        pl.lit("rules" if approval is None else "model").alias("scored_by"),
        pl.lit(RULES_VERSION if approval is None else approval.label).alias("model_version"),
        pl.lit("" if reasons is None else reasons.label).alias("reason_model_version"),
        pl.lit(feature_hash()).alias("feature_hash"),
        approval_probability=pl.lit(pl.Series(approved, dtype=pl.Float64)),
        reasons=pl.lit(top_reasons(shares, names)),
        challenger_version=pl.lit(None, dtype=pl.String),
        challenger_probability=pl.lit(None, dtype=pl.Float64),
        feature_completeness=pl.lit(None, dtype=pl.Float64),
        feature_vector=pl.lit(None, dtype=pl.Binary),
        explanations=pl.lit(pl.Series([[]], dtype=EXPLANATION_TYPE)).first(),
    )


def _answers(
    matrices: _Matrices, approval: LoadedModel | None, reasons: LoadedModel | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], tuple[str, ...]]:
    by_rules = None
    if approval is None or reasons is None:
        encoders = next((m.encoders for m in (approval, reasons) if m is not None), Encoders())
        by_rules = rules_score(pl.DataFrame(matrices.array(encoders), schema=list(FEATURE_NAMES)), matrices.findings)
    if approval is None:
        assert by_rules is not None  # noqa: S101 - computed above
        denied = by_rules[0]
    else:
        denied = approval.predict(matrices.array(approval.encoders))[:, 0].astype(np.float64)
    if reasons is None:
        assert by_rules is not None  # noqa: S101 - computed above
        return denied, by_rules[1], RULE_REASONS
    shares = reasons.predict(matrices.array(reasons.encoders)).astype(np.float64)
    return denied, shares, reasons.classes
