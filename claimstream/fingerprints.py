"""What tells one state of files and folders from another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

Fingerprint = frozenset[tuple[str, int, int]]
"""Path, time of the last change and size of every file."""


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Return what tells one state of files and folders from another; what is absent or hidden is left out."""
    return frozenset(entry for path in paths for entry in _entries(path))


def _entries(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        if path.is_dir():
            for inner in path.iterdir():
                if not inner.name.startswith((".", "__")):
                    yield from _entries(inner)
        else:
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_size
    except OSError:
        return  # gone between two looks
