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

    Computed in float32, operation by operation as the graph does: both give the same bits.

    Attributes:
        columns: Positions in the matrix.
        width: Width of the matrix.
        mean: Mean of each column, float32.
        factor: One over the standard deviation, 1 where a column does not vary; float32.
        flagged: Places among `columns` that are missing often enough to tell something.
    """

    columns: Index
    width: int
    mean: Matrix
    factor: Matrix
    flagged: Index

    @classmethod
    def fit(cls, matrix: Matrix, columns: Index, levels: frozenset[int] = frozenset()) -> Standard:
        """Learn mean and scale of the columns; `levels` are positions of 0/1 columns of the levels of a code."""
        wide = matrix[:, columns].astype(np.float64)
        missing = np.isnan(wide)
        share = missing.mean(axis=0)
        wide[:, share == 1] = 0.0
        mean, scale = np.nanmean(wide, axis=0), np.nanstd(wide, axis=0)
        scale = np.where(scale > 1e-6 * (1 + np.abs(mean)), scale, 1.0)
        # A rare level scaled to one deviation would escape the penalty that holds rare levels near the mean.
        of_level = np.isin(columns, list(levels))
        scale = np.where(of_level, np.maximum(scale, _LEAST_OF_LEVEL), scale)
        flagged = np.flatnonzero((share > _RARELY) & (share < _MOSTLY))
        return cls(columns, matrix.shape[1], mean.astype(np.float32), (1 / scale).astype(np.float32), flagged)

    def apply(self, matrix: Matrix) -> Numbers:
        """Return the standardised columns, then a flag for each flagged column; double precision."""
        picked = matrix[:, self.columns]
        missing = np.isnan(picked)
        values = np.clip((picked - self.mean) * self.factor, np.float32(-_FAR), np.float32(_FAR))
        values[missing] = 0
        result: Numbers = np.hstack([values.astype(np.float64), missing[:, self.flagged].astype(np.float64)])
        return result

    def build(self, graph: GraphBuilder, source: str) -> tuple[str, str]:
        """Add the same to a graph; return the columns (double) and which values are missing (truths)."""
        picked = graph.columns(source, self.columns, self.width)
        missing = graph.add("IsNaN", picked)
        scaled = graph.add("Mul", graph.add("Sub", picked, graph.constant(self.mean)), graph.constant(self.factor))
        near = graph.add("Clip", scaled, graph.constant(np.float32(-_FAR)), graph.constant(np.float32(_FAR)))
        values = graph.add("Where", missing, graph.constant(np.float32(0)), near)
        return graph.add("Cast", values, to=TensorProto.DOUBLE), missing

    def build_with_flags(self, graph: GraphBuilder, source: str) -> str:
        """Add what `apply` returns to a graph: double."""
        values, missing = self.build(graph, source)
        if not len(self.flagged):
            return values
        flags = graph.add("Gather", missing, graph.constant(self.flagged), axis=1)
        return graph.add("Concat", values, graph.add("Cast", flags, to=TensorProto.DOUBLE), axis=1)


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
        count, flagged = len(self.standard.columns), self.standard.flagged
        values, missing = self.standard.build(graph, source)
        product = graph.add("MatMul", values, graph.constant(self.weights[:count]))
        if len(flagged):
            # Every flag, weights of nought for most: cheaper than to pick the columns.
            weights = np.zeros((count, self.weights.shape[1]))
            weights[flagged] = self.weights[count:]
            flags = graph.add("Cast", missing, to=TensorProto.DOUBLE)
            product = graph.add("Add", product, graph.add("MatMul", flags, graph.constant(weights)))
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
