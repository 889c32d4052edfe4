"""Where tests find the real reference data, which is never part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared"


def shared(path: str) -> Path:
    """Return a file of the shared data; skip the test, saying so, where it is absent.

    Args:
        path: Path below the folder named by CLAIMSTREAM_SHARED (default: `../shared` beside the checkout).
    """
    found = Path(os.environ.get("CLAIMSTREAM_SHARED", _BESIDE_CHECKOUT)) / path
    if not found.exists():
        pytest.skip(f"shared data {path} is absent; set CLAIMSTREAM_SHARED to the folder that holds it")
    return found
