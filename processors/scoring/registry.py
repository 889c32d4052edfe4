"""The model registry on disk: which version of a model is active and what its folder says.

Layout: `<registry>/<name>/active.json` names the champion, `<registry>/<name>/<version>/` holds model.onnx,
meta.json, encoders.json and golden.json (and files for people: metrics.json, card.md).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import processors
from processors.features import Encoders
from processors.scoring.errors import ModelRefusedError

Matrix = npt.NDArray[np.float32]

APPROVAL = "approval"
REASONS = "reasons"

_RETRAIN = "Train the model again (python -m models.training) or point active.json at another version."


def shipped_registry() -> Path:
    """Return the registry that comes with the installed packages."""
    return Path(processors.__file__).parent.parent / "models" / "registry"


@dataclass(frozen=True)
class ModelFiles:
    """The content of one version's folder.

    Attributes:
        name: Name of the model, as approval.
        version: Name of its folder, as v1.
        onnx: The graph.
        feature_names: Names of the matrix columns the graph was trained on, in order.
        feature_hash: Hash of those names.
        classes: Meaning of the output columns.
        encoders: Look-up tables of the encoded features.
        golden_inputs: Feature rows with known answers.
        golden_outputs: Their answers.
        tolerance: Largest difference allowed on them.
    """

    name: str
    version: str
    onnx: bytes
    feature_names: tuple[str, ...]
    feature_hash: str
    classes: tuple[str, ...]
    encoders: Encoders
    golden_inputs: Matrix
    golden_outputs: Matrix
    tolerance: float


def read_active(registry: Path, name: str) -> ModelFiles:
    """Read the champion of a model.

    Raises:
        ModelRefusedError: There is no such model, or its folder is incomplete or damaged.
    """
    version = "?"
    try:
        active = _json(registry / name / "active.json")
        version = str(active["champion"])
        return _read_folder(registry / name / version, name, version)
    except FileNotFoundError as error:
        missing = Path(str(error.filename)).name
        msg = f"The model {name} ({version}) has no {missing}."
        raise ModelRefusedError(msg, _RETRAIN) from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        msg = f"The model {name} ({version}) cannot be read ({type(error).__name__})."
        raise ModelRefusedError(msg, _RETRAIN) from None


def _read_folder(folder: Path, name: str, version: str) -> ModelFiles:
    meta = _json(folder / "meta.json")
    onnx = (folder / "model.onnx").read_bytes()
    encoders = (folder / "encoders.json").read_text(encoding="utf-8")
    _same("model.onnx", onnx, meta["onnx_sha256"], name, version)
    _same("encoders.json", encoders.encode(), meta["encoders_sha256"], name, version)
    golden = _json(folder / "golden.json")
    return ModelFiles(
        name=name,
        version=version,
        onnx=onnx,
        feature_names=tuple(meta["feature_names"]),
        feature_hash=str(meta["feature_hash"]),
        classes=tuple(meta["classes"]),
        encoders=Encoders.from_json(encoders),
        golden_inputs=_matrix(golden["inputs"]),
        golden_outputs=_matrix(golden["outputs"]),
        tolerance=float(golden["tolerance"]),
    )


def _json(path: Path) -> dict[str, Any]:
    loaded = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        msg = "not a JSON object"
        raise TypeError(msg)
    return loaded


def _same(file: str, content: bytes, wanted: str, name: str, version: str) -> None:
    if hashlib.sha256(content).hexdigest() != wanted:
        msg = f"The file {file} of the model {name} ({version}) is not the one its meta.json describes."
        raise ModelRefusedError(msg, _RETRAIN)


def _matrix(rows: list[list[float | None]]) -> Matrix:
    """Return rows of numbers as a matrix; null stands for NaN, which JSON cannot hold."""
    return np.array([[np.nan if x is None else x for x in row] for row in rows], dtype=np.float32)
