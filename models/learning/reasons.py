"""The reason model: probability of each reason given a denial, a pool of the first stage, trees and a regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
from onnx import TensorProto
from scipy.optimize import minimize_scalar
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from models.learning.dataset import Dataset, Flags, Index, Matrix, Numbers
from models.learning.families import Stage
from models.learning.graph import GraphBuilder
from models.learning.linear import Linear, fit_classes
from models.learning.stage import CauseStage, extended
from models.learning.trees import without_unknown

OTHER, UNSTATED = "other", "unstated"
_LEAST_ROWS = 8
_LEAST_DENIED = 40
_DENIED_FOR_TREES = 25
"""Denied rows per reason from which trees are tried."""

_STRENGTH = 0.03
_FLOOR = 1e-9
_FOLDS = 3


@dataclass(frozen=True)
class TreePart:
    """Boosting on denied rows.

    Attributes:
        trees: The fitted classifier.
        columns: Columns of the extended matrix that it reads.
    """

    trees: HistGradientBoostingClassifier
    columns: Index


@dataclass(frozen=True)
class ReasonModel:
    """A log-linear pool: weighted log-shares of its parts, then softmax.

    Attributes:
        classes: Reasons, in the order of the output columns.
        stage: First stage; its scores are log-odds against payment, which cancels out given a denial.
        stage_weight: Weight of its scores.
        linear: Multinomial regression on denied rows, None when it has no weight.
        linear_weight: Weight of its scores.
        trees: Boosting on denied rows, with and without the scores of the stage; empty when they have no weight.
        tree_weight: Weight of the log-shares of each.
        width: Number of features.
    """

    classes: tuple[str, ...]
    stage: CauseStage
    stage_weight: float
    linear: Linear | None
    linear_weight: float
    trees: tuple[TreePart, ...]
    tree_weight: float
    width: int

    def shares(self, matrix: Matrix) -> Numbers:
        """Return the probability of each reason given a denial: the reference for parity."""
        scores = self.stage.scores(matrix)
        total = self.stage_weight * scores
        if self.linear is not None:
            total = total + self.linear_weight * self.linear.scores(matrix)
        read = extended(matrix, scores)
        for part in self.trees:
            total = total + self.tree_weight * _log(part.trees.predict_proba(read[:, part.columns]))
        return softmax(total)

    def graph(self, properties: Mapping[str, str]) -> bytes:
        """Return the model as an ONNX graph with one output, rows x reasons."""
        graph = GraphBuilder(self.width)
        scores, read = self.stage.build(graph, "features")
        total = graph.add("Mul", scores, graph.constant(np.float64(self.stage_weight)))
        if self.linear is not None:
            own = self.linear.build(graph, "features")
            total = graph.add("Add", total, graph.add("Mul", own, graph.constant(np.float64(self.linear_weight))))
        for part in self.trees:
            picked = graph.columns(read, part.columns, self.width + len(self.classes))
            given = graph.embed(part.trees, picked, len(part.columns), "probabilities")
            wide = graph.add("Cast", given, to=TensorProto.DOUBLE)
            logs = graph.add("Log", graph.add("Max", wide, graph.constant(np.float64(_FLOOR))))
            total = graph.add("Add", total, graph.add("Mul", logs, graph.constant(np.float64(self.tree_weight))))
        answer = graph.add("Cast", graph.add("Softmax", total, axis=1), to=TensorProto.FLOAT)
        return graph.finish("reason_shares", answer, len(self.classes), properties)


def softmax(scores: Numbers) -> Numbers:
    """Return shares that sum to one in each row."""
    weight = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Numbers = weight / weight.sum(axis=1, keepdims=True)
    return result


def _log(p: Numbers) -> Numbers:
    result: Numbers = np.log(np.maximum(p.astype(np.float64), _FLOOR))
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
    with_trees = len(rows) >= _DENIED_FOR_TREES * len(classes)
    columns = (data.columns.of_trees, np.concatenate([data.columns.of_trees, behind])) if with_trees else ()
    column = np.array([classes.index(name) for name in own])
    linear_scores, tree_scores = _held_out(data, read, own, classes, columns, seed)
    stage_w, linear_w, tree_w = _weights(column, scores, linear_scores, tree_scores, with_trees=with_trees)
    linear = fit_classes(read, own, data.columns, _STRENGTH)[0] if linear_w else None
    trees = _parts(read, own, columns, seed) if tree_w else ()
    if linear is not None:
        linear = Linear(replace(linear.standard, width=data.columns.width), linear.weights, linear.bias)
    return ReasonModel(classes, causes, stage_w, linear, linear_w, trees, tree_w, data.columns.width)


def _held_out(
    data: Dataset,
    read: Matrix,
    own: npt.NDArray[np.object_],
    classes: tuple[str, ...],
    columns: tuple[Index, ...],
    seed: int,
) -> tuple[Numbers, Numbers]:
    """Return scores of the regression and summed log-shares of the trees, of rows they did not see."""
    fold = np.arange(len(own)) % _FOLDS
    linear, trees = np.zeros((len(own), len(classes))), np.zeros((len(own), len(classes)))
    for number in range(_FOLDS):
        held: Flags = fold == number
        if len(np.unique(own[~held])) < len(classes):
            continue
        if columns:
            parts = _parts(read[~held], own[~held], columns, seed)
            trees[held] = sum(_log(part.trees.predict_proba(read[held][:, part.columns])) for part in parts)
        else:
            linear[held] = fit_classes(read[~held], own[~held], data.columns, _STRENGTH)[0].scores(read[held])
    return linear, trees


def _parts(
    read: Matrix, reasons: npt.NDArray[np.object_], columns: tuple[Index, ...], seed: int
) -> tuple[TreePart, ...]:
    return tuple(TreePart(_trees(read[:, own], reasons, seed + n), own) for n, own in enumerate(columns))


def _trees(matrix: Matrix, reasons: npt.NDArray[np.object_], seed: int) -> HistGradientBoostingClassifier:
    trees = HistGradientBoostingClassifier(
        max_iter=45,
        max_leaf_nodes=6,
        learning_rate=0.12,
        min_samples_leaf=15,
        l2_regularization=3.0,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):
        return trees.fit(without_unknown(matrix), reasons)


def _weights(
    column: Index, stage: Numbers, linear: Numbers, trees: Numbers, *, with_trees: bool
) -> tuple[float, float, float]:
    """Return the weights with the least loss among a few pools, each at its best temperature."""
    linear_weights, tree_weights = ((0.0,), (0.5,)) if with_trees else ((0.0, 1.0), (0.0,))
    pools = [pool for pool in product((0.0, 0.25, 0.5, 1.0), linear_weights, tree_weights) if any(pool)]
    best = min(pools, key=lambda pool: _best_temperature(column, _pooled(pool, stage, linear, trees))[1])
    factor = _best_temperature(column, _pooled(best, stage, linear, trees))[0]
    return best[0] * factor, best[1] * factor, best[2] * factor


def _pooled(pool: tuple[float, ...], stage: Numbers, linear: Numbers, trees: Numbers) -> Numbers:
    return pool[0] * stage + pool[1] * linear + pool[2] * trees


def _best_temperature(column: Index, scores: Numbers) -> tuple[float, float]:
    def loss(factor: float) -> float:
        picked = softmax(factor * scores)[np.arange(len(column)), column]
        return float(-np.log(np.maximum(picked, 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(0.1, 3.0), method="bounded", options={"xatol": 1e-3})
    return float(found.x), float(found.fun)
