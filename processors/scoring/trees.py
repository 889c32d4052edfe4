"""Sums of decision trees for many rows: what a TreeEnsembleRegressor of ONNX says, to the bit.

Walking a tree from its root is a chain of jumps that a processor cannot foresee, and most of the time goes into wrong
guesses. Here every node is computed for a block of rows at once, leaves first: a node chooses between what lies below
it on both sides. That is more arithmetic, but none of it jumps, and one instruction does eight rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled

Matrix = npt.NDArray[np.float32]

_BLOCK = 512
"""Rows computed at once: what a tree works on stays in the nearest caches."""

_MOST_SLOTS = 64
_LEAF = -1
_INNER = -1


class Step(NamedTuple):
    """One node, in the order in which nodes are computed: what lies below it comes before.

    Attributes:
        column: Place of the column it compares; -1 for a leaf.
        value: The threshold, or what the leaf adds.
        missing_left: Whether a missing value goes where smaller ones go.
        slot: Where its result goes; the two branches below it are in the next two slots.
        score: The score that a root adds to; -1 for the nodes below.
    """

    column: int
    value: float
    missing_left: bool
    slot: int
    score: int


@dataclass(frozen=True)
class Trees:
    """Trees as steps.

    Attributes:
        scores: Scores a row; each is a sum of trees.
        columns: Columns of the matrix that are read.
        places: Steps x (place in `columns`, missing_left, slot, score).
        values: Threshold or leaf of each step.
        slots: Number of slots.
    """

    scores: int
    columns: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    values: Matrix
    slots: int

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Trees | None:
        """Read the attributes of a TreeEnsembleRegressor; None where it holds what is not computed here."""
        if not _is_plain(attributes):
            return None
        reader = _Reader(attributes)
        if not reader.is_plain():
            return None
        steps = reader.steps()
        slots = max(step.slot for step in steps) + 3
        # A node that is not reached from the first one of its tree, or twice, is none of a tree as meant here.
        if len(steps) != len(attributes["nodes_nodeids"]) or slots > _MOST_SLOTS:
            return None
        columns, place = np.unique([step.column for step in steps if step.column != _LEAF], return_inverse=True)
        places = np.array([step[:1] + step[2:] for step in steps], dtype=np.int64).reshape(-1, 4)
        places[places[:, 0] != _LEAF, 0] = place
        values = np.array([step.value for step in steps], dtype=np.float32)
        return cls(attributes["n_targets"], columns.astype(np.int64), places, values, slots)

    def run(self, matrix: Matrix) -> Matrix:
        """Return rows x scores.

        Args:
            matrix: Rows x columns, NaN for missing.

        Raises:
            IndexError: The matrix is narrower than the trees need.
        """
        if len(self.columns) and self.columns[-1] >= matrix.shape[1]:
            msg = f"The trees read column {self.columns[-1]} of a matrix of {matrix.shape[1]}."
            raise IndexError(msg)
        sums = np.zeros((self.scores, len(matrix)), dtype=np.float32)
        _add_trees(matrix, self.columns, self.places, self.values, self.slots, sums)
        return np.ascontiguousarray(sums.T)


def _is_plain(attributes: Mapping[str, Any]) -> bool:
    """Tell whether trees are summed as they are, with simple comparisons; thresholds that are NaN compare otherwise."""
    usual = {"post_transform": b"NONE", "aggregate_function": b"SUM"}
    needed = {"nodes_modes", "nodes_values", "target_weights", "n_targets"}
    return (
        needed <= attributes.keys()
        and "base_values" not in attributes
        and not any(name.endswith("_as_tensor") for name in attributes)
        and all(attributes.get(name, value) == value for name, value in usual.items())
        and not set(attributes["nodes_modes"]) - {b"LEAF", b"BRANCH_LEQ"}
        and not np.isnan(attributes["nodes_values"]).any()
        and min(attributes["nodes_featureids"]) >= 0
    )


class _Reader:
    """Reads trees out of the attributes of their node, whose arrays hold one entry a node or a leaf."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        nodes = list(zip(attributes["nodes_treeids"], attributes["nodes_nodeids"], strict=True))
        self._at = {node: place for place, node in enumerate(nodes)}
        self._roots = dict(reversed(nodes))  # the first node of a tree is its root
        self._given = attributes
        self._missing_left = attributes.get("nodes_missing_value_tracks_true") or [0] * len(nodes)
        leaves = zip(attributes["target_treeids"], attributes["target_nodeids"], strict=True)
        leaf_values = zip(attributes["target_ids"], attributes["target_weights"], strict=True)
        self._leaves = dict(zip(leaves, leaf_values, strict=True))

    def is_plain(self) -> bool:
        """Tell whether every leaf adds once, all leaves of a tree to the same score, and trees come in their order."""
        given = self._given
        nodes, modes = zip(given["nodes_treeids"], given["nodes_nodeids"], strict=True), given["nodes_modes"]
        leaves = {node for node, mode in zip(nodes, modes, strict=True) if mode == b"LEAF"}
        scores = {(tree, score) for (tree, _), (score, _) in self._leaves.items()}
        return (
            leaves == self._leaves.keys()
            and len(self._leaves) == len(given["target_ids"])
            and len(scores) == len(self._roots)
            and all(0 <= score < given["n_targets"] for _, score in scores)
            and list(given["nodes_treeids"]) == sorted(given["nodes_treeids"])
        )

    def steps(self) -> list[Step]:
        """Return the steps of all trees, tree by tree in the order of the node: floats are added in that order."""
        steps: list[Step] = []
        score_of = {tree: score for (tree, _), (score, _) in self._leaves.items()}
        for tree in sorted(self._roots):
            self._visit(tree, self._roots[tree], 0, steps)
            steps[-1] = steps[-1]._replace(score=score_of[tree])
        return steps

    def _visit(self, tree: int, node: int, slot: int, steps: list[Step]) -> None:
        given, at = self._given, self._at[tree, node]
        if given["nodes_modes"][at] == b"LEAF":
            steps.append(Step(_LEAF, self._leaves[tree, node][1], False, slot, _INNER))
            return
        self._visit(tree, given["nodes_truenodeids"][at], slot + 1, steps)
        self._visit(tree, given["nodes_falsenodeids"][at], slot + 2, steps)
        column, threshold = given["nodes_featureids"][at], given["nodes_values"][at]
        steps.append(Step(column, threshold, bool(self._missing_left[at]), slot, _INNER))


@compiled
def _add_trees(
    matrix: Matrix,
    columns: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    values: Matrix,
    slots: int,
    sums: Matrix,
) -> None:
    """Add the trees to the scores, a block of rows after another; sums are scores x rows."""
    block = np.empty((len(columns), _BLOCK), dtype=np.float32)
    results = np.empty((slots, _BLOCK), dtype=np.float32)
    for first in range(0, len(matrix), _BLOCK):
        rows = min(_BLOCK, len(matrix) - first)
        for row in range(rows):
            for place in range(len(columns)):
                block[place, row] = matrix[first + row, columns[place]]
        for step in range(len(places)):
            column, missing_left, slot, score = places[step]
            result = results[slot, :rows]
            if column < 0:
                result[:] = values[step]
            else:
                _choose(block[column], values[step], missing_left, results[slot + 1], results[slot + 2], result)
            if score >= 0:
                for row in range(rows):
                    sums[score, first + row] += result[row]


@compiled
def _choose(column: Matrix, threshold: float, missing_left: int, left: Matrix, right: Matrix, result: Matrix) -> None:
    """Choose the left value where the column is at most the threshold, the right one elsewhere.

    Both are read before one is chosen, and the result is apart from them: else a compiler cannot do eight at once.
    """
    if missing_left:
        for row in range(len(result)):
            value, lower, upper = column[row], left[row], right[row]
            result[row] = upper if value > threshold else lower
    else:
        for row in range(len(result)):
            value, lower, upper = column[row], left[row], right[row]
            result[row] = lower if value <= threshold else upper
