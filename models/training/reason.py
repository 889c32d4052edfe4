"""The reason model: multinomial logistic regression over the denial reasons, given a denial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from models.training.data import Matrix, Part

_STRENGTHS = (0.03, 0.1, 0.3)

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ReasonModel:
    """A linear model on centred and scaled features; missing values stand at the mean.

    Attributes:
        classes: Reasons, in the order of the output columns.
        mean: Mean of each feature among denied training claims.
        scale: Standard deviation, 1 where a feature does not vary.
        weights: Features x classes.
        bias: One value a class.
    """

    classes: tuple[str, ...]
    mean: Numbers
    scale: Numbers
    weights: Numbers
    bias: Numbers

    def shares(self, matrix: Matrix) -> Numbers:
        """Return the probability of each reason given a denial: the reference for parity."""
        logits = standardised(matrix, self.mean, self.scale) @ self.weights + self.bias
        logits -= logits.max(axis=1, keepdims=True)
        weight = np.exp(logits)
        result: Numbers = weight / weight.sum(axis=1, keepdims=True)
        return result


def standardised(matrix: Matrix, mean: Numbers, scale: Numbers) -> Numbers:
    """Return the matrix centred and scaled in double precision; NaN becomes zero."""
    wide = matrix.astype(np.float64)
    result: Numbers = (np.where(np.isnan(wide), mean, wide) - mean) / scale
    return result


def fit_reason(train: Part, calibration: Part) -> ReasonModel:
    """Fit on the denied training claims; the later denied claims choose the regularisation."""
    rows = train.denied
    matrix, reason = train.matrix[rows], train.truth["reason"].to_numpy()[rows]
    known = np.where(np.isnan(matrix).all(axis=0), 0.0, 1.0)
    filled = np.where(np.isnan(matrix).all(axis=0), 0.0, matrix).astype(np.float64)
    mean = np.nanmean(filled, axis=0) * known
    scale = np.nanstd(filled, axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0)
    inputs = standardised(matrix, mean, scale)
    later = calibration.denied
    check = standardised(calibration.matrix[later], mean, scale)
    stated = calibration.truth["reason"].to_numpy()[later]
    fitted = [LogisticRegression(C=c, max_iter=400).fit(inputs, reason) for c in _STRENGTHS]
    best = min(fitted, key=lambda model: _log_loss(model, check, stated))
    return ReasonModel(tuple(best.classes_), mean, scale, best.coef_.T.copy(), best.intercept_.copy())


def _log_loss(model: LogisticRegression, inputs: Numbers, stated: npt.NDArray[np.object_]) -> float:
    column = {name: number for number, name in enumerate(model.classes_)}
    rows = [number for number, name in enumerate(stated) if name in column]
    shares = model.predict_proba(inputs[rows])
    picked = shares[np.arange(len(rows)), [column[stated[number]] for number in rows]]
    return float(-np.log(np.clip(picked, 1e-12, 1)).mean())
