"""Writes a version into the model registry and makes it the active one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.training.data import Matrix
from models.training.parity import TOLERANCE, run_graph
from processors.features import FEATURE_NAMES, Encoders, feature_hash

_GOLDEN_ROWS = 64


@dataclass(frozen=True)
class Version:
    """One version of a model, ready to be written.

    Attributes:
        name: Model name.
        onnx: The graph.
        classes: Meaning of the output columns.
        encoders: Tables of the encoded features.
        golden: Feature rows to check at every load.
        meta: Facts about the training.
        metrics: What it achieves.
        card: The model card, Markdown.
    """

    name: str
    onnx: bytes
    classes: tuple[str, ...]
    encoders: Encoders
    golden: Matrix
    meta: dict[str, Any]
    metrics: dict[str, Any]
    card: str


def next_version(registry: Path, name: str) -> str:
    """Return v1, v2, ...: one more than the highest version of the model."""
    folders = (registry / name).glob("v*")
    numbers = [int(folder.name[1:]) for folder in folders if folder.name[1:].isdigit()]
    return f"v{max(numbers, default=0) + 1}"


def publish(registry: Path, version: Version, number: str) -> Path:
    """Write the folder of a version, then point active.json at it.

    Returns:
        The folder.
    """
    folder = registry / version.name / number
    folder.mkdir(parents=True)
    encoders = version.encoders.to_json().encode()
    golden = version.golden[:_GOLDEN_ROWS]
    meta = {
        **version.meta,
        "name": version.name,
        "version": number,
        "classes": list(version.classes),
        "feature_names": list(FEATURE_NAMES),
        "feature_hash": feature_hash(),
        "onnx_sha256": hashlib.sha256(version.onnx).hexdigest(),
        "encoders_sha256": hashlib.sha256(encoders).hexdigest(),
    }
    (folder / "model.onnx").write_bytes(version.onnx)
    (folder / "encoders.json").write_bytes(encoders)
    _write(folder / "meta.json", meta)
    _write(folder / "metrics.json", version.metrics)
    answers = run_graph(version.onnx, golden)
    rows = {"tolerance": TOLERANCE, "inputs": _rows(golden), "outputs": _rows(answers)}
    (folder / "golden.json").write_text(json.dumps(rows) + "\n", encoding="utf-8")
    (folder / "card.md").write_text(version.card, encoding="utf-8")
    _activate(registry / version.name, number)
    return folder


def _activate(folder: Path, number: str) -> None:
    path = folder / "active.json"
    active: dict[str, Any] = {"champion": number, "challenger": None, "share": 0.0}
    if path.exists():
        active = json.loads(path.read_text(encoding="utf-8")) | {"champion": number}
    fresh = path.with_suffix(".json.new")
    _write(fresh, active)
    fresh.replace(path)  # atomic: a reader sees the old file or the new one


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _rows(matrix: np.ndarray) -> list[list[float | None]]:
    """Return a matrix for JSON, which has no NaN: missing becomes null."""
    return [[None if np.isnan(x) else float(x) for x in row] for row in matrix]
