"""The keyring of this installation: made once, when there is none."""

from __future__ import annotations

from pathlib import Path

from schemas.phi import Keyring


def ensure_keyring(path: Path) -> None:
    """Create the keyring of this installation when there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Keyring.create(path)
