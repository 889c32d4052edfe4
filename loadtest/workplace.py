"""The folder of a run: what broker and store write and what processes log. It goes with the run unless it is kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def workplace(profile: str, keep: Path | None) -> Iterator[Path]:
    """Yield a new folder.

    On ext4 a run whose predecessor has just removed its files pays for it: for five minutes the file system looks
    through what was removed whenever a file is made, and ClickHouse makes some hundred files a range. Runs that are to
    be compared keep their folders.

    Args:
        profile: The name of the folder begins with it.
        keep: Where to make the folder and leave it; None makes it among temporary files and removes it.
    """
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix=f"{profile}-", dir=keep))
        return
    with tempfile.TemporaryDirectory(prefix=f"claimstream-{profile}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
