"""The first stage of the layered model: competing causes, learnt from paid and denied rows together.

A multinomial regression of "paid, or denied for this cause" sees every paid row as a row on which no cause
struck. Its log-odds of each cause against payment carry what is additive; the trees behind it find the rest.
Measured on known truth it lowers the mean error of the probability by a tenth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from models.learning.dataset import Columns, Dataset, Flags, Matrix, Numbers
from models.learning.graph import GraphBuilder
from models.learning.linear import Linear, fit_classes

PAID = "_paid"
_STRENGTH = 0.03
_NEVER = -8.0
"""Log-odds of a cause that the other folds did not meet."""


@dataclass(frozen=True)
class CauseStage:
    """Log-odds of each cause against payment.

    Attributes:
        linear: Scores, one column a cause: the score of payment is taken off already.
        causes: Names of the columns.
    """

    linear: Linear
    causes: tuple[str, ...]

    def scores(self, matrix: Matrix) -> Numbers:
        """Return rows x causes."""
        return self.linear.scores(matrix)

    def extended(self, matrix: Matrix) -> Matrix:
        """Return the matrix with the scores behind its columns, float32: what the second stage reads."""
        return extended(matrix, self.scores(matrix))

    def build(self, graph: GraphBuilder, source: str) -> tuple[str, str]:
        """Add the stage to a graph; return the scores (double) and the extended matrix."""
        scores = self.linear.build(graph, source)
        narrow = graph.add("Cast", scores, to=TensorProto.FLOAT)
        return scores, graph.beside(source, self.linear.standard.width, narrow)


def extended(matrix: Matrix, scores: Numbers) -> Matrix:
    """Return a matrix with scores behind its columns, float32."""
    return np.ascontiguousarray(np.hstack([matrix, scores.astype(np.float32)]))


def fit_stage(data: Dataset, label: npt.NDArray[np.object_]) -> tuple[CauseStage, Numbers]:
    """Fit the stage on all training rows, and on the other folds of each fold.

    Args:
        data: The rows.
        label: PAID or the cause of each training row.

    Returns:
        The stage and its scores of the training rows, each from a stage that did not see the row.
    """
    stage = _fit(data.train.matrix, label, data.columns)
    scores = np.zeros((data.train.size, len(stage.causes)))
    for number in np.unique(data.fold):
        held: Flags = data.fold == number
        other = _fit(data.train.matrix[~held], label[~held], data.columns)
        place = [stage.causes.index(cause) for cause in other.causes if cause in stage.causes]
        scores[held] = _NEVER
        scores[np.ix_(np.flatnonzero(held), np.array(place))] = other.scores(data.train.matrix[held])
    return stage, scores


def _fit(matrix: Matrix, label: npt.NDArray[np.object_], columns: Columns) -> CauseStage:
    linear, classes = fit_classes(matrix, label, columns, _STRENGTH)
    paid = classes.index(PAID)
    others = [place for place in range(len(classes)) if place != paid]
    weights = linear.weights[:, others] - linear.weights[:, [paid]]
    bias = linear.bias[others] - linear.bias[paid]
    return CauseStage(Linear(linear.standard, weights, bias), tuple(classes[place] for place in others))
