"""Tree models of a denial, within the settings that convert to ONNX exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from threadpoolctl import threadpool_limits

from models.learning.dataset import Flags, Index, Matrix, Numbers
from models.learning.graph import GraphBuilder

CLIP = 1e-6
_FEW_ROWS = 5_000

BOOSTING = (150, 12, 0.08)
"""Trees, leaves and learning rate."""


@dataclass(frozen=True)
class TreeMember:
    """Trees and the columns they read.

    Attributes:
        trees: The fitted classifier; class 1 is denied.
        columns: Positions of the columns it reads.
        width: Width of the matrix.
        fill: What stands for a missing value in each column; None lets the trees handle it.
    """

    trees: Any
    columns: Index
    width: int
    fill: Numbers | None = None

    def log_odds(self, matrix: Matrix) -> Numbers:
        """Return the log-odds of a denial from the library: the reference for parity."""
        return log_odds(self.trees.predict_proba(self._read(matrix))[:, 1])

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the log-odds to a graph: double, rows x 1."""
        picked = graph.columns(source, self.columns, self.width)
        if self.fill is not None:
            fill = graph.constant(self.fill.astype(np.float32))
            picked = graph.add("Where", graph.add("IsNaN", picked), fill, picked)
        both = graph.embed(self.trees, picked, len(self.columns), "probabilities")
        return build_log_odds(graph, graph.add("Gather", both, graph.constant(np.array([1])), axis=1))

    def _read(self, matrix: Matrix) -> Matrix:
        picked = matrix[:, self.columns]
        return picked if self.fill is None else np.where(np.isnan(picked), self.fill.astype(np.float32), picked)


def log_odds(p: Numbers) -> Numbers:
    """Return the log-odds of probabilities clipped to 1e-6 from 0 and 1."""
    kept = np.clip(p.astype(np.float64), CLIP, 1 - CLIP)
    result: Numbers = np.log(kept / (1 - kept))
    return result


def build_log_odds(graph: GraphBuilder, p: str) -> str:
    """Add the log-odds of a float32 probability to a graph, in double precision."""
    wide = graph.add("Cast", p, to=TensorProto.DOUBLE)
    kept = graph.add("Clip", wide, graph.constant(np.float64(CLIP)), graph.constant(np.float64(1 - CLIP)))
    other = graph.add("Sub", graph.constant(np.float64(1)), kept)
    return graph.add("Log", graph.add("Div", kept, other))


def fit_boosting(
    matrix: Matrix,
    denied: Flags,
    columns: Index,
    direction: tuple[int, ...],
    seed: int,
    weight: Numbers | None = None,
) -> TreeMember:
    """Fit histogram gradient boosting: no native categoricals, float32 before the fit.

    Args:
        matrix: Rows to learn from.
        denied: Their outcomes.
        columns: Positions of the columns to read.
        direction: Monotone direction of each column of the matrix.
        seed: Seed.
        weight: Weight of each row.
    """
    few = len(denied) < _FEW_ROWS
    rounds, leaves, rate = BOOSTING
    trees = HistGradientBoostingClassifier(
        max_iter=rounds,
        max_leaf_nodes=6 if few else leaves,
        learning_rate=0.05 if few else rate,
        min_samples_leaf=max(5, min(40, len(denied) // 100)),
        l2_regularization=10.0 if few else 5.0,
        max_features=0.4,
        monotonic_cst=[direction[place] if place < len(direction) else 0 for place in columns],
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):  # one thread: the same trees every time, and no contest for cores
        trees.fit(without_unknown(matrix[:, columns]), denied, sample_weight=weight)
    return TreeMember(trees, columns, matrix.shape[1])


def fit_forest(matrix: Matrix, denied: Flags, columns: Index, seed: int, weight: Numbers | None = None) -> TreeMember:
    """Fit a random forest; missing values are filled with medians, because its graph would mistake them."""
    picked = without_unknown(matrix[:, columns])
    fill = np.nanmedian(picked, axis=0).astype(np.float64)
    filled = np.where(np.isnan(picked), fill.astype(np.float32), picked)
    forest = RandomForestClassifier(
        n_estimators=100, max_depth=12, min_samples_leaf=5, random_state=seed, n_jobs=1
    ).fit(filled, denied, sample_weight=weight)
    return TreeMember(forest, columns, matrix.shape[1], fill)


def without_unknown(matrix: Matrix) -> Matrix:
    """Return the matrix with a column nobody knew set to zero, so that no tree splits on it."""
    unknown = np.isnan(matrix).all(axis=0)
    return np.where(unknown, np.float32(0), matrix)
