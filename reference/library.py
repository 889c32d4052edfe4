"""The reference library: every table of the site, loaded ones over the starter set, read when first asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Self

import polars as pl

from reference.loader import STARTER_FOLDER, starter_table
from reference.store import StoredTable, read_stored, stored_tables
from reference.tables import TABLES, Starter

STARTER = "starter"
"""Source of a table that was not loaded."""


@dataclass(frozen=True, eq=False)
class ReferenceTable:
    """One table with what is known about its origin.

    Args:
        name: Name of the table as in `reference.tables.TABLES`.
        frame: The rows; columns and types are those of the table's definition.
        complete: True: a code that is not in it does not exist. False: a hand-sized subset, absence says nothing.
        source: "starter", or the names of the files it was loaded from.
        edition: Edition of the source, as "2026C"; "" unknown.
        effective_from: First day that the table speaks for; None: no bound.
        effective_to: Last day that the table speaks for; None: no bound.
    """

    name: str
    frame: pl.DataFrame
    complete: bool
    source: str
    edition: str
    effective_from: date | None
    effective_to: date | None

    def covers(self, day: date) -> bool:
        """Say whether the table speaks for a day of service."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )


@dataclass(frozen=True, eq=False)
class TableOrigin:
    """What is known about a table before its rows are read.

    Args:
        table: The table without its rows.
        rows: Number of rows.
        content: Hash of the rows.
        read: Reads the rows.
    """

    table: ReferenceTable
    rows: int
    content: str
    read: Callable[[], pl.DataFrame]


@dataclass(frozen=True, eq=False)
class ReferenceLibrary:
    """Every table there is; immutable, tables are read once, when first asked for.

    Args:
        origins: What can be read, by table name.
    """

    origins: Mapping[str, TableOrigin]
    _read: dict[str, ReferenceTable] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def starter(cls) -> Self:
        """Return the library of the shipped starter set alone."""
        return cls({spec.name: _starter_origin(spec.name) for spec in TABLES.values() if spec.starter})

    @classmethod
    def open(cls, folder: Path | None) -> Self:
        """Return the library of a folder that `claimstream reference load` wrote, over the starter set.

        Args:
            folder: The folder; None or a folder that is absent is the starter set.

        Raises:
            ReferenceDataError: The folder holds something else or is damaged.
        """
        stored = {} if folder is None else stored_tables(folder)
        loaded = {name: _stored_origin(folder, table) for name, table in stored.items() if folder is not None}
        return cls({**cls.starter().origins, **loaded})

    def find(self, name: str) -> ReferenceTable | None:
        """Return a table, or None where it is not loaded and has no starter rows.

        Raises:
            KeyError: No table has this name.
            ReferenceDataError: The stored table is damaged.
        """
        TABLES[name]  # a name that no table has is a fault of the caller
        if name not in self.origins:
            return None
        if name not in self._read:
            origin = self.origins[name]
            self._read[name] = replace(origin.table, frame=origin.read())
        return self._read[name]

    def frame(self, name: str) -> pl.DataFrame:
        """Return the rows of a table; no rows, but its columns, where there is no such table here.

        Raises:
            KeyError: No table has this name.
            ReferenceDataError: The stored table is damaged.
        """
        found = self.find(name)
        return TABLES[name].schema.to_frame() if found is None else found.frame

    def as_if_complete(self) -> Self:
        """Return the same tables, all marked complete: for examples that a hand-sized set must be able to fail."""
        return type(self)(
            {name: replace(origin, table=replace(origin.table, complete=True)) for name, origin in self.origins.items()}
        )

    def with_tables(self, *tables: ReferenceTable) -> Self:
        """Return this library with some tables put in place of its own."""
        return type(self)({**self.origins, **{table.name: _given_origin(table) for table in tables}})

    @cached_property
    def version(self) -> str:
        """Twelve characters that change when a table, its rows or its completeness change."""
        return _digest(
            f"{name}:{origin.content}:{origin.table.complete}".encode() for name, origin in sorted(self.origins.items())
        )[:12]


@cache
def _starter_origin(name: str) -> TableOrigin:
    spec = TABLES[name]
    kept = spec.starter or Starter()
    content = (STARTER_FOLDER / f"{name}.csv").read_bytes()
    table = ReferenceTable(
        name,
        spec.schema.to_frame(),
        kept.complete,
        STARTER,
        kept.edition,
        kept.effective_from,
        kept.effective_to,
    )
    return TableOrigin(table, content.count(b"\n") - 1, _digest([content]), lambda: starter_table(name))


def _stored_origin(folder: Path, stored: StoredTable) -> TableOrigin:
    table = ReferenceTable(
        stored.name,
        TABLES[stored.name].schema.to_frame(),
        stored.complete,
        stored.source,
        stored.edition,
        stored.effective_from,
        stored.effective_to,
    )
    origin = TableOrigin(table, stored.rows, stored.sha256, lambda: read_stored(folder, stored))
    spec = TABLES[stored.name]
    if stored.complete or not spec.parts or spec.starter is None:
        return origin
    return _beside_starter(origin, {piece.part for piece in stored.pieces})


def _beside_starter(loaded: TableOrigin, parts: set[tuple[str, ...]]) -> TableOrigin:
    """Return a loaded subset together with the starter rows of the parts that were not loaded."""
    name, starter = loaded.table.name, _starter_origin(loaded.table.name)
    given = pl.DataFrame(list(parts), schema=dict.fromkeys(TABLES[name].parts, pl.String), orient="row")
    own = [pl.col(column).cast(pl.String) for column in given.columns]
    rest = starter.read().join(given, left_on=own, right_on=given.columns, how="anti")
    if rest.is_empty():
        return loaded
    table = replace(
        loaded.table,
        source=f"{loaded.table.source}, {STARTER}",
        effective_from=_either(min, loaded.table.effective_from, starter.table.effective_from),
        effective_to=_either(max, loaded.table.effective_to, starter.table.effective_to),
    )
    content = _digest([loaded.content.encode(), starter.content.encode()])
    return TableOrigin(table, loaded.rows + rest.height, content, lambda: pl.concat([loaded.read(), rest]))


def _either(choose: Callable[[date, date], date], one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else choose(one, other)


def _given_origin(table: ReferenceTable) -> TableOrigin:
    content = _digest([table.frame.write_csv().encode()])
    return TableOrigin(table, table.frame.height, content, lambda: table.frame)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
