"""What the definition of a reference table says: its columns, its key, its parts, what its starter rows are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

Kind = type[pl.DataType]

TEXT: Kind = pl.String
NUMBER: Kind = pl.Int32
SMALL: Kind = pl.Int8
MONEY: Kind = pl.Int64
DAY: Kind = pl.Date
FLAG: Kind = pl.Boolean


@dataclass(frozen=True)
class Column:
    """One column of a reference table.

    Args:
        name: Name, with its unit where it has one.
        dtype: Type in a frame. Decimal figures are text until `reference.conform.scaled` makes exact integers of them.
        meaning: What a value says, with its values where they are few.
    """

    name: str
    dtype: Kind
    meaning: str


@dataclass(frozen=True)
class TableSpec:
    """The definition of one reference table.

    Args:
        name: Name of the table, of its starter file and of its stored file.
        meaning: What a row is, in one sentence.
        columns: The columns in order.
        key: Columns that together are unique and never null.
        parts: Columns that split the table into editions which are published and replaced on their own:
            a file of one year replaces the rows of that year only. Empty: a file replaces the whole table.
        starter: The project ships rows of this table.
        starter_complete: The starter rows are the whole published list, so a code that is absent does not exist.
        starter_edition: Edition of the starter rows, "" where they are our own.
        starter_from: First day that the starter rows speak for; None: no bound.
        starter_to: Last day that the starter rows speak for; None: no bound.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    parts: tuple[str, ...] = ()
    starter: bool = True
    starter_complete: bool = False
    starter_edition: str = ""
    starter_from: date | None = None
    starter_to: date | None = None

    @property
    def schema(self) -> pl.Schema:
        """Names and types of the columns, in order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})


def table(
    name: str,
    meaning: str,
    *columns: tuple[str, Kind, str],
    key: tuple[str, ...],
    parts: tuple[str, ...] = (),
    starter: bool = True,
) -> TableSpec:
    """Return a table definition from its columns, each written as (name, type, meaning)."""
    return TableSpec(name, meaning, tuple(Column(*column) for column in columns), key, parts, starter)
