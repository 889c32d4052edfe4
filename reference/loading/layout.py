"""What a layout of source files is: how a file of it is recognised, and what reading it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from reference.loading.source import SourceFile

OPEN_END = date(9999, 12, 31)
"""Last day of what has no end."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """What a file gives.

    Args:
        frame: Rows of the table, in its columns and types.
        edition: Edition, as "2026C"; "" unknown. Later editions of one list are greater as text.
        effective_from: First day that the rows speak for; None: no bound, or given by their part.
        effective_to: Last day that the rows speak for; None: no bound, or given by their part.
        complete: The rows are the whole list.
    """

    frame: pl.DataFrame
    edition: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    complete: bool = True


@dataclass(frozen=True)
class Layout:
    """A layout of source files.

    Args:
        title: What the file is, for people.
        table: Name of the table that it gives; "" where the file is known and not used.
        file_name: Matches the names of its files, whatever the case.
        holds: Says whether a file of such a name has the header of the layout.
        read: Reads a file of the layout; raises ReferenceDataError.
        why_not: Why a known file is not used.
    """

    title: str
    table: str
    file_name: re.Pattern[str]
    holds: Callable[[SourceFile], bool]
    read: Callable[[SourceFile], Loaded]
    why_not: str = ""


def named(pattern: str) -> re.Pattern[str]:
    """Return the pattern of a whole file name, whatever the case."""
    return re.compile(rf"^(?:{pattern})$", re.IGNORECASE)


def has_header(holds: Callable[[Sequence[str]], bool]) -> Callable[[SourceFile], bool]:
    """Return whether a file has a header of which `holds` is true."""
    return lambda source: source.header(holds) is not None


def plain(title: str) -> str:
    """Return a column title in lower case with letters and digits only, as spreadsheets change the rest."""
    return re.sub(r"[^a-z0-9]", "", title.lower())


_QUARTERS = {"jan": ("A", 1), "apr": ("B", 4), "jul": ("C", 7), "oct": ("D", 10)}
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_SHORT_YEAR = re.compile(r"(?:rvu|anes|gpci|oppscap)_?(\d\d)(?!\d)", re.IGNORECASE)
_MONTH = re.compile(r"(?<![a-z])(jan|apr|jul|oct)", re.IGNORECASE)


def year_of(source: SourceFile) -> int | None:
    """Return the year in the name of a file, or else in the name of its folder (2026, or rvu26c)."""
    for name in (source.name, source.path.parent.name):
        if found := _YEAR.search(name):
            return int(found[1])
        if found := _SHORT_YEAR.search(name):
            return 2000 + int(found[1])
    return None


def quarter_of(source: SourceFile) -> tuple[str, int]:
    """Return the release letter and the first month in the name of a quarterly file; ("", 1) where it has none."""
    found = _MONTH.search(source.name)
    return _QUARTERS[found[1].lower()] if found else ("", 1)


def quarter_end(first: date) -> date:
    """Return the last day of the quarter that begins on a day."""
    return (first.replace(day=1) + timedelta(days=95)).replace(day=1) - timedelta(days=1)


def year_bounds(year: int) -> tuple[date, date]:
    """Return the first and last day of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def day_of(column: str) -> pl.Expr:
    """Return a column of dates as YYYY-MM-DD, from that form, YYYYMMDD or MM/DD/YYYY; what is none of these stays."""
    text = pl.col(column)
    forms = [text.str.to_date(form, strict=False) for form in ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y")]
    return pl.coalesce(pl.coalesce(forms).dt.to_string("%Y-%m-%d"), text).alias(column)
