"""The families of approval models, fitted on the same folds and compared; one of them is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from models.learning.approval import Approval, Calibration, FitMembers, Member, held_out
from models.learning.dataset import Columns, Dataset, Flags, Matrix, Numbers
from models.learning.layered import fit_layered
from models.learning.linear import fit_logistic
from models.learning.network import NetworkMember
from models.learning.resampling import Resampling, resampled
from models.learning.stage import PAID, CauseStage, extended, fit_stage
from models.learning.svm import fit_support_vectors
from models.learning.trees import fit_boosting, fit_forest
from schemas.errors import BadInputError

SMALL = 5_000
"""Below this many rows the resampling arms are compared, and a penalised regression usually wins."""

_RECENT = 0.2
"""Share of the latest training rows that the intercept is checked on, where rows are in order of time."""

_STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
_STRENGTHS_OF_MANY = (0.01, 0.1)

Progress = Callable[[str], None]


class Family(StrEnum):
    """Kinds of approval models."""

    LOGISTIC = "logistic"
    FOREST = "forest"
    SVM = "svm"
    BOOSTING = "boosting"
    LAYERED = "layered"
    NETWORK = "network"


COMPARED = (Family.LOGISTIC, Family.FOREST, Family.SVM, Family.BOOSTING, Family.LAYERED)
"""What every report compares; a network takes part when one is given."""

_CHOSEN_FROM = (Family.LAYERED, Family.BOOSTING, Family.LOGISTIC)
"""The choice is made among these: a forest is the least calibrated and slowest, an SVM answers no better."""


_AS_GOOD_AS = 1.002
"""Folds tell no smaller difference of log loss; of families that are as good the better calibrated goes first."""

_COSTLY = (Family.FOREST, Family.SVM)
"""These are calibrated on one held-out fold: they are compared, not chosen."""


@dataclass(frozen=True)
class Candidate:
    """A fitted family and what it achieved on rows its fits did not see.

    Attributes:
        approval: The calibrated model, fitted on all training rows.
        held_out: Log loss, AUROC and AUPRC on held-out training rows.
        settings: What was chosen on the way.
    """

    approval: Approval
    held_out: Mapping[str, float]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Stage:
    """The first stage, and its scores of the training rows that it did not see."""

    stage: CauseStage
    scores: Numbers

    @classmethod
    def fit(cls, data: Dataset, label: npt.NDArray[np.object_]) -> Stage:
        """Fit the stage."""
        return cls(*fit_stage(data, label))


def cause_labels(data: Dataset, reasons: npt.NDArray[np.object_] | None) -> npt.NDArray[np.object_]:
    """Return PAID or the cause of each training row; one cause for all where reasons are not known."""
    if reasons is None:
        return np.where(data.train.denied, "denied", PAID).astype(object)
    return np.where(data.train.denied, np.where(reasons == None, "unstated", reasons), PAID).astype(object)  # noqa: E711 - element by element


def fit_family(
    family: Family,
    data: Dataset,
    stage: Stage,
    seed: int,
    how: Resampling = Resampling.NONE,
    network: Path | None = None,
) -> Candidate:
    """Fit one family: held-out scores first, which calibrate it, then all training rows.

    Args:
        family: What to fit.
        data: Rows and folds.
        stage: The first stage; only the layered family reads it.
        seed: Seed.
        how: What is done with rare denials inside each fit.
        network: An exported network, for the family of that name.
    """
    layered = family is Family.LAYERED
    matrix = extended(data.train.matrix, stage.scores) if layered else data.train.matrix
    settings: dict[str, Any] = {"resampling": str(how)}
    if family is Family.LOGISTIC:
        settings["strength"] = _best_strength(data, how, seed)
    fit = _fitter(family, data.columns, seed, how, settings, network)
    rows, log_odds = held_out(data, fit, matrix, one_fold=family in _COSTLY)
    outcome = data.train.denied[rows]
    calibration = Calibration.fit(log_odds, outcome)
    measured = _measure(outcome, calibration.apply(log_odds))
    if data.split == "time":
        late = rows >= data.train.size * (1 - _RECENT)
        calibration = calibration.moved_to(log_odds[late], outcome[late])
    approval = Approval(
        str(family),
        fit(matrix, data.train.denied),
        calibration,
        stage.stage if layered else None,
        data.columns.width,
    )
    return Candidate(approval, measured, settings)


def choose(candidates: Mapping[Family, Candidate]) -> Family:
    """Return the first family, of those that may be chosen, whose held-out log loss is the least or as good as."""
    allowed = [family for family in _CHOSEN_FROM if family in candidates] or list(candidates)
    least = min(candidates[family].held_out["log_loss"] for family in allowed)
    return next(family for family in allowed if candidates[family].held_out["log_loss"] <= least * _AS_GOOD_AS)


def compare_arms(data: Dataset, seed: int) -> dict[str, dict[str, float]]:
    """Measure every way to treat rare denials, on held-out rows, with the logistic regression.

    Returns:
        Log loss, AUROC and AUPRC by arm; an arm that cannot be drawn is left out.
    """
    arms = {}
    for how in Resampling:
        try:
            fit = _fitter(Family.LOGISTIC, data.columns, seed, how, {"strength": 0.1})
            _, log_odds = held_out(data, fit, data.train.matrix)
        except BadInputError:
            continue
        arms[str(how)] = _measure(data.train.denied, Calibration.fit(log_odds, data.train.denied).apply(log_odds))
    return arms


def _fitter(
    family: Family,
    columns: Columns,
    seed: int,
    how: Resampling,
    settings: Mapping[str, Any],
    network: Path | None = None,
) -> FitMembers:
    fits: dict[Family, Callable[[Matrix, Flags, Numbers | None], tuple[Member, ...]]] = {
        Family.LOGISTIC: partial(_logistic, columns, settings.get("strength", 0.1)),
        Family.FOREST: lambda m, d, w: (fit_forest(m, d, columns.of_trees, seed, w),),
        Family.SVM: lambda m, d, w: (fit_support_vectors(m, d, columns, seed, w),),
        Family.BOOSTING: partial(_boosting, columns, seed),
        Family.LAYERED: lambda m, d, w: fit_layered(m, d, columns, seed, w),
        Family.NETWORK: lambda _m, _d, _w: (NetworkMember.open(network, columns.width),),
    }

    def fit(matrix: Matrix, denied: Flags) -> tuple[Member, ...]:
        rows, outcome, weight = resampled(matrix, denied, how, seed)
        return fits[family](rows, outcome, weight)

    return fit


def _logistic(
    columns: Columns, strength: float, matrix: Matrix, denied: Flags, weight: Numbers | None
) -> tuple[Member, ...]:
    return (fit_logistic(matrix, denied, columns, strength, weight),)


def _boosting(columns: Columns, seed: int, matrix: Matrix, denied: Flags, weight: Numbers | None) -> tuple[Member, ...]:
    return (fit_boosting(matrix, denied, columns.of_trees, columns.direction, seed, weight),)


def _best_strength(data: Dataset, how: Resampling, seed: int) -> float:
    """Return the inverse penalty with the least held-out log loss."""
    strengths = _STRENGTHS if data.train.size <= 4 * SMALL else _STRENGTHS_OF_MANY

    def loss(strength: float) -> float:
        fit = _fitter(Family.LOGISTIC, data.columns, seed, how, {"strength": strength})
        _, log_odds = held_out(data, fit, data.train.matrix)
        calibrated = Calibration.fit(log_odds, data.train.denied).apply(log_odds)
        return float(log_loss(data.train.denied, calibrated, labels=[False, True]))

    return min(strengths, key=loss)


def _measure(denied: Flags, p: Numbers) -> dict[str, float]:
    return {
        "log_loss": float(log_loss(denied, p, labels=[False, True])),
        "auroc": float(roc_auc_score(denied, p)),
        "auprc": float(average_precision_score(denied, p)),
    }
