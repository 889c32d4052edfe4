"""Boosted trees that start from scores which stand already, and the one graph node they become.

What is linear is known before the first tree: sixty small trees then say as much as two hundred that begin at nought,
and the graph answers in a third of the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from models.learning.dataset import Index, Matrix, Numbers
from models.learning.graph import GraphBuilder

_SETTINGS: Mapping[str, Any] = {
    # One thread and fixed order of sums: the same trees at every run.
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "boost_from_average": False,
    "feature_pre_filter": False,
    "verbose": -1,
}
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Size:
    """How many trees are grown, and how carefully.

    Attributes:
        rounds: Trees for each score.
        leaves: Leaves of a tree at most.
        rate: Share of each tree's step that is taken.
        least_rows: Rows in a leaf at least.
        penalty: Holds the values of leaves small.
        columns: Share of the columns that each split looks at.
    """

    rounds: int
    leaves: int
    rate: float
    least_rows: int
    penalty: float
    columns: float = 0.3


@dataclass(frozen=True)
class AddedTrees:
    """Trees whose sum is added to scores.

    Attributes:
        booster: The fitted trees; tree n adds to score n modulo `scores_per_row`.
        scores_per_row: Scores a row.
    """

    booster: lgb.Booster
    scores_per_row: int

    def scores(self, matrix: Matrix) -> Numbers:
        """Return what is added, rows x scores, from the library: the reference for parity."""
        added = np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)
        return added.reshape(len(matrix), self.scores_per_row)

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the sum to a graph: double, rows x scores; `source` is the matrix the trees were fitted on."""
        trees = self.booster.dump_model()["tree_info"]
        nodes = _Nodes()
        for number, tree in enumerate(trees):
            nodes.place(tree["tree_structure"], number, number % self.scores_per_row)
        total = graph.add_trees(source, nodes.attributes(), self.scores_per_row)
        return graph.add("Cast", total, to=TensorProto.DOUBLE)


def fit_added(
    matrix: Matrix,
    label: Index | npt.NDArray[np.bool_],
    start: Numbers,
    size: Size,
    seed: int,
    direction: Sequence[int] = (),
    weight: Numbers | None = None,
) -> AddedTrees:
    """Fit trees that add to scores.

    Args:
        matrix: Rows to learn from, float32: the comparisons of the trees are then exact in float32 too.
        label: 0 or 1 of each row, or its class where there are several scores.
        start: Log-odds the first tree begins with, one column; or rows x classes.
        size: How many trees.
        seed: Seed of the draws of columns.
        direction: Monotone direction of each column; columns behind its end are free.
        weight: Weight of each row.
    """
    classes = start.shape[1]
    bound = [*direction, *[0] * (matrix.shape[1] - len(direction))]
    kind: dict[str, Any] = {"objective": "binary", "monotone_constraints": bound if any(bound) else None}
    if classes > 1:
        kind = {"objective": "multiclass", "num_class": classes}
    settings = {
        **_SETTINGS,
        **kind,
        "num_leaves": size.leaves,
        "learning_rate": size.rate,
        "min_data_in_leaf": size.least_rows,
        "lambda_l2": size.penalty,
        "feature_fraction_bynode": size.columns,
        "seed": seed,
    }
    rows = lgb.Dataset(
        matrix,
        label=label.astype(np.float64),
        weight=weight,
        init_score=start.ravel(order="F"),
        params=settings,
    )
    return AddedTrees(lgb.train(settings, rows, num_boost_round=size.rounds), classes)


class _Nodes:
    """Collects the nodes of trees as the attributes of one TreeEnsembleRegressor."""

    def __init__(self) -> None:
        names = ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")
        self._nodes: dict[str, list[Any]] = {name: [] for name in (*names, "missing_value_tracks_true")}
        self._leaves: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}

    def attributes(self) -> dict[str, list[Any]]:
        """Return the attributes by their names in ONNX."""
        return {f"nodes_{name}": values for name, values in self._nodes.items()} | {
            f"target_{name}": values for name, values in self._leaves.items()
        }

    def place(self, node: Mapping[str, Any], tree: int, score: int, number: int = 0) -> int:
        """Add a node and what lies below it; return the number behind the last one used."""
        row = dict.fromkeys(self._nodes, 0) | {"treeids": tree, "nodeids": number, "modes": "LEAF", "values": 0.0}
        at = len(self._nodes["nodeids"])
        for name, values in self._nodes.items():
            values.append(row[name])
        if "split_feature" not in node:
            leaf = {"treeids": tree, "nodeids": number, "ids": score, "weights": float(node["leaf_value"])}
            for name, values in self._leaves.items():
                values.append(leaf[name])
            return number + 1
        right = self.place(node["left_child"], tree, score, number + 1)
        after = self.place(node["right_child"], tree, score, right)
        branch = _branch(node) | {"truenodeids": number + 1, "falsenodeids": right}
        for name, value in branch.items():
            self._nodes[name][at] = value
        return after


def _branch(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a split in float32: the largest float32 not above the threshold parts float32 values as it does."""
    exact = min(float(node["threshold"]), _LARGEST)
    threshold = np.float32(exact)
    if float(threshold) > exact:
        threshold = np.nextafter(threshold, np.float32(-np.inf))
    # A column that was never missing in training: the library reads a missing value as nought.
    left = node["default_left"] if node["missing_type"] == "NaN" else exact >= 0
    return {
        "featureids": node["split_feature"],
        "values": float(threshold),
        "modes": "BRANCH_LEQ",
        "missing_value_tracks_true": int(left),
    }
