"""The deployment files as the tests read them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"

_INTERPOLATION = re.compile(r"\$\{([A-Z_]+)(?::?([-?])([^}]*))?\}")


def text_of(path: str) -> str:
    """Return a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def compose() -> dict[str, Any]:
    """Return docker-compose.yml with its anchors resolved and its variables as written."""
    loaded: dict[str, Any] = yaml.safe_load(text_of("docker-compose.yml"))
    return loaded


def services() -> dict[str, dict[str, Any]]:
    """Return the services of docker-compose.yml."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def own_services() -> dict[str, dict[str, Any]]:
    """Return the services that run claimstream itself."""
    return {name: s for name, s in services().items() if s["image"].startswith("claimstream:")}


def interpolations() -> list[tuple[str, str, str]]:
    """Return every variable docker-compose.yml reads: name, operator (- default, ? required), operand."""
    found = _INTERPOLATION.finditer(text_of("docker-compose.yml"))
    return [(match[1], match[2] or "", match[3] or "") for match in found]
