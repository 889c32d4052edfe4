"""Overlays as text, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def rule(**changes: Any) -> dict[str, Any]:
    """A rule that fires on the good claim of the examples, with some keys changed."""
    return {
        "id": "LOC001",
        "name": "A local rule",
        "level": "claim",
        "severity": "warning",
        "expression": "total_charge_cents > 1",
        "error_message": "The charge is {total_charge_cents} cents.",
        "x12": "2300 CLM02",
        "snip": 7,
        "queue": "edit_fix",
        "fix": "Change it.",
        "source": "Test",
        "examples": {"fires": [{}], "passes": [{"total_charge_cents": 0}]},
    } | changes


def change(rule_id: str, severity: str | None = None) -> dict[str, Any]:
    """An override: another severity, or disabled."""
    what: dict[str, Any] = {"disabled": True} if severity is None else {"severity": severity}
    return {"id": rule_id, "reason": "Test", **what}


def write(folder: Path, **files: dict[str, Any] | str) -> Path:
    """Write overlays, NAME.yaml each, and return their folder."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        (folder / f"{name}.yaml").write_text(text)
    return folder
