"""The layered model: a share of the first stage's log-odds, and trees that add what is not additive.

It has two members whose log-odds are averaged. The trees of one read the features, those of the other also the
scores of the first stage: they err differently, and together less than either with twice the trees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from models.learning.added_trees import AddedTrees, Size, fit_added
from models.learning.dataset import Columns, Flags, Index, Matrix, Numbers
from models.learning.graph import GraphBuilder

_FEW_ROWS = 5_000
_SIZE = Size(rounds=50, leaves=10, rate=0.11, least_rows=40, penalty=5.0, columns=0.4)

_SHARE = 0.5
"""Share of the first stage's log-odds that the trees start from: they learn the rest, and where it was wrong."""


@dataclass(frozen=True)
class Layered:
    """Log-odds of a denial: a share of those of the first stage, and the sum of trees.

    Attributes:
        trees: The trees.
        columns: Positions of the columns they read.
        width: Number of features; the scores of the first stage stand behind.
        total: Width of the matrix with the scores.
    """

    trees: AddedTrees
    columns: Index
    width: int
    total: int

    def log_odds(self, matrix: Matrix) -> Numbers:
        """Return the log-odds of a denial from the library: the reference for parity."""
        result: Numbers = (start(matrix[:, self.width :]) + self.trees.scores(matrix[:, self.columns]))[:, 0]
        return result

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the log-odds to a graph: double, rows x 1."""
        behind = graph.columns(source, np.arange(self.width, self.total), self.total)
        wide = graph.add("Cast", behind, to=TensorProto.DOUBLE)
        whole = graph.add("ReduceLogSumExp", wide, graph.constant(np.array([1])), keepdims=1)
        own = graph.add("Mul", whole, graph.constant(np.float64(_SHARE)))
        return graph.add("Add", own, self.trees.build(graph, graph.columns(source, self.columns, self.total)))


def start(scores: Matrix) -> Numbers:
    """Return what the trees start from, rows x 1: causes compete, so the odds of a denial are the sum of theirs."""
    wide = scores.astype(np.float64)
    most = wide.max(axis=1, keepdims=True)
    result: Numbers = _SHARE * (most + np.log(np.exp(wide - most).sum(axis=1, keepdims=True)))
    return result


def fit_layered(
    matrix: Matrix, denied: Flags, columns: Columns, seed: int, weight: Numbers | None = None
) -> tuple[Layered, Layered]:
    """Fit both members.

    Args:
        matrix: Features, and behind them the scores of a first stage that did not see the row.
        denied: Outcomes.
        columns: The columns, and the direction in which some may move the probability.
        seed: Seed.
        weight: Weight of each row.
    """
    few = Size(rounds=30, leaves=5, rate=0.06, least_rows=max(5, min(40, len(denied) // 100)), penalty=10.0)
    size = few if len(denied) < _FEW_ROWS else _SIZE
    first = start(matrix[:, columns.width :])

    def member(read: Index, own_seed: int) -> Layered:
        direction = [columns.direction[place] if place < columns.width else 0 for place in read]
        trees = fit_added(matrix[:, read], denied, first, size, own_seed, direction, weight)
        return Layered(trees, read, columns.width, matrix.shape[1])

    behind = np.arange(columns.width, matrix.shape[1])
    return member(columns.of_trees, seed), member(np.concatenate([columns.of_trees, behind]), seed + 1)
