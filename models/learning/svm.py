"""A support vector machine with a radial kernel, through landmarks: exact to export, fast at any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.svm import LinearSVC

from models.learning.dataset import Columns, Flags, Matrix, Numbers
from models.learning.graph import GraphBuilder
from models.learning.linear import Standard

_LANDMARKS = 100
_PENALTY = 0.1


@dataclass(frozen=True)
class SupportVectors:
    """Margin over radial similarities to landmarks, beside the standardised columns themselves.

    Attributes:
        standard: Makes the columns.
        landmarks: Points x columns.
        gamma: Sharpness of the kernel.
        weights: Weights of the columns, then of the similarities.
        bias: Added.
    """

    standard: Standard
    landmarks: Numbers
    gamma: float
    weights: Numbers
    bias: float

    def log_odds(self, matrix: Matrix) -> Numbers:
        """Return the margin, which calibration turns into log-odds."""
        result: Numbers = self._inputs(self.standard.apply(matrix)) @ self.weights + self.bias
        return result

    def _inputs(self, values: Numbers) -> Numbers:
        return np.hstack([values, np.exp(-self.gamma * _distances(values, self.landmarks))])

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the margin to a graph: double, rows x 1."""
        values = self.standard.build_with_flags(graph, source)
        own = graph.add("ReduceSum", graph.add("Mul", values, values), graph.constant(np.array([1])), keepdims=1)
        cross = graph.add("MatMul", values, graph.constant(-2 * self.landmarks.T))
        distance = graph.add("Add", graph.add("Add", own, cross), graph.constant((self.landmarks**2).sum(axis=1)))
        near = graph.add("Exp", graph.add("Mul", distance, graph.constant(np.float64(-self.gamma))))
        inputs = graph.add("Concat", values, near, axis=1)
        product = graph.add("MatMul", inputs, graph.constant(self.weights[:, None]))
        return graph.add("Add", product, graph.constant(np.float64(self.bias)))


def fit_support_vectors(
    matrix: Matrix, denied: Flags, columns: Columns, seed: int, weight: Numbers | None = None
) -> SupportVectors:
    """Fit the machine: landmarks are cluster centres, then a linear machine on the similarities."""
    standard = Standard.fit(matrix, columns.of_lines, columns.levels)
    values = standard.apply(matrix)
    count = min(_LANDMARKS, max(2, len(denied) // 20))
    clusters = MiniBatchKMeans(count, random_state=seed, n_init=1, batch_size=1024).fit(values)
    landmarks: Numbers = clusters.cluster_centers_.astype(np.float64)
    gamma = 1 / max(float(np.median(_distances(values[:2000], landmarks))), 1e-6)
    made = SupportVectors(standard, landmarks, gamma, np.zeros(0), 0.0)
    machine = LinearSVC(C=_PENALTY, random_state=seed, max_iter=2000, dual=False)
    machine.fit(made._inputs(values), denied, sample_weight=weight)
    return SupportVectors(standard, landmarks, gamma, machine.coef_[0].copy(), float(machine.intercept_[0]))


def _distances(values: Numbers, landmarks: Numbers) -> Numbers:
    """Return squared distances, computed in the order the graph computes them."""
    own = (values * values).sum(axis=1, keepdims=True)
    result: Numbers = own + values @ (-2 * landmarks.T) + (landmarks**2).sum(axis=1)
    return result
