"""claimstream reference load | status: the site's own code sets and fee schedules."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.settings import Settings
from reference.errors import ReferenceDataError
from reference.library import ReferenceLibrary, TableOrigin
from reference.loading import FileOutcome, LoadResult, load_folder
from reference.store import StoredTable, stored_tables
from reference.tables import TABLES
from schemas.errors import BadInputError

app = typer.Typer(help="Load official reference data, or show what is loaded.", no_args_is_help=True)

SourceFolder = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="Folder of downloaded files; folders in it count.")
]
IntoOption = Annotated[
    Path | None, typer.Option("--into", help="Folder of tables; the default is CLAIMSTREAM_REFERENCE.")
]


@app.command()
def load(folder: SourceFolder, into: IntoOption = None, as_json: JsonOption = False) -> None:
    """Convert source files into tables; nothing is fetched. Exit 3 when a file of a known layout is wrong."""
    target = into or Settings().reference_path
    try:
        result = load_folder(folder, target, datetime.now(UTC), words.print)
    except ReferenceDataError as error:
        raise BadInputError(error.message, error.remedy) from error
    if as_json:
        print_json(_load_report(target, result))
    else:
        _print_load(target, result)
    if any(file.outcome == "refused" for file in result.files):
        raise typer.Exit(EXIT_PROBLEMS)
    if not result.changed:
        message = f"No file of {folder} is of a known layout."
        raise BadInputError(message, "The layouts and the names of their files are in docs/reference.md.")


@app.command()
def status(into: IntoOption = None, as_json: JsonOption = False) -> None:
    """Show every table: where it is from, its edition and days, its rows, and whether it is whole."""
    folder = into or Settings().reference_path
    try:
        tables = _states(folder)
        version = ReferenceLibrary.open(folder).version
    except ReferenceDataError as error:
        raise BadInputError(error.message, error.remedy) from error
    if as_json:
        print_json({"folder": str(folder), "version": version, "tables": tables})
        return
    data.print(f"Reference data {version}, folder {folder}")
    for table in tables:
        data.print(_sentence(table))


def _load_report(target: Path, result: LoadResult) -> dict[str, Any]:
    return {
        "folder": str(target),
        "files": [asdict(file) for file in result.files],
        "tables": [table for table in _states(target) if table["table"] in result.changed],
    }


def _print_load(target: Path, result: LoadResult) -> None:
    for file in result.files:
        data.print(_file_sentence(file))
    counts = Counter(file.outcome for file in result.files)
    told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in counts.items()) or "no file"
    data.print(f"{target}: {len(result.changed)} tables written; files: {told}.")


def _file_sentence(file: FileOutcome) -> str:
    if file.outcome == "loaded":
        edition = f", edition {file.edition}" if file.edition else ""
        return f"loaded      {file.file}: {file.rows:,} rows of {file.table}{edition}"
    return f"{file.outcome.replace('_', ' '):<11} {file.file}: {file.message}"


def _states(folder: Path) -> list[dict[str, Any]]:
    """Return the state of every table: loaded, starter or missing."""
    library, stored = ReferenceLibrary.open(folder), stored_tables(folder)
    return [_state(name, library.origins.get(name), stored.get(name)) for name in TABLES]


def _state(name: str, origin: TableOrigin | None, stored: StoredTable | None) -> dict[str, Any]:
    if origin is None:
        return {"table": name, "state": "missing", "complete": False, "rows": 0}
    return {
        "table": name,
        "state": "starter" if stored is None else "loaded",
        "complete": origin.table.complete,
        "rows": origin.rows,
        "source": origin.table.source,
        "edition": origin.table.edition,
        "effective_from": origin.table.effective_from,
        "effective_to": origin.table.effective_to,
        "loaded_at": None if stored is None else stored.loaded_at.isoformat(timespec="seconds"),
    }


def _sentence(table: dict[str, Any]) -> str:
    if table["state"] == "missing":
        return f"{table['table']:<24} missing"
    whole = "complete" if table["complete"] else "a subset"
    edition = f", edition {table['edition']}" if table["edition"] else ""
    days = f", {table['effective_from']} to {table['effective_to'] or 'now'}" if table["effective_from"] else ""
    return f"{table['table']:<24} {table['state']:<8} {table['rows']:>9,} rows, {whole}{edition}{days}"
