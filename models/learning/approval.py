"""The approval model: one or two members, their log-odds averaged and calibrated; 1 - P(denied) approves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from onnx import TensorProto
from sklearn.linear_model import LogisticRegression

from models.learning.dataset import Dataset, Flags, Index, Matrix, Numbers
from models.learning.graph import GraphBuilder
from models.learning.stage import CauseStage

_LEAST_RECENT = 200
_BY_CHANCE = 3.0
_STEPS = 8


class Member(Protocol):
    """A fitted model that gives log-odds and can be written into a graph."""

    def log_odds(self, matrix: Matrix) -> Numbers:
        """Return the log-odds of a denial."""

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add them to a graph: double, rows x 1."""


@dataclass(frozen=True)
class Calibration:
    """An affine step on the log-odds (Platt): inside the graph, where isotonic steps would convert wrongly.

    Attributes:
        slope: Factor.
        intercept: Added.
    """

    slope: float
    intercept: float

    @classmethod
    def fit(cls, log_odds: Numbers, denied: Flags) -> Calibration:
        """Learn the step from scores of rows their models did not see.

        The prior of the rows is learnt with it, so that resampled training needs no correction of its own.
        """
        spread = float(log_odds.std())
        if spread < 1e-9:
            rate = float(np.clip(denied.mean(), 1e-6, 1 - 1e-6))
            return cls(0.0, float(np.log(rate / (1 - rate))))
        fitted = LogisticRegression(C=1e6).fit(log_odds[:, None] / spread, denied)
        return cls(float(fitted.coef_[0, 0]) / spread, float(fitted.intercept_[0]))

    def moved_to(self, log_odds: Numbers, denied: Flags) -> Calibration:
        """Return the step with its intercept moved to the rate of these rows, where chance does not explain the gap.

        Outcomes drift: the latest rows are nearer to those that will be scored than all rows are.
        """
        p = self.apply(log_odds)
        error = float(np.sqrt((p * (1 - p)).sum()))
        if len(p) < _LEAST_RECENT or abs(float(denied.sum() - p.sum())) <= _BY_CHANCE * error:
            return self
        shift = 0.0
        for _ in range(_STEPS):  # Newton steps on the intercept alone
            p = Calibration(self.slope, self.intercept + shift).apply(log_odds)
            shift += float((denied.sum() - p.sum()) / max((p * (1 - p)).sum(), 1e-9))
        return Calibration(self.slope, self.intercept + shift)

    def apply(self, log_odds: Numbers) -> Numbers:
        """Return probabilities."""
        result: Numbers = 1 / (1 + np.exp(-np.clip(self.slope * log_odds + self.intercept, -60, 60)))
        return result


@dataclass(frozen=True)
class Approval:
    """A calibrated model of P(denied).

    Attributes:
        family: Kind of model.
        members: Fitted models; their log-odds are averaged.
        calibration: Step behind the average.
        stage: First stage whose scores the members read behind the features; None for none.
        width: Number of features.
    """

    family: str
    members: tuple[Member, ...]
    calibration: Calibration
    stage: CauseStage | None
    width: int

    def p_denied(self, matrix: Matrix) -> Numbers:
        """Return the probability of a denial from the library: the reference for parity."""
        read = matrix if self.stage is None else self.stage.extended(matrix)
        return self.calibration.apply(mean_log_odds(self.members, read))

    def graph(self, properties: Mapping[str, str]) -> bytes:
        """Return the model as an ONNX graph with one output, P(denied), rows x 1."""
        graph = GraphBuilder(self.width)
        read = "features" if self.stage is None else self.stage.build(graph, "features")[1]
        given = [member.build(graph, read) for member in self.members]
        total = given[0]
        for other in given[1:]:
            total = graph.add("Add", total, other)
        scaled = graph.add("Mul", total, graph.constant(np.float64(self.calibration.slope / len(given))))
        shifted = graph.add("Add", scaled, graph.constant(np.float64(self.calibration.intercept)))
        kept = graph.add("Clip", shifted, graph.constant(np.float64(-60)), graph.constant(np.float64(60)))
        answer = graph.add("Cast", graph.add("Sigmoid", kept), to=TensorProto.FLOAT)
        return graph.finish("p_denied", answer, 1, properties)


def mean_log_odds(members: tuple[Member, ...], matrix: Matrix) -> Numbers:
    """Return the average log-odds of the members."""
    result: Numbers = np.mean([member.log_odds(matrix) for member in members], axis=0)
    return result


def held_out(data: Dataset, fit: FitMembers, matrix: Matrix, *, one_fold: bool = False) -> tuple[Index, Numbers]:
    """Return the average log-odds of members that were fitted on other folds than the row's.

    Args:
        data: The rows and their folds.
        fit: Fits members.
        matrix: What the members read: the training matrix, with or without the scores of a first stage.
        one_fold: Score the first fold alone.

    Returns:
        The rows that were scored, and their scores.
    """
    scores = np.zeros(data.train.size)
    numbers = np.unique(data.fold)
    numbers = numbers[:1] if one_fold else numbers
    for number in numbers:
        held: Flags = data.fold == number
        scores[held] = mean_log_odds(fit(matrix[~held], data.train.denied[~held]), matrix[held])
    rows = np.flatnonzero(np.isin(data.fold, numbers))
    return rows, scores[rows]


class FitMembers(Protocol):
    """Fits the members of a family."""

    def __call__(self, matrix: Matrix, denied: Flags) -> tuple[Member, ...]:
        """Fit on these rows."""
