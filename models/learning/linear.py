"""Linear scores of standardised columns: logistic regressions, and the first stage of the layered model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import TensorProto
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from models.learning.dataset import Columns, Flags, Index, Matrix, Numbers
from models.learning.graph import GraphBuilder

_FAR = 4.0
"""Standard deviations at which a value is cut off: no outlier carries a row away."""

_LEAST_OF_LEVEL = 0.5
_RARELY, _MOSTLY = 0.01, 0.99
_ITERATIONS = 80


@dataclass(frozen=True)
class Standard:
    """Columns centred, scaled and cut off; what is missing stands at the mean, and may have a flag.

    Attributes:
        columns: Positions in the matrix.
        width: Width of the matrix.
        mean: Mean of each column.
        factor: One over the standard deviation, 1 where a column does not vary.
        flagged: Places among `columns` that are missing often enough to tell something.
    """

    columns: Index
    width: int
    mean: Numbers
    factor: Numbers
    flagged: Index

    @classmethod
    def fit(cls, matrix: Matrix, columns: Index, levels: frozenset[int] = frozenset()) -> Standard:
        """Learn mean and scale of the columns; `levels` are positions of 0/1 columns of the levels of a code."""
        wide = matrix[:, columns].astype(np.float64)
        missing = np.isnan(wide)
        share = missing.mean(axis=0)
        wide[:, share == 1] = 0.0
        mean, scale = np.nanmean(wide, axis=0), np.nanstd(wide, axis=0)
        # Kept in float32: the graph compares and subtracts what the matrix holds.
        mean = mean.astype(np.float32).astype(np.float64)
        scale = np.where(scale > 1e-6 * (1 + np.abs(mean)), scale, 1.0)
        # A rare level scaled to one deviation would escape the penalty that holds rare levels near the mean.
        of_level = np.isin(columns, list(levels))
        scale = np.where(of_level, np.maximum(scale, _LEAST_OF_LEVEL), scale)
        return cls(columns, matrix.shape[1], mean, 1 / scale, np.flatnonzero((share > _RARELY) & (share < _MOSTLY)))

    def apply(self, matrix: Matrix) -> Numbers:
        """Return the standardised columns, then a flag for each flagged column; double precision."""
        wide = matrix[:, self.columns].astype(np.float64)
        missing = np.isnan(wide)
        values = np.clip((np.where(missing, self.mean, wide) - self.mean) * self.factor, -_FAR, _FAR)
        result: Numbers = np.hstack([values, missing[:, self.flagged].astype(np.float64)])
        return result

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the same to a graph."""
        picked = graph.columns(source, self.columns, self.width)
        missing = graph.add("IsNaN", picked)
        wide = graph.add("Cast", picked, to=TensorProto.DOUBLE)
        filled = graph.add("Where", missing, graph.constant(self.mean), wide)
        centred = graph.add("Sub", filled, graph.constant(self.mean))
        scaled = graph.add("Mul", centred, graph.constant(self.factor))
        values = graph.add("Clip", scaled, graph.constant(np.float64(-_FAR)), graph.constant(np.float64(_FAR)))
        if not len(self.flagged):
            return values
        flags = graph.add(
            "Cast", graph.add("Gather", missing, graph.constant(self.flagged), axis=1), to=TensorProto.DOUBLE
        )
        return graph.add("Concat", values, flags, axis=1)


@dataclass(frozen=True)
class Linear:
    """Scores that are sums of weighted standardised columns.

    Attributes:
        standard: Makes the columns.
        weights: Columns x scores.
        bias: One value a score.
    """

    standard: Standard
    weights: Numbers
    bias: Numbers

    def scores(self, matrix: Matrix) -> Numbers:
        """Return rows x scores."""
        result: Numbers = self.standard.apply(matrix) @ self.weights + self.bias
        return result

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the scores to a graph; double precision, so that the batch around a row does not move it."""
        product = graph.add("MatMul", self.standard.build(graph, source), graph.constant(self.weights))
        return graph.add("Add", product, graph.constant(self.bias))


@dataclass(frozen=True)
class Logistic:
    """Logistic regression of a denial: a member of an approval model."""

    linear: Linear

    def log_odds(self, matrix: Matrix) -> Numbers:
        """Return the log-odds of a denial."""
        result: Numbers = self.linear.scores(matrix)[:, 0]
        return result

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the log-odds to a graph: double, rows x 1."""
        return self.linear.build(graph, source)


def fit_logistic(
    matrix: Matrix, denied: Flags, columns: Columns, strength: float, weight: Numbers | None = None
) -> Logistic:
    """Fit a logistic regression.

    Args:
        matrix: Rows to learn from.
        denied: Their outcomes.
        columns: Which columns linear models read.
        strength: Inverse of the penalty; small values hold the weights small.
        weight: Weight of each row.
    """
    standard = Standard.fit(matrix, columns.of_lines, columns.levels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = regression(strength).fit(standard.apply(matrix), denied, sample_weight=weight)
    return Logistic(Linear(standard, fitted.coef_.T.copy(), fitted.intercept_.copy()))


def fit_classes(
    matrix: Matrix, label: npt.NDArray[np.object_], columns: Columns, strength: float
) -> tuple[Linear, tuple[str, ...]]:
    """Fit a multinomial logistic regression and return its scores and their classes."""
    standard = Standard.fit(matrix, columns.of_lines, columns.levels)
    with warnings.catch_warnings():
        # Stopping early regularises; the weights are the same at every run.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = regression(strength).fit(standard.apply(matrix).astype(np.float32), label)
    weights, bias = fitted.coef_.T.astype(np.float64), fitted.intercept_.astype(np.float64)
    if weights.shape[1] == 1:  # two classes: the library keeps the scores of the second alone
        weights, bias = np.hstack([np.zeros_like(weights), weights]), np.append(0.0, bias)
    return Linear(standard, weights, bias), tuple(str(name) for name in fitted.classes_)


def regression(strength: float) -> LogisticRegression:
    """Return an unfitted logistic regression."""
    return LogisticRegression(C=strength, max_iter=_ITERATIONS)
