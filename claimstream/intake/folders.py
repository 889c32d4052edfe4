"""Which files are taken in, and where they go afterwards: archive or quarantine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from claimstream.intake.files import FileReport
from schemas.errors import BadInputError

UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
"""Endings that transfer programs give to a file they are still writing."""


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files, and those of the folders by name; hidden and unfinished ones of a folder are left out.

    Raises:
        BadInputError: There is no such file or folder.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if is_candidate(file))
        elif path.exists():
            yield path
        else:
            msg = f"There is no file {path}."
            raise BadInputError(msg, "Give the path of an X12 file, or of a folder of them.")


def is_candidate(file: Path) -> bool:
    """Return whether a file of a folder is to be taken in."""
    return file.is_file() and not file.name.startswith(".") and file.suffix not in UNFINISHED


@dataclass(frozen=True)
class Disposal:
    """Where files go when they are done; null leaves them where they are.

    Attributes:
        archive: Folder of files that were published, by day.
        quarantine: Folder of files of which nothing could be read.
    """

    archive: Path | None = None
    quarantine: Path | None = None

    def put_away(self, file: Path, report: FileReport, today: date) -> Path | None:
        """Move a file; what is wrong in it is written beside it as NAME.problems.json.

        Raises:
            BadInputError: The folder cannot be written.
        """
        folder = self.quarantine if report.status == "refused" else self.archive
        if folder is None:
            return None
        try:
            return _moved(file, folder / today.isoformat(), report)
        except OSError as error:
            msg = f"The file {file.name} cannot be moved to {folder}: {error.strerror}."
            raise BadInputError(msg, "Make the folder writable: what is published will not be again.") from error


def _moved(file: Path, folder: Path, report: FileReport) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / file.name
    if place.exists():  # another file of this name: the hash tells them apart
        place = folder / f"{file.stem}.{report.file_hash[:12]}{file.suffix}"
    if report.problems:
        beside = place.with_name(place.name + ".problems.json")
        beside.write_text(json.dumps({"problems": report.problems, "count": report.problem_count}, indent=2) + "\n")
    shutil.move(file, place)
    return place
