"""The reason model: probability of each reason given a denial, from the scores of the first stage.

Many denials: trees add to a share of the scores. Few: a regression on denied rows is pooled with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from onnx import TensorProto
from scipy.optimize import minimize_scalar

from models.learning.added_trees import AddedTrees, Size, fit_added
from models.learning.dataset import Dataset, Flags, Index, Matrix, Numbers
from models.learning.families import Stage
from models.learning.graph import GraphBuilder
from models.learning.linear import Linear, fit_classes
from models.learning.stage import CauseStage, extended

OTHER, UNSTATED = "other", "unstated"
_LEAST_ROWS = 8
_LEAST_DENIED = 40
_DENIED_FOR_TREES = 25
"""Denied rows per reason from which trees are tried."""

_STRENGTH = 0.03
_FOLDS = 3

_TREES = Size(rounds=20, leaves=4, rate=0.15, least_rows=15, penalty=3.0)
_SHARE = 0.5
"""Share of the scores of the first stage that the trees start from."""


@dataclass(frozen=True)
class ReasonModel:
    """Weighted scores of its parts, then softmax.

    Attributes:
        classes: Reasons, in the order of the output columns.
        stage: First stage; its scores are log-odds against payment, which cancels out given a denial.
        stage_weight: Weight of its scores.
        linear: Multinomial regression on denied rows, None when it has no weight.
        linear_weight: Weight of its scores.
        trees: What is added to the scores of the stage; None of few denied rows. They read the features, then
            those scores.
        tree_weight: Weight of what they add.
        columns: Columns of the extended matrix that the trees read.
        width: Number of features.
    """

    classes: tuple[str, ...]
    stage: CauseStage
    stage_weight: float
    linear: Linear | None
    linear_weight: float
    trees: AddedTrees | None
    tree_weight: float
    columns: Index
    width: int

    def shares(self, matrix: Matrix) -> Numbers:
        """Return the probability of each reason given a denial: the reference for parity."""
        scores = self.stage.scores(matrix)
        total = self.stage_weight * scores
        if self.linear is not None:
            total = total + self.linear_weight * self.linear.scores(matrix)
        if self.trees is not None:
            read = extended(matrix, scores)[:, self.columns]
            total = total + self.tree_weight * self.trees.scores(read)
        return softmax(total)

    def graph(self, properties: Mapping[str, str]) -> bytes:
        """Return the model as an ONNX graph with one output, rows x reasons."""
        graph = GraphBuilder(self.width)
        scores, read = self.stage.build(graph, "features")
        total = graph.add("Mul", scores, graph.constant(np.float64(self.stage_weight)))
        if self.linear is not None:
            own = self.linear.build(graph, "features")
            total = graph.add("Add", total, graph.add("Mul", own, graph.constant(np.float64(self.linear_weight))))
        if self.trees is not None:
            picked = graph.columns(read, self.columns, self.width + len(self.classes))
            added = self.trees.build(graph, picked)
            total = graph.add("Add", total, graph.add("Mul", added, graph.constant(np.float64(self.tree_weight))))
        answer = graph.add("Cast", graph.add("Softmax", total, axis=1), to=TensorProto.FLOAT)
        return graph.finish("reason_shares", answer, len(self.classes), properties)


def softmax(scores: Numbers) -> Numbers:
    """Return shares that sum to one in each row."""
    weight = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Numbers = weight / weight.sum(axis=1, keepdims=True)
    return result


def merged_reasons(data: Dataset) -> npt.NDArray[np.object_] | None:
    """Return the reason of each training row, rare ones merged into "other"; None when there is nothing to learn."""
    column = data.train.column("reason")
    if column is None:
        return None
    reasons = column.astype(object)
    stated = data.train.denied & (reasons != None)  # noqa: E711 - element by element
    names, counts = np.unique(reasons[stated].astype(str), return_counts=True)
    kept = set(names[counts >= _LEAST_ROWS])
    if stated.sum() < _LEAST_DENIED or len(kept) < 2:
        return None
    merged = np.array([_merged(reason, kept) for reason in reasons], dtype=object)
    merged[~stated] = None
    return merged


def _merged(reason: object, kept: set[str]) -> str | None:
    if reason is None:
        return None
    return str(reason) if str(reason) in kept else OTHER


def fit_reasons(data: Dataset, stage: Stage, reasons: npt.NDArray[np.object_], seed: int) -> ReasonModel:
    """Fit the parts on denied rows and choose their weights on rows the parts did not see.

    Args:
        data: Rows and folds.
        stage: First stage; its causes are the reasons.
        reasons: Reason of each training row, None for paid ones.
        seed: Seed.
    """
    classes = tuple(cause for cause in stage.stage.causes if cause != UNSTATED)
    rows = np.flatnonzero(np.isin(reasons.astype(str), classes) & data.train.denied)
    place = np.array([stage.stage.causes.index(name) for name in classes])
    whole = stage.stage.linear
    causes = CauseStage(Linear(whole.standard, whole.weights[:, place], whole.bias[place]), classes)
    own, scores = reasons[rows].astype(str).astype(object), stage.scores[rows][:, place]
    read = extended(data.train.matrix[rows], scores)
    behind = np.arange(data.columns.width, read.shape[1])
    column = np.array([classes.index(name) for name in own])
    parts = _Parts(data, classes, np.concatenate([data.columns.of_trees, behind]), seed)
    if len(rows) >= _DENIED_FOR_TREES * len(classes):
        weight = parts.weight_of_trees(read, column, scores)
        trees = parts.trees(read, column, scores)
        return ReasonModel(
            classes, causes, weight * _SHARE, None, 0.0, trees, weight, parts.columns, data.columns.width
        )
    stage_w, linear_w = parts.weights_of_regression(read, column, scores)
    linear = parts.regression(read, column) if linear_w else None
    return ReasonModel(classes, causes, stage_w, linear, linear_w, None, 0.0, parts.columns, data.columns.width)


@dataclass(frozen=True)
class _Parts:
    """Fits the parts, and finds their weights on rows they did not see.

    Attributes:
        data: The rows all is learnt from.
        classes: Reasons, in the order of the columns.
        columns: Columns of the extended matrix that trees read.
        seed: Seed.
    """

    data: Dataset
    classes: tuple[str, ...]
    columns: Index
    seed: int

    def trees(self, read: Matrix, column: Index, scores: Numbers) -> AddedTrees:
        """Fit trees that add to a share of the scores."""
        return fit_added(read[:, self.columns], column, _SHARE * scores, _TREES, self.seed)

    def regression(self, read: Matrix, column: Index) -> Linear:
        """Fit a regression on the features."""
        names = np.array(self.classes, dtype=object)[column]
        fitted, classes = fit_classes(read, names, self.data.columns, _STRENGTH)
        place = [classes.index(name) for name in self.classes]
        standard = replace(fitted.standard, width=self.data.columns.width)
        return Linear(standard, fitted.weights[:, place], fitted.bias[place])

    def weight_of_trees(self, read: Matrix, column: Index, scores: Numbers) -> float:
        """Return the temperature of scores and trees together."""

        def fitted(rows: Flags) -> Callable[[Matrix], Numbers]:
            trees = self.trees(read[rows], column[rows], scores[rows])
            return lambda matrix: trees.scores(matrix[:, self.columns])

        added = self._held_out(read, column, fitted)
        return _best_temperature(column, _SHARE * scores + added)[0]

    def weights_of_regression(self, read: Matrix, column: Index, scores: Numbers) -> tuple[float, float]:
        """Return the weights of scores and regression with the least loss, at their best temperature."""
        added = self._held_out(read, column, lambda rows: self.regression(read[rows], column[rows]).scores)
        pools = ((1.0, 0.0), (0.0, 1.0), (0.25, 1.0), (0.5, 1.0), (1.0, 1.0))
        found = [(_best_temperature(column, own * scores + other * added), own, other) for own, other in pools]
        (factor, _), own, other = min(found, key=lambda one: one[0][1])
        return own * factor, other * factor

    def _held_out(self, read: Matrix, column: Index, fit: Callable[[Flags], Callable[[Matrix], Numbers]]) -> Numbers:
        fold = np.arange(len(column)) % _FOLDS
        found = np.zeros((len(column), len(self.classes)))
        for number in range(_FOLDS):
            held: Flags = fold == number
            if len(np.unique(column[~held])) == len(self.classes):
                found[held] = fit(~held)(read[held])
        return found


def _best_temperature(column: Index, scores: Numbers) -> tuple[float, float]:
    def loss(factor: float) -> float:
        picked = softmax(factor * scores)[np.arange(len(column)), column]
        return float(-np.log(np.maximum(picked, 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(0.1, 3.0), method="bounded", options={"xatol": 1e-3})
    return float(found.x), float(found.fun)
