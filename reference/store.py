"""The folder of loaded tables: one Parquet file a table, one manifest that names the files that hold.

The manifest is the only thing that is ever replaced, by a rename: a reader sees the tables of one load or those of
the next, never a mixture. A table's file carries a part of its hash in its name, so files of two loads lie side by
side; the files of the load before the last one are removed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from reference.errors import ReferenceDataError
from reference.tables import TABLES

MANIFEST = "manifest.json"
_FORMAT = 1
_AGAIN = "Run `claimstream reference load` again with all source files."


@dataclass(frozen=True)
class Source:
    """A file that rows came from.

    Args:
        file: Its name, without folders.
        sha256: Hash of its bytes.
        rows: Rows that it gave.
    """

    file: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Piece:
    """An edition of a table, or of one part of it (a year, a setting).

    Args:
        part: Values of the part columns, as text; empty: the whole table.
        edition: Edition, as "2026C"; "" unknown.
        effective_from: First day that it speaks for; None: no bound.
        effective_to: Last day that it speaks for; None: no bound.
        sources: The files it came from.
    """

    part: tuple[str, ...]
    edition: str
    effective_from: date | None
    effective_to: date | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class StoredTable:
    """What the manifest says about one table.

    Args:
        name: Name of the table.
        file: Name of its Parquet file in the folder.
        sha256: Hash of that file.
        rows: Number of rows.
        complete: What is not in it does not exist.
        loaded_at: When these rows were loaded, UTC.
        pieces: The editions that it is made of.
    """

    name: str
    file: str
    sha256: str
    rows: int
    complete: bool
    loaded_at: datetime
    pieces: tuple[Piece, ...]

    @property
    def edition(self) -> str:
        """The editions, joined by commas, each once."""
        return ", ".join(dict.fromkeys(piece.edition for piece in self.pieces if piece.edition))

    @property
    def source(self) -> str:
        """The names of the source files, joined by commas, each once."""
        return ", ".join(dict.fromkeys(source.file for piece in self.pieces for source in piece.sources))

    @property
    def effective_from(self) -> date | None:
        """First day that the table speaks for; None where a piece has no bound."""
        days = [piece.effective_from for piece in self.pieces]
        return None if None in days else min(day for day in days if day is not None)

    @property
    def effective_to(self) -> date | None:
        """Last day that the table speaks for; None where a piece has no bound."""
        days = [piece.effective_to for piece in self.pieces]
        return None if None in days else max(day for day in days if day is not None)


@dataclass(frozen=True, eq=False)
class NewTable:
    """A table that is to be stored.

    Args:
        name: Name of the table.
        frame: All its rows.
        complete: What is not in it does not exist.
        pieces: The editions that it is made of.
    """

    name: str
    frame: pl.DataFrame
    complete: bool
    pieces: tuple[Piece, ...]


def stored_tables(folder: Path) -> dict[str, StoredTable]:
    """Return what the manifest of a folder says, by table name; nothing where there is no manifest.

    Raises:
        ReferenceDataError: The manifest cannot be read, or a newer version of the program wrote it.
    """
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        manifest = json.loads(path.read_text("utf-8"))
        written = manifest["format"]
        tables = {name: _from_json(name, entry) for name, entry in manifest["tables"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{path} is not a manifest of reference tables ({type(error).__name__})."
        raise ReferenceDataError(message, f"Move the folder away and load again. {_AGAIN}") from error
    if written != _FORMAT:
        message = f"{path} has format {written}; this version reads format {_FORMAT}."
        raise ReferenceDataError(message, _AGAIN)
    return {name: table for name, table in tables.items() if name in TABLES}


def read_stored(folder: Path, table: StoredTable) -> pl.DataFrame:
    """Return the rows of a stored table.

    Raises:
        ReferenceDataError: The file is away, is not the one that was written, or has other columns than the table.
    """
    path = folder / table.file
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror})."
        raise ReferenceDataError(message, _AGAIN) from error
    if hashlib.sha256(content).hexdigest() != table.sha256:
        message = f"{path} is not the file that was loaded: its hash differs from the manifest."
        raise ReferenceDataError(message, _AGAIN)
    frame = pl.read_parquet(BytesIO(content))
    if frame.schema != TABLES[table.name].schema:
        message = f"{path} has other columns than this version knows for the table {table.name}."
        raise ReferenceDataError(message, _AGAIN)
    return frame


def write_tables(folder: Path, tables: Sequence[NewTable], now: datetime) -> dict[str, StoredTable]:
    """Store tables beside those that are there, in one step.

    Args:
        folder: The folder; it is made where it is absent.
        tables: The tables; a table of the same name is replaced.
        now: Time of the load; a table whose rows did not change keeps the time of its first load.

    Returns:
        Every table of the folder, by name.

    Raises:
        ReferenceDataError: The folder cannot be written, or its manifest cannot be read.
    """
    before = stored_tables(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = {table.name: _write(folder, table, before.get(table.name), now) for table in tables}
        after = {name: {**before, **written}[name] for name in TABLES if name in before or name in written}
        _write_manifest(folder, after)
        _remove_old(folder, {table.file for table in (*before.values(), *after.values())})
    except OSError as error:
        message = f"{folder} cannot be written ({error.strerror})."
        raise ReferenceDataError(message, "Give a folder that this user may write with --into.") from error
    return after


def _write(folder: Path, table: NewTable, before: StoredTable | None, now: datetime) -> StoredTable:
    spec = TABLES[table.name]
    buffer = BytesIO()
    table.frame.sort(spec.key).write_parquet(buffer, compression="zstd")
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    file = f"{table.name}-{digest[:12]}.parquet"
    _replace(folder / file, content)
    unchanged = before is not None and before.sha256 == digest
    loaded_at = before.loaded_at if before is not None and unchanged else now
    return StoredTable(table.name, file, digest, table.frame.height, table.complete, loaded_at, table.pieces)


def _write_manifest(folder: Path, tables: Mapping[str, StoredTable]) -> None:
    manifest = {"format": _FORMAT, "tables": {name: _to_json(table) for name, table in tables.items()}}
    _replace(folder / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it: the name holds all of the content or what it held before."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _remove_old(folder: Path, kept: set[str]) -> None:
    for path in folder.glob("*.parquet"):
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _to_json(table: StoredTable) -> dict[str, Any]:
    return {
        "file": table.file,
        "sha256": table.sha256,
        "rows": table.rows,
        "complete": table.complete,
        "edition": table.edition,
        "effective_from": _iso(table.effective_from),
        "effective_to": _iso(table.effective_to),
        "loaded_at": table.loaded_at.isoformat(timespec="seconds"),
        "pieces": [
            {
                "part": list(piece.part),
                "edition": piece.edition,
                "effective_from": _iso(piece.effective_from),
                "effective_to": _iso(piece.effective_to),
                "sources": [vars(source) for source in piece.sources],
            }
            for piece in table.pieces
        ],
    }


def _from_json(name: str, entry: Mapping[str, Any]) -> StoredTable:
    pieces = tuple(
        Piece(
            tuple(piece["part"]),
            piece["edition"],
            _day(piece["effective_from"]),
            _day(piece["effective_to"]),
            tuple(Source(**source) for source in piece["sources"]),
        )
        for piece in entry["pieces"]
    )
    loaded_at = datetime.fromisoformat(entry["loaded_at"])
    return StoredTable(name, entry["file"], entry["sha256"], entry["rows"], entry["complete"], loaded_at, pieces)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
