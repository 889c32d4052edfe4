"""Loads a folder of source files into a folder of tables, and says of every file what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import polars as pl

from reference.errors import ReferenceDataError
from reference.loading.layout import Layout
from reference.loading.layouts import LAYOUTS
from reference.loading.merge import ReadFile, merged
from reference.loading.source import SourceFile
from reference.store import NewTable, Source, StoredTable, read_stored, stored_tables, write_tables
from reference.tables import TABLES

Outcome = Literal["loaded", "superseded", "not_used", "unknown", "refused"]


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file.

    Args:
        file: Its path below the folder.
        outcome: loaded; superseded by a later edition; known and not used; unknown; refused because it is wrong.
        layout: What the file is, for people; "" unknown.
        table: The table it gives; "" none.
        rows: Rows that it gave.
        edition: Its edition; "" unknown.
        message: Why it was not loaded, and what to do.
    """

    file: str
    outcome: Outcome
    layout: str = ""
    table: str = ""
    rows: int = 0
    edition: str = ""
    message: str = ""


@dataclass(frozen=True)
class LoadResult:
    """What a load did.

    Args:
        files: The outcome of every file, in the order of their paths.
        tables: Every table of the folder after the load.
        changed: Names of the tables that were written.
    """

    files: tuple[FileOutcome, ...]
    tables: Mapping[str, StoredTable]
    changed: tuple[str, ...]


def load_folder(
    folder: Path, into: Path, now: datetime, progress: Callable[[str], None] = lambda _: None
) -> LoadResult:
    """Read every source file below a folder and store the tables they give.

    A table of which a file is wrong stays as it was; the other tables are stored. Nothing is fetched.

    Args:
        folder: Where the source files are; folders below it count.
        into: The folder of tables.
        now: Time of the load, UTC.
        progress: Told in a sentence what is being done.

    Raises:
        ReferenceDataError: The folder of tables cannot be read or written.
    """
    before = stored_tables(into)
    outcomes: dict[str, FileOutcome] = {}
    read: dict[str, list[ReadFile]] = {}
    for path in _files(folder, into):
        name = path.relative_to(folder).as_posix()
        progress(f"Reading {name}.")
        outcomes[name], file = _read(SourceFile(path), name)
        if file is not None:
            read.setdefault(outcomes[name].table, []).append(file)
    spoiled = {outcome.table for outcome in outcomes.values() if outcome.outcome == "refused"}
    tables: list[NewTable] = []
    for table in (name for name in TABLES if name in read):
        if table in spoiled:
            _hold_back(table, outcomes)
            continue
        progress(f"Merging {table}.")
        result = merged(table, read[table], _stored(into, before.get(table)))
        _note_superseded(table, result.superseded, outcomes)
        tables.append(result.table)
    after = write_tables(into, tables, now) if tables else before
    return LoadResult(tuple(outcomes.values()), after, tuple(table.name for table in tables))


def _files(folder: Path, into: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and into.resolve() not in path.resolve().parents:
            yield path


def _read(source: SourceFile, name: str) -> tuple[FileOutcome, ReadFile | None]:
    layouts = [layout for layout in LAYOUTS if layout.file_name.match(source.name)]
    layout = next((layout for layout in layouts if _holds(layout, source)), None)
    if layout is None:
        return _not_recognised(source, name, layouts), None
    if not layout.table:
        return FileOutcome(name, "not_used", layout.title, message=f"{layout.why_not}."), None
    try:
        loaded = layout.read(source)
    except (ReferenceDataError, OSError, pl.exceptions.PolarsError) as error:
        return FileOutcome(name, "refused", layout.title, layout.table, message=str(error)), None
    rows = loaded.frame.height
    file = ReadFile(Source(source.name, source.sha256, rows), loaded)
    return FileOutcome(name, "loaded", layout.title, layout.table, rows, loaded.edition), file


def _holds(layout: Layout, source: SourceFile) -> bool:
    try:
        return layout.holds(source)
    except (OSError, ValueError):
        return False


def _not_recognised(source: SourceFile, name: str, layouts: list[Layout]) -> FileOutcome:
    if layouts:
        layout = layouts[0]
        message = (
            f"{source.name} has the name of {layout.title}, but not its header. "
            "Compare its first lines with docs/reference.md, or download it again."
        )
        return FileOutcome(name, "refused", layout.title, layout.table, message=message)
    hint = _HINTS.get(source.path.suffix.lower(), "its name is not one of a known layout.")
    return FileOutcome(name, "unknown", message=hint)


_HINTS = {
    ".zip": "unpack it: archives are not read.",
    ".xlsx": "save its sheet as CSV under the same name: workbooks are not read.",
    ".xls": "save its sheet as CSV under the same name: workbooks are not read.",
}


def _stored(into: Path, table: StoredTable | None) -> NewTable | None:
    """Return a table as it is stored; None where it is not, or is damaged and now replaced."""
    if table is None:
        return None
    try:
        return NewTable(table.name, read_stored(into, table), table.complete, table.pieces)
    except ReferenceDataError:
        return None


def _hold_back(table: str, outcomes: dict[str, FileOutcome]) -> None:
    for name, outcome in outcomes.items():
        if outcome.table == table and outcome.outcome == "loaded":
            message = f"another file of the table {table} is wrong, so the table stays as it was."
            outcomes[name] = FileOutcome(name, "refused", outcome.layout, table, outcome.rows, outcome.edition, message)


def _note_superseded(table: str, superseded: tuple[str, ...], outcomes: dict[str, FileOutcome]) -> None:
    for name, outcome in outcomes.items():
        if outcome.table == table and Path(name).name in superseded:
            message = "another file has a later edition."
            outcomes[name] = FileOutcome(
                name, "superseded", outcome.layout, table, outcome.rows, outcome.edition, message
            )
