"""From files to tables: of each part the latest edition, files of one edition together, other parts as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from reference.loading.icd10cm import with_years
from reference.loading.layout import Loaded, year_bounds
from reference.store import NewTable, Piece, Source
from reference.tables import TABLES

Part = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ReadFile:
    """A file that was read.

    Args:
        source: Its name, hash and number of rows.
        loaded: What it gave.
    """

    source: Source
    loaded: Loaded


@dataclass(frozen=True, eq=False)
class Merged:
    """A table made of files.

    Args:
        table: The table.
        superseded: Names of files of which no row was used, as another file has a later edition.
    """

    table: NewTable
    superseded: tuple[str, ...]


def merged(name: str, files: Sequence[ReadFile], before: NewTable | None) -> Merged:
    """Return a table made of files over what was stored.

    Args:
        name: Name of the table.
        files: The files that give rows of it.
        before: The table as it was stored; None: it was not. Its parts that no file gives stay.
    """
    if name == "icd10cm":
        return _merged_years(files, before)
    parts: dict[Part, list[tuple[ReadFile, pl.DataFrame]]] = {}
    for file in files:
        for part, frame in _split(name, file.loaded.frame).items():
            parts.setdefault(part, []).append((file, frame))
    chosen = {part: _latest(given) for part, given in parts.items()}
    pieces = [_piece(name, part, [file for file, _ in given]) for part, given in chosen.items()]
    frames = [frame for given in chosen.values() for _, frame in given]
    kept = [] if before is None else [piece for piece in before.pieces if piece.part not in chosen]
    if before is not None and kept:
        held = _split(name, before.frame)
        frames += [held[piece.part] for piece in kept if piece.part in held]
    key = list(TABLES[name].key)
    frame = pl.concat(frames).unique(key, keep="last", maintain_order=True).sort(key)
    used = {file.source.file for given in chosen.values() for file, _ in given}
    complete = all(file.loaded.complete for file in files)
    table = NewTable(name, frame, complete, tuple(sorted([*pieces, *kept], key=lambda piece: piece.part)))
    return Merged(table, tuple(file.source.file for file in files if file.source.file not in used))


def _split(name: str, frame: pl.DataFrame) -> Mapping[Part, pl.DataFrame]:
    parts = TABLES[name].parts
    if not parts:
        return {(): frame}
    split = frame.partition_by(parts, as_dict=True)
    return {tuple(str(value) for value in key): rows for key, rows in split.items()}


def _latest(given: Sequence[tuple[ReadFile, pl.DataFrame]]) -> list[tuple[ReadFile, pl.DataFrame]]:
    latest = max(file.loaded.edition for file, _ in given)
    return [(file, frame) for file, frame in given if file.loaded.edition == latest]


def _piece(name: str, part: Part, files: Sequence[ReadFile]) -> Piece:
    first, last = _bounds(name, part, files)
    year = part[0] if TABLES[name].parts == ("year",) else ""
    return Piece(part, files[0].loaded.edition or year, first, last, tuple(file.source for file in files))


def _bounds(name: str, part: Part, files: Sequence[ReadFile]) -> tuple[date | None, date | None]:
    parts = TABLES[name].parts
    if parts == ("year",):
        return year_bounds(int(part[0]))
    if "effective_from" in TABLES[name].key:  # a table of periods speaks for its periods
        frame = pl.concat(file.loaded.frame.select("effective_from", "effective_to") for file in files)
        if parts:
            frame = frame.filter(pl.col("effective_from").cast(pl.String) == part[0])
        first, last = frame.select(pl.col("effective_from").min(), pl.col("effective_to").max()).row(0)
        return first, last
    return files[0].loaded.effective_from, files[0].loaded.effective_to


def _merged_years(files: Sequence[ReadFile], before: NewTable | None) -> Merged:
    """Merge the code set: a file with spans of validity is the base, lists of fiscal years follow in their order."""
    whole = [file for file in files if file.loaded.effective_from is None]
    years = sorted((file for file in files if file.loaded.effective_from is not None), key=_first_day)
    base = whole[-1].loaded.frame if whole else None if before is None else before.frame
    frame = with_years(base, [file.loaded for file in years])
    pieces = [] if whole or before is None else list(before.pieces)
    for file in (*whole[-1:], *years):
        loaded = file.loaded
        piece = Piece((loaded.edition,), loaded.edition, loaded.effective_from, loaded.effective_to, (file.source,))
        pieces = [old for old in pieces if old.part != piece.part] + [piece]
    unused = tuple(file.source.file for file in whole[:-1])
    return Merged(NewTable("icd10cm", frame, complete=True, pieces=tuple(pieces)), unused)


def _first_day(file: ReadFile) -> date:
    return file.loaded.effective_from or date.min
