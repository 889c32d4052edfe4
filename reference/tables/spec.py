"""What the definition of a reference table says: its columns, its key, its parts, what its starter rows are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import polars as pl


@dataclass(frozen=True)
class Kind:
    """What the values of a column look like.

    Args:
        dtype: Type in a frame.
        title: What a value is, for people.
        pattern: Text that every value must match; empty: any.
        needed: A loaded row without a value is wrong; the key needs its values in any case.
    """

    dtype: type[pl.DataType]
    title: str
    pattern: str = ""
    needed: bool = False


TEXT = Kind(pl.String, "text")
DECIMAL = Kind(pl.String, "a decimal number", r"^-?\d+(\.\d+)?$")
"""Decimal figures stay text until `reference.conform.scaled` makes exact integers of them."""
PROCEDURE = Kind(pl.String, "a CPT or HCPCS code of five characters", r"^[0-9A-Z]{5}$")
DIAGNOSIS = Kind(pl.String, "an ICD-10-CM code without a dot", r"^[A-Z][0-9A-Z]{2,6}$")
DIGITS = Kind(pl.String, "digits", r"^\d+$")
NUMBER = Kind(pl.Int32, "a whole number")
SMALL = Kind(pl.Int8, "a whole number below 128")
CENTS = Kind(pl.Int64, "a whole number of cents")
DAY = Kind(pl.Date, "a date YYYY-MM-DD")
FLAG = Kind(pl.Boolean, "1 or 0")


def needed(kind: Kind) -> Kind:
    """Return a kind of which every row has a value."""
    return replace(kind, needed=True)


@dataclass(frozen=True)
class Column:
    """One column of a reference table.

    Args:
        name: Name, with its unit where it has one.
        kind: What its values look like.
        meaning: What a value says, with its values where they are few.
    """

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class Starter:
    """What the rows that the project ships of a table are.

    Args:
        edition: Edition of the list they were taken from; "" where they are our own.
        complete: They are the whole published list, so a code that is absent does not exist.
        effective_from: First day that they speak for; None: no bound.
        effective_to: Last day that they speak for; None: no bound.
    """

    edition: str = ""
    complete: bool = False
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True)
class TableSpec:
    """The definition of one reference table.

    Args:
        name: Name of the table, of its starter file and of its stored file.
        meaning: What a row is, in one sentence.
        columns: The columns in order.
        key: Columns that together are unique and never null.
        parts: Columns that split the table into pieces which are published and replaced on their own:
            a file of one year replaces the rows of that year only. Empty: a file replaces the whole table.
        starter: What the shipped rows are; None: none are shipped.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    parts: tuple[str, ...] = ()
    starter: Starter | None = None

    @cached_property
    def schema(self) -> pl.Schema:
        """Names and types of the columns, in order."""
        return pl.Schema({column.name: column.kind.dtype for column in self.columns})


def table(
    name: str,
    meaning: str,
    *columns: tuple[str, Kind, str],
    key: tuple[str, ...],
    parts: tuple[str, ...] = (),
    starter: Starter | None = None,
) -> TableSpec:
    """Return a table definition from its columns, each written as (name, kind, meaning)."""
    return TableSpec(name, meaning, tuple(Column(*column) for column in columns), key, parts, starter)
