"""The model registry as an operator works on it: what there is, what may serve, what is active."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from processors.features import FEATURE_NAMES
from processors.scoring.errors import ModelRefusedError
from processors.scoring.model import load_model
from processors.scoring.registry import point, read_active, read_version
from schemas.errors import BadInputError


def listed(registry: Path) -> list[dict[str, Any]]:
    """Return every model with its versions, oldest first, their roles, and why one may not serve."""
    models = []
    for folder in sorted(path.parent for path in registry.glob("*/active.json")):
        try:
            active = read_active(registry, folder.name)
            roles = {active.champion: "champion", active.challenger: "challenger"}
            share: float | None = active.share
        except ModelRefusedError:
            roles, share = {}, None
        versions = sorted((v.parent for v in folder.glob("*/meta.json")), key=lambda v: (len(v.name), v.name))
        shown = [_version(version, roles.get(version.name)) for version in versions if not version.name.startswith(".")]
        models.append({"name": folder.name, "share": share, "versions": shown})
    return models


def _version(folder: Path, role: str | None) -> dict[str, Any]:
    checked = checked_parity(folder)
    meta, metrics = _read(folder / "meta.json"), _read(folder / "metrics.json")
    return {
        "version": folder.name,
        "role": role,
        "kind": str(meta.get("kind", "?")),
        "family": str(meta.get("family", "?")),
        "rows": (meta.get("rows") or {}).get("train"),
        "auroc": (metrics.get("approval") or {}).get("auroc"),
        "ok": checked["ok"],
        "problem": checked["problem"],
    }


def checked_parity(folder: Path) -> dict[str, Any]:
    """Check a version as the stream does before it serves, and return what came out."""
    found: dict[str, Any] = {"name": folder.parent.name, "version": folder.name, "ok": False, "problem": None}
    try:
        files = read_version(folder)
        load_model(files, FEATURE_NAMES if files.kind == "claims" else None)
    except ModelRefusedError as error:
        return found | {"problem": error.message, "golden_rows": 0}
    at_export = _read(folder / "meta.json").get("parity", {})
    return found | {"ok": True, "golden_rows": len(files.golden_inputs), "at_export": at_export}


def activated(
    registry: Path, name: str, version: str, *, challenger: bool = False, share: float | None = None
) -> dict[str, Any]:
    """Make a version champion or challenger, after the checks the stream would make.

    Returns:
        What active.json says now.

    Raises:
        BadInputError: There is no such version.
        ModelRefusedError: It may not serve; active.json is left as it is.
    """
    folder = registry / name / version
    if not (folder / "meta.json").exists():
        there = ", ".join(sorted(path.parent.name for path in (registry / name).glob("*/meta.json"))) or "none"
        msg = f"The model {name} has no version {version}; there are: {there}."
        raise BadInputError(msg, "`claimstream models list` shows models and versions.")
    files = read_version(folder)
    load_model(files, FEATURE_NAMES if files.kind == "claims" else None)
    changes: dict[str, Any] = {"challenger" if challenger else "champion": version}
    return point(registry / name, **changes | ({} if share is None else {"share": share}))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
