"""The scoring step: probability of approval, likely denial reasons and explanations of every claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from processors.batch import ClaimBatch
from processors.features import FEATURE_NAMES, Encoders, HistoryRates, feature_array, feature_hash
from processors.features.coded import Coded
from processors.lent import read_numbers
from processors.scoring.errors import ModelRefusedError
from processors.scoring.explain import NOTHING_EXPLAINED, explain
from processors.scoring.model import LoadedModel, load_model
from processors.scoring.ranking import REASON_TYPE, top_reasons
from processors.scoring.registry import DENIALS, Matrix, read_active, read_version, shipped_registry
from processors.scoring.rules import RULE_REASONS, RULES_VERSION, rules_score

__all__ = ["REASON_TYPE", "Scorer", "score", "top_reasons"]

_DECIMALS = 4
_LEAST_KNOWN = 0.3
"""A claim with fewer known features than this share is scored by the rules: the model has never seen its like."""

DEFAULT_REVIEW_BELOW = 0.60
_GRAVE = ("error", "warning")
_FEATURE_HASH = feature_hash()

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scorer:
    """The models in service.

    Attributes:
        model: The champion; None means the rules score.
        challenger: A version on trial that scores the same batches; nothing acts on it.
        share: Share of the batches that the challenger scores.
        rates: Point-in-time denial rates from adjudicated remittances; None without them.
        problems: Why a model was refused; the shell reports them, the stream goes on.
    """

    model: LoadedModel | None = None
    challenger: LoadedModel | None = None
    share: float = 1.0
    rates: HistoryRates | None = None
    problems: tuple[ModelRefusedError, ...] = field(default=())

    @classmethod
    def load(cls, registry: Path | None = None) -> Scorer:
        """Load champion and challenger; a model that fails its checks is left out and told in `problems`.

        Args:
            registry: Folder of the registry; None takes the models shipped with the program.
        """
        folder = registry or shipped_registry()
        try:
            active = read_active(folder, DENIALS)
        except ModelRefusedError as error:
            return cls(problems=(error,))
        problems: list[ModelRefusedError] = []
        model = _load(folder, active.champion, problems)
        challenger = None if active.challenger is None else _load(folder, active.challenger, problems)
        return cls(model, challenger, active.share, None, tuple(problems))

    @property
    def version(self) -> str:
        """What scores: name and version of the champion, or the version of the rules."""
        return RULES_VERSION if self.model is None else self.model.label


def _load(registry: Path, version: str, problems: list[ModelRefusedError]) -> LoadedModel | None:
    try:
        return load_model(read_version(registry / DENIALS / version), FEATURE_NAMES)
    except ModelRefusedError as error:
        problems.append(error)
        return None


def score(batch: ClaimBatch, scorer: Scorer, review_below: float = DEFAULT_REVIEW_BELOW) -> ClaimBatch:
    """Score every claim.

    Args:
        batch: Claims and lines; validation and pricing normally ran before.
        scorer: The models.
        review_below: Claims with a lower approval probability are explained.

    Returns:
        The batch with, on the claims: approval_probability Float64 (rounded to 1e-4, so that a replay writes
        the same row), reasons List(Struct{reason, probability}) best first and at most three (given a denial;
        empty for a claim without error or warning whose risk is below half the usual), scored_by (model or
        rules), model_version, reason_model_version (empty when the reasons come from the rules), feature_hash,
        feature_completeness, feature_vector (Binary, float32 little-endian), challenger_version and
        challenger_probability (null without one), explanations (EXPLANATION_TYPE).

    Raises:
        ScoringError: A model answered with something that is not a probability.
    """
    model = scorer.model
    matrix = feature_array(batch, Encoders() if model is None else model.encoders, scorer.rates)
    known = 1.0 - np.isnan(matrix).mean(axis=1) if batch.size else np.zeros(0)
    by_model = np.zeros(batch.size, dtype=bool) if model is None else known >= _LEAST_KNOWN
    denied, shares, names, rows = _answers(batch, matrix, model, by_model)
    approved = np.round(1.0 - denied, _DECIMALS)
    explained = (
        NOTHING_EXPLAINED
        if model is None
        else explain(
            model, matrix, np.flatnonzero(by_model & (approved < review_below)), denied, shares, rows, _allowed(batch)
        )
    )
    return batch.with_claim_series(
        _by("scored_by", by_model, "model", "rules"),
        _by("model_version", by_model, scorer.version, RULES_VERSION),
        _by("reason_model_version", by_model & (model is not None and bool(model.classes)), scorer.version, ""),
        _same("feature_hash", _FEATURE_HASH, batch.size),
        pl.Series("approval_probability", approved, dtype=pl.Float64),
        top_reasons(shares, names, rows, batch.size),
        pl.Series("feature_completeness", np.round(known, _DECIMALS), dtype=pl.Float64),
        packed(matrix),
        explained.column(batch.size),
        *_challenge(batch, matrix, scorer),
    )


def _answers(
    batch: ClaimBatch, matrix: Matrix, model: LoadedModel | None, by_model: npt.NDArray[np.bool_]
) -> tuple[Numbers, Numbers, tuple[str, ...], npt.NDArray[np.int64]]:
    """Return P(denied) of each claim; reason shares with their names, and the claims they are about."""
    by_rules = None
    if model is None or not by_model.all() or not model.classes:
        by_rules = rules_score(pl.DataFrame(matrix, schema=list(FEATURE_NAMES)), batch.findings)
    if model is None:
        assert by_rules is not None  # noqa: S101 - computed above
        return *by_rules, RULE_REASONS, np.arange(batch.size)
    denied = model.p_denied(matrix)
    if by_rules is not None:
        denied = np.where(by_model, denied, by_rules[0])
    if not model.classes:
        assert by_rules is not None  # noqa: S101 - computed above
        return denied, by_rules[1], RULE_REASONS, np.arange(batch.size)
    rows = np.flatnonzero((denied >= model.denial_rate / 2) | _found(batch))
    return denied, model.reason_shares(np.ascontiguousarray(matrix[rows])), model.classes, rows


def _found(batch: ClaimBatch) -> npt.NDArray[np.bool_]:
    """Tell which claims have an error or a warning: they are worked on whatever the model says."""
    found = np.zeros(batch.size, dtype=bool)
    row = batch.findings["row"].to_numpy()
    found[row[Coded.of(batch.findings["severity"]).among(*_GRAVE)]] = True
    return found


def _allowed(batch: ClaimBatch) -> Numbers | None:
    """Return what each claim is expected to be allowed, in cents, NaN where unknown."""
    if "expected_allowed_cents" not in batch.claims.columns:
        return None
    return read_numbers(batch.claims[["expected_allowed_cents"]])["expected_allowed_cents"]


def _by(name: str, flags: npt.NDArray[np.bool_], yes: str, no: str) -> pl.Series:
    if flags.all() or not flags.any():
        return _same(name, yes if len(flags) and flags.all() else no, len(flags))
    return pl.Series(name, np.where(flags, yes, no).tolist(), dtype=pl.String)


def _same(name: str, value: str | float | None, size: int, dtype: pl.DataType | None = None) -> pl.Series:
    """Return a column of one value."""
    column = _one(name, value, pl.String() if dtype is None else dtype)
    return column.new_from_index(0, size) if size else column.clear()


@lru_cache(maxsize=64)  # versions of models, and nothing: the same few in every batch
def _one(name: str, value: str | float | None, dtype: pl.DataType) -> pl.Series:
    return pl.Series(name, [value], dtype=dtype)


def _challenge(batch: ClaimBatch, matrix: Matrix, scorer: Scorer) -> tuple[pl.Series, pl.Series]:
    model = scorer.challenger
    version, probability = "challenger_version", "challenger_probability"
    if model is None or not batch.size or not _drawn(batch, scorer.share):
        return _same(version, None, batch.size), _same(probability, None, batch.size, pl.Float64())
    same = scorer.model is not None and scorer.model.encoders.digest == model.encoders.digest
    own = matrix if same else feature_array(batch, model.encoders, scorer.rates)
    approved = np.round(1.0 - model.p_denied(own), _DECIMALS)
    return _same(version, model.label, batch.size), pl.Series(probability, approved, dtype=pl.Float64)


def _drawn(batch: ClaimBatch, share: float) -> bool:
    """Draw a batch by the hash of its first claim, so that a replay draws the same."""
    if share >= 1:
        return True
    return int(str(batch.claims["_hash"][0])[:8] or "0", 16) % 10_000 < share * 10_000


def packed(matrix: Matrix) -> pl.Series:
    """Return each row of the matrix as bytes: float32 little-endian."""
    rows, width = matrix.shape
    data = np.ascontiguousarray(matrix, dtype="<f4")
    offsets = np.arange(rows + 1, dtype=np.int64) * (4 * width)
    array = pa.LargeBinaryArray.from_buffers(pa.large_binary(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
    return pl.Series("feature_vector", array, dtype=pl.Binary)
