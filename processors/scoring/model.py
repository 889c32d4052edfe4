"""One loaded model version: ONNX graphs that have passed their checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from processors.features import Encoders
from processors.features.catalogue import hash_of_names
from processors.scoring.errors import ModelRefusedError, ScoringError
from processors.scoring.graph import Graph
from processors.scoring.registry import Matrix, ModelFiles

Numbers = npt.NDArray[np.float64]

_REMEDY = "Train the model again for this version of the program (claimstream models train)."
_WARM_UP_ROWS = (1, 64, 512)


class Answering(Protocol):
    """A graph that is open: processors.scoring.graph.Graph."""

    def run(self, matrix: Matrix) -> Matrix:
        """Return the answers, rows x classes."""


@dataclass(frozen=True)
class LoadedModel:
    """A model that may serve.

    Attributes:
        name: Name of the model.
        version: Its version.
        classes: Reasons, in the order of the columns; empty without a reason model.
        encoders: Look-up tables for the feature matrix; empty for a model of a foreign table.
        usual: Value of each feature that is usual among paid rows.
        denial_rate: Rate of denials in training.
        reference: Content of reference.json: how features and scores were spread in training.
        approval: Graph of P(denied).
        reasons: Graph of the reasons; None without one.
    """

    name: str
    version: str
    classes: tuple[str, ...]
    encoders: Encoders
    usual: Matrix
    denial_rate: float
    reference: Mapping[str, Any]
    approval: Answering
    reasons: Answering | None

    @property
    def label(self) -> str:
        """Name and version as they are written to claims.scored."""
        return f"{self.name}-{self.version}"

    def p_denied(self, matrix: Matrix) -> Numbers:
        """Return the probability of a denial of each row.

        Args:
            matrix: Rows x features, float32, C order, NaN for missing.

        Raises:
            ScoringError: An answer is not a number, or lies outside 0 to 1.
        """
        result: Numbers = self._run(self.approval, matrix, 1)[:, 0].astype(np.float64)
        return result

    def reason_shares(self, matrix: Matrix) -> Numbers:
        """Return the probability of each reason given a denial, rows x classes.

        Raises:
            ScoringError: An answer is not a number, or lies outside 0 to 1.
        """
        if self.reasons is None:
            return np.empty((len(matrix), 0))
        result: Numbers = self._run(self.reasons, matrix, len(self.classes)).astype(np.float64)
        return result

    def warm_up(self) -> None:
        """Run each usual size of a batch once, so that no batch pays for the first time."""
        for rows in _WARM_UP_ROWS:
            matrix = np.tile(self.usual, (rows, 1))
            self.p_denied(matrix)
            self.reason_shares(matrix)

    def _run(self, graph: Answering, matrix: Matrix, classes: int) -> Matrix:
        if len(matrix) == 0:
            return np.empty((0, classes), dtype=np.float32)
        answers = graph.run(matrix)
        # A NaN makes both comparisons false.
        if not (answers.min() >= 0 and answers.max() <= 1 + 1e-6):
            msg = f"The model {self.label} answered with values that are not probabilities."
            raise ScoringError(msg, "Activate the version before (claimstream models activate) and train again.")
        return answers


def load_model(files: ModelFiles, names: tuple[str, ...] | None) -> LoadedModel:
    """Open a model version and check that it may serve.

    Args:
        files: Content of its folder.
        names: Features the caller will give, in order; None takes those the version says it has.

    Raises:
        ModelRefusedError: It was trained on other features, has another width, cannot be opened, or does not
            reproduce its golden rows.
    """
    who = f"The model {files.name} ({files.version})"
    wanted = files.feature_names if names is None else names
    # onnxruntime notices a wrong width but not a wrong order; the hash of the names does.
    if files.feature_hash != hash_of_names(wanted) or files.feature_names != wanted:
        msg = f"{who} was trained on another feature catalogue."
        raise ModelRefusedError(msg, _REMEDY)
    approval = _opened(files.onnx, who, files)
    reasons = None if files.reasons_onnx is None else _opened(files.reasons_onnx, who, files)
    try:
        encoders = Encoders.from_json(files.encoders_text) if files.kind == "claims" else Encoders()
        usual = np.array([[files.reference["features"][name]["usual"] for name in wanted]], dtype=np.float32)
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{who} cannot be read ({type(error).__name__})."
        raise ModelRefusedError(msg, _REMEDY) from None
    model = LoadedModel(
        files.name, files.version, files.classes, encoders, usual, files.denial_rate, files.reference, approval, reasons
    )
    _check_golden(model, files, who)
    model.warm_up()
    return model


def _opened(onnx: bytes, who: str, files: ModelFiles) -> Graph:
    try:
        graph = Graph.open(onnx)
    except Exception as error:  # onnx and onnxruntime raise their own classes for every kind of damage
        msg = f"{who} cannot be opened ({type(error).__name__})."
        raise ModelRefusedError(msg, _REMEDY) from None
    if graph.entry != "features" or graph.width != len(files.feature_names):
        msg = f"{who} reads another number of features than its meta.json says."
        raise ModelRefusedError(msg, _REMEDY)
    if graph.properties.get("feature_hash") != files.feature_hash:
        msg = f"{who} holds a graph of other features than its meta.json says."
        raise ModelRefusedError(msg, _REMEDY)
    return graph


def _check_golden(model: LoadedModel, files: ModelFiles, who: str) -> None:
    try:
        gap = _gap(model.p_denied(files.golden_inputs)[:, None], files.golden_outputs)
        if files.golden_reasons is not None:
            gap = max(gap, _gap(model.reason_shares(files.golden_inputs), files.golden_reasons))
    except Exception as error:  # any failure on rows it once answered is a reason to refuse
        msg = f"{who} fails on its golden rows ({type(error).__name__})."
        raise ModelRefusedError(msg, _REMEDY) from None
    if not gap <= files.tolerance:
        msg = f"{who} does not reproduce its golden rows."
        raise ModelRefusedError(msg, _REMEDY)


def _gap(given: Any, wanted: Any) -> float:
    return float(np.abs(given - wanted).max()) if len(given) and given.shape == wanted.shape else float("inf")
