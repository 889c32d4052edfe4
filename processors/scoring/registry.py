"""The model registry on disk: which version of a model is active and what its folder says.

Layout: `<registry>/<name>/active.json` names champion and challenger, `<registry>/<name>/<version>/` holds model.onnx,
reasons.onnx, meta.json, encoders.json, reference.json and golden.json (and files for people: calibration.json,
metrics.json, card.md).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import processors
from processors.scoring.errors import ModelRefusedError

Matrix = npt.NDArray[np.float32]

DENIALS = "denials"
"""Name of the model that scores claims in the stream."""

_REMEDY = "Activate another version (claimstream models activate), or train again (claimstream models train)."


def shipped_registry() -> Path:
    """Return the registry that comes with the installed packages."""
    return Path(processors.__file__).parent.parent / "models" / "registry"


@dataclass(frozen=True)
class ModelFiles:
    """The content of one version's folder.

    Attributes:
        name: Name of the model, as denials.
        version: Name of its folder, as v1.
        kind: claims, or table for a model of a foreign table.
        onnx: The graph of P(denied).
        reasons_onnx: The graph of the reasons given a denial; None without one.
        feature_names: Names of the matrix columns the graphs were trained on, in order.
        feature_hash: Hash of those names.
        classes: Reasons, in the order of the columns.
        encoders_text: Content of encoders.json.
        reference: Content of reference.json: usual values and spreads of the features.
        denial_rate: Rate of denials in training.
        golden_inputs: Feature rows with known answers.
        golden_outputs: Their P(denied).
        golden_reasons: Their reason shares; None without a reason model.
        tolerance: Largest difference allowed on them.
    """

    name: str
    version: str
    kind: str
    onnx: bytes
    reasons_onnx: bytes | None
    feature_names: tuple[str, ...]
    feature_hash: str
    classes: tuple[str, ...]
    encoders_text: str
    reference: Mapping[str, Any]
    denial_rate: float
    golden_inputs: Matrix
    golden_outputs: Matrix
    golden_reasons: Matrix | None
    tolerance: float


@dataclass(frozen=True)
class Active:
    """What active.json says.

    Attributes:
        champion: Version whose scores count.
        challenger: Version on trial, None for none.
        share: Share of the batches that the challenger scores too.
        threshold: P(denied) above which the model says denied.
    """

    champion: str
    challenger: str | None = None
    share: float = 1.0
    threshold: float = 0.5
    raw: Mapping[str, Any] = field(default_factory=dict)


def read_active(registry: Path, name: str) -> Active:
    """Read active.json of a model.

    Raises:
        ModelRefusedError: There is no such model, or the file is damaged.
    """
    try:
        raw = _json(registry / name / "active.json")
        challenger = raw.get("challenger")
        return Active(
            champion=_version_name(raw["champion"]),
            challenger=None if challenger is None else _version_name(challenger),
            share=float(raw.get("share", 1.0)),
            threshold=float(raw.get("threshold", 0.5)),
            raw=raw,
        )
    except FileNotFoundError:
        msg = f"The registry has no active model {name}."
        raise ModelRefusedError(msg, _REMEDY) from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        msg = f"active.json of the model {name} cannot be read ({type(error).__name__})."
        raise ModelRefusedError(msg, _REMEDY) from None


def _version_name(value: object) -> str:
    name = str(value)
    if not isinstance(value, str) or not name or "/" in name or name.startswith("."):
        msg = "not the name of a version"
        raise ValueError(msg)
    return name


def read_version(folder: Path) -> ModelFiles:
    """Read the folder of a version.

    Raises:
        ModelRefusedError: It is incomplete or damaged.
    """
    name, version = folder.parent.name, folder.name
    try:
        return _read_folder(folder, name, version)
    except FileNotFoundError as error:
        missing = Path(str(error.filename)).name
        msg = f"The model {name} ({version}) has no {missing}."
        raise ModelRefusedError(msg, _REMEDY) from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        msg = f"The model {name} ({version}) cannot be read ({type(error).__name__})."
        raise ModelRefusedError(msg, _REMEDY) from None


def find_version(path: Path) -> ModelFiles:
    """Read the version that a path stands for: a version's folder, a model's, or a registry with one model.

    Raises:
        ModelRefusedError: It stands for none, or for several.
    """
    return read_version(find_folder(path))


def find_folder(path: Path) -> Path:
    """Return the folder of the version that a path stands for.

    Raises:
        ModelRefusedError: It stands for none, or for several.
    """
    if (path / "meta.json").exists():
        return path
    if (path / "active.json").exists():
        return path / read_active(path.parent, path.name).champion
    models = sorted(inner.parent for inner in path.glob("*/active.json"))
    if len(models) == 1:
        return models[0] / read_active(path, models[0].name).champion
    if models:
        msg = f"{path} is a registry of several models: {', '.join(model.name for model in models)}."
        raise ModelRefusedError(msg, "Name the folder of one of them.")
    msg = f"There is no model in {path}."
    raise ModelRefusedError(msg, "Name the folder of a version, of a model, or of a registry with one model.")


def point(folder: Path, **changes: Any) -> dict[str, Any]:
    """Change active.json of a model by an atomic rename: a reader sees the old file or the new one.

    Args:
        folder: Folder of the model.
        changes: champion, challenger, share or threshold.

    Returns:
        What it says now.
    """
    path = folder / "active.json"
    active: dict[str, Any] = {"champion": None, "challenger": None, "share": 1.0, "threshold": 0.5}
    if path.exists():
        active |= _json(path)
    active |= changes
    if active["challenger"] == active["champion"]:
        active["challenger"] = None
    fresh = path.with_name(f".active.{os.getpid()}.new")
    fresh.write_text(json.dumps(active, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(path)
    return active


def _read_folder(folder: Path, name: str, version: str) -> ModelFiles:
    meta = _json(folder / "meta.json")
    onnx = (folder / "model.onnx").read_bytes()
    encoders = (folder / "encoders.json").read_text(encoding="utf-8")
    reference = (folder / "reference.json").read_text(encoding="utf-8")
    wanted = {"model.onnx": (onnx, "onnx_sha256"), "encoders.json": (encoders.encode(), "encoders_sha256")}
    wanted["reference.json"] = (reference.encode(), "reference_sha256")
    reasons = None
    if meta["reasons_sha256"] is not None:
        reasons = (folder / "reasons.onnx").read_bytes()
        wanted["reasons.onnx"] = (reasons, "reasons_sha256")
    for file, (content, key) in wanted.items():
        _same(file, content, meta[key], name, version)
    golden = _json(folder / "golden.json")
    return ModelFiles(
        name=name,
        version=version,
        kind=str(meta["kind"]),
        onnx=onnx,
        reasons_onnx=reasons,
        feature_names=tuple(meta["feature_names"]),
        feature_hash=str(meta["feature_hash"]),
        classes=tuple(meta["classes"]),
        encoders_text=encoders,
        reference=json.loads(reference),
        denial_rate=float(meta["denial_rate"]),
        golden_inputs=_matrix(golden["inputs"]),
        golden_outputs=_matrix(golden["outputs"]),
        golden_reasons=_matrix(golden["reasons"]) if reasons is not None else None,
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
        raise ModelRefusedError(msg, _REMEDY)


def _matrix(rows: list[list[float | None]]) -> Matrix:
    """Return rows of numbers as a matrix; null stands for NaN, which JSON cannot hold."""
    return np.array([[np.nan if x is None else x for x in row] for row in rows], dtype=np.float32)
