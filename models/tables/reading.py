"""Reads a foreign table: CSV or Parquet, however untidy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.errors import BadInputError

MISSING_WORDS = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "none", "?", "-", ".", "#N/A")
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes:
        frame: Its columns; texts are stripped, words for missing are null.
        notes: What was done to it, for people.
    """

    frame: pl.DataFrame
    notes: tuple[str, ...]


def read_table(path: Path) -> Table:
    """Read a table.

    Raises:
        BadInputError: It cannot be read, or has no rows.
    """
    try:
        frame = _read(path)
    except (OSError, pl.exceptions.PolarsError, UnicodeError, ValueError) as error:
        msg = f"The table {path.name} cannot be read ({type(error).__name__})."
        raise BadInputError(msg, "Give a CSV file with a header line, or a Parquet file.") from error
    if not frame.height:
        msg = f"The table {path.name} has no rows."
        raise BadInputError(msg, "Give a table with a header line and rows.")
    notes = []
    twice = [name for name in frame.columns if "_duplicated_" in name]
    if twice:
        frame = frame.drop(twice)
        notes.append(f"{len(twice)} columns had the name of another; the first of each is read")
    return Table(_tidied(frame), tuple(notes))


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        msg = f"The table {path} does not exist."
        raise BadInputError(msg, "Give the path of a CSV or Parquet file.")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in {".parquet", ".pq"}:
        return pl.read_parquet(path)
    if suffixes and suffixes[-1] in {".arrow", ".feather", ".ipc"}:
        return pl.read_ipc(path)
    if suffixes and suffixes[-1] in {".xlsx", ".xls"}:
        msg = f"The table {path.name} is a workbook."
        raise BadInputError(msg, "Save its sheet as CSV and give that file.")
    head = path.read_bytes()[:65_536]
    if head[:4] == b"PAR1":
        return pl.read_parquet(path)
    separator = _separator(head) if not path.name.endswith(".gz") else ","
    return pl.read_csv(path, separator=separator, infer_schema=False, encoding="utf8-lossy", truncate_ragged_lines=True)


def _separator(head: bytes) -> str:
    """Return the separator that the header line holds most of."""
    line = head.decode("utf-8", errors="replace").splitlines()[:1]
    return max(_SEPARATORS, key=line[0].count) if line else ","


def _tidied(frame: pl.DataFrame) -> pl.DataFrame:
    """Strip texts and names, and make null what stands for nothing; types stay as they are."""
    names = {name: name.strip().lstrip("\ufeff") for name in frame.columns}
    if len(set(names.values())) == len(names):
        frame = frame.rename(names)
    columns = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if dtype == pl.String:
            stripped = column.str.strip_chars()
            columns.append(pl.when(~stripped.is_in(MISSING_WORDS)).then(stripped).alias(name))
        elif dtype.is_float():
            columns.append(pl.when(column.is_finite()).then(column).alias(name))
        elif isinstance(dtype, (pl.Categorical, pl.Enum)):
            columns.append(column.cast(pl.String))
        elif dtype.is_nested() or dtype in (pl.Binary, pl.Object):
            continue  # nothing a feature could be made of
        else:
            columns.append(column)
    return frame.select(columns)
