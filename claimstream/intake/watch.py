"""Watch a folder: a file is taken in once it has stopped growing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from claimstream.intake.folders import is_candidate

SCAN_SECONDS = 1.0

Signature = tuple[int, int]
"""Size in bytes and time of the last change in nanoseconds."""


def settled_files(folder: Path, stop: threading.Event, scan_seconds: float = SCAN_SECONDS) -> Iterator[Path]:
    """Yield files of a folder until stopped, each time one is there unchanged for two scans.

    A file that its taker leaves in place is yielded again only after it changed.

    Args:
        folder: Folder to watch; its subfolders are not looked at.
        stop: Ends the watch.
        scan_seconds: Seconds between two looks.
    """
    seen: dict[Path, Signature] = {}
    taken: dict[Path, Signature] = {}
    while not stop.is_set():
        now = dict(_signatures(folder))
        for file in sorted(now):
            if seen.get(file) == now[file] and taken.get(file) != now[file]:
                taken[file] = now[file]
                yield file
                if stop.is_set():
                    return
        seen = now
        taken = {file: signature for file, signature in taken.items() if file in now}
        stop.wait(scan_seconds)


def _signatures(folder: Path) -> Iterator[tuple[Path, Signature]]:
    for file in folder.iterdir():
        try:
            if is_candidate(file):
                status = file.stat()
                yield file, (status.st_size, status.st_mtime_ns)
        except FileNotFoundError:
            continue  # moved away between the look at the folder and the look at the file
