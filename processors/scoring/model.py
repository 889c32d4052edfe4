"""One loaded model: an ONNX session that has passed its checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnxruntime

from processors.features import FEATURE_NAMES, Encoders, feature_hash
from processors.scoring.errors import ModelRefusedError, ScoringError
from processors.scoring.registry import Matrix, ModelFiles

_REMEDY = "Train the model again for this version of the program (python -m models.training)."
_QUIET = 3  # onnxruntime's log level: errors and worse


@dataclass(frozen=True)
class LoadedModel:
    """A model that may serve.

    Attributes:
        name: Name of the model.
        version: Its version.
        classes: Meaning of the output columns.
        encoders: Look-up tables for the feature matrix.
        session: onnxruntime session, single-threaded: with one thread a row's answer does not depend on
            the batch around it.
    """

    name: str
    version: str
    classes: tuple[str, ...]
    encoders: Encoders
    session: onnxruntime.InferenceSession

    @property
    def label(self) -> str:
        """Name and version as they are written to claims.scored."""
        return f"{self.name}-{self.version}"

    def predict(self, matrix: Matrix) -> Matrix:
        """Return the probabilities of the classes.

        Args:
            matrix: Rows x features, float32, C order, NaN for missing.

        Returns:
            Rows x classes.

        Raises:
            ScoringError: An answer is not a number, or lies outside 0 to 1.
        """
        if len(matrix) == 0:
            return np.empty((0, len(self.classes)), dtype=np.float32)
        answers: Matrix = self.session.run(None, {self.session.get_inputs()[0].name: matrix})[0]
        if not (np.isfinite(answers).all() and answers.min() >= 0 and answers.max() <= 1 + 1e-6):
            msg = f"The model {self.label} answered with values that are not probabilities."
            raise ScoringError(msg, "Point active.json at the previous version and train again.")
        return answers


def load_model(files: ModelFiles) -> LoadedModel:
    """Open a model and check that it may serve.

    Raises:
        ModelRefusedError: It was trained on other features, has another width, cannot be opened, or does not
            reproduce its golden rows.
    """
    who = f"The model {files.name} ({files.version})"
    # onnxruntime notices a wrong width but not a wrong order; the hash of the names does.
    if files.feature_hash != feature_hash() or files.feature_names != FEATURE_NAMES:
        msg = f"{who} was trained on another feature catalogue."
        raise ModelRefusedError(msg, _REMEDY)
    try:
        session = _open(files.onnx)
    except Exception as error:  # onnxruntime raises its own classes for every kind of damage
        msg = f"{who} cannot be opened ({type(error).__name__})."
        raise ModelRefusedError(msg, _REMEDY) from None
    if session.get_inputs()[0].shape[1] != len(FEATURE_NAMES):
        msg = f"{who} reads another number of features than the catalogue has."
        raise ModelRefusedError(msg, _REMEDY)
    model = LoadedModel(files.name, files.version, files.classes, files.encoders, session)
    _check_golden(model, files, who)
    return model


def _open(onnx: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])


def _check_golden(model: LoadedModel, files: ModelFiles, who: str) -> None:
    try:
        answers = model.predict(files.golden_inputs)
        gap = float(np.abs(answers - files.golden_outputs).max()) if len(answers) else np.inf
    except Exception as error:  # any failure on rows it once answered is a reason to refuse
        msg = f"{who} fails on its golden rows ({type(error).__name__})."
        raise ModelRefusedError(msg, _REMEDY) from None
    if not gap <= files.tolerance:
        msg = f"{who} does not reproduce its golden rows."
        raise ModelRefusedError(msg, _REMEDY)
