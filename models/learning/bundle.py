"""Writes a model version into a registry folder, and points active.json at it by an atomic rename."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any

import numpy as np

from models.learning.card import card
from models.learning.dataset import Dataset, Matrix
from models.learning.learn import Learned
from models.learning.parity import TOLERANCE
from models.learning.reference import reference_of
from models.runtime import run_graph
from processors.features.catalogue import hash_of_names
from processors.scoring.registry import point

DECISION_THRESHOLD = 0.5
_LIBRARIES = (
    "imbalanced-learn",
    "lightgbm",
    "numpy",
    "onnx",
    "onnxruntime",
    "polars",
    "protobuf",
    "scikit-learn",
    "skl2onnx",
)
_CODE = ("models/learning", "models/tables", "models/training", "processors/features")


@dataclass(frozen=True)
class Origin:
    """Where a version comes from.

    Attributes:
        name: Name of the model in the registry.
        kind: claims, or table.
        encoders: Content of encoders.json.
        facts: What else meta.json says: seed, label, data window, leak audit.
        title: First line of the card.
        purpose: What it is for, a paragraph of the card.
        limits: What it is not, a paragraph of the card.
    """

    name: str
    kind: str
    encoders: str
    facts: Mapping[str, Any]
    title: str
    purpose: str
    limits: str


def next_version(registry: Path, name: str) -> str:
    """Return v1, v2, ...: one more than the highest version of the model."""
    folders = (registry / name).glob("v*")
    numbers = [int(folder.name[1:]) for folder in folders if folder.name[1:].isdigit()]
    return f"v{max(numbers, default=0) + 1}"


def publish(registry: Path, origin: Origin, learned: Learned, data: Dataset, *, activate: bool = True) -> Path:
    """Write the folder of a version; a reader sees all of it or nothing.

    Args:
        registry: Folder of the registry.
        origin: Where the version comes from.
        learned: The checked model.
        data: What it was learnt from.
        activate: Make it the champion.

    Returns:
        The folder.
    """
    number = next_version(registry, origin.name)
    folder = registry / origin.name / number
    building = folder.with_name(f".{number}.new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    scores = run_graph(learned.approval, data.test.matrix)[:, 0]
    reference = _text(reference_of(data.train, data.columns.names, scores, _reason_counts(learned, data)))
    meta = _meta(origin, learned, data, number) | {
        "encoders_sha256": _sha(origin.encoders.encode()),
        "reference_sha256": _sha(reference.encode()),
    }
    files = {
        "encoders.json": origin.encoders,
        "calibration.json": _text(dict(learned.calibration)),
        "reference.json": reference,
        "golden.json": json.dumps(_golden(learned)) + "\n",
        "metrics.json": _text(learned.metrics),
        "meta.json": _text(meta),
        "card.md": card(origin, meta, learned.metrics),
    }
    (building / "model.onnx").write_bytes(learned.approval)
    if learned.reasons is not None:
        (building / "reasons.onnx").write_bytes(learned.reasons)
    for file, text in files.items():
        (building / file).write_text(text, encoding="utf-8")
    building.rename(folder)
    if activate or not (registry / origin.name / "active.json").exists():
        point(registry / origin.name, champion=number)
    return folder


def _meta(origin: Origin, learned: Learned, data: Dataset, number: str) -> dict[str, Any]:
    return {
        **origin.facts,
        "name": origin.name,
        "kind": origin.kind,
        "version": number,
        "family": learned.family,
        "classes": list(learned.classes),
        "feature_names": list(data.columns.names),
        "feature_hash": hash_of_names(data.columns.names),
        "data_sha256": data.digest,
        "rows": {"train": data.train.size, "test": data.test.size},
        "split": data.split,
        "notes": list(data.notes),
        "denial_rate": float(data.train.denied.mean()),
        "threshold": DECISION_THRESHOLD,
        "parity": dict(learned.parity),
        "onnx_sha256": _sha(learned.approval),
        "reasons_sha256": None if learned.reasons is None else _sha(learned.reasons),
        "code_sha256": code_digest(),
        "libraries": {"python": platform.python_version()} | {name: library_version(name) for name in _LIBRARIES},
    }


def code_digest() -> str:
    """Return a SHA-256 (hex) over the sources that make models and features."""
    root = Path(__file__).parents[2]
    made = hashlib.sha256()
    for file in sorted(path for folder in _CODE for path in (root / folder).rglob("*.py")):
        made.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return made.hexdigest()


def _reason_counts(learned: Learned, data: Dataset) -> dict[str, int]:
    if learned.reasons is None:
        return {}
    likeliest = run_graph(learned.reasons, data.test.matrix[data.test.denied]).argmax(axis=1)
    counts = np.bincount(likeliest, minlength=len(learned.classes))
    return dict(zip(learned.classes, counts.tolist(), strict=True))


def _golden(learned: Learned) -> dict[str, Any]:
    rows = {
        "tolerance": TOLERANCE,
        "inputs": _rows(learned.golden),
        "outputs": _rows(run_graph(learned.approval, learned.golden)),
    }
    if learned.reasons is not None:
        rows["reasons"] = _rows(run_graph(learned.reasons, learned.golden))
    return rows


def _rows(matrix: Matrix | np.ndarray[Any, np.dtype[np.float64]]) -> list[list[float | None]]:
    """Return a matrix for JSON, which has no NaN: missing becomes null."""
    return [[None if np.isnan(x) else float(x) for x in row] for row in matrix]


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True) + "\n"
