"""Turns records of text into rows of a table, and says of the first that is wrong where it stands and why."""

from __future__ import annotations

from typing import NoReturn

import polars as pl

from reference.conform import BLANK_IS_A_VALUE, conform
from reference.errors import ReferenceDataError
from reference.loading.source import LINE, SourceFile
from reference.tables import TABLES, Column, TableSpec

_REMEDY = "Correct it or download the file again; nothing of this file was loaded."


def rows_of(table: str, records: pl.DataFrame, source: SourceFile) -> pl.DataFrame:
    """Return the rows of a table from the records of a file.

    Args:
        table: Name of the table.
        records: The columns of the table as text (or typed already), and `LINE`.
        source: The file, for messages.

    Returns:
        The columns of the table in its types; the key is unique and has no null.

    Raises:
        ReferenceDataError: A column is missing, a value is not of its kind, or two records have one key.
    """
    spec = TABLES[table]
    if missing := [name for name in spec.schema if name not in records.columns]:
        message = f"{source.name} has no column {', '.join(missing)}."
        raise ReferenceDataError(message, f"Its columns must be those of the table {table}. {_REMEDY}")
    if records.is_empty():
        message = f"{source.name} holds no record of the table {table}."
        raise ReferenceDataError(message, "Download the file again.")
    for column in spec.columns:
        _check(spec, column, records, source)
    rows = conform(spec, records)
    if (twice := rows.select(pl.struct(spec.key).is_first_distinct().not_()).to_series()).any():
        where = records.filter(twice).row(0, named=True)
        key = " ".join(str(where[name] or "-") for name in spec.key)
        _refuse(source, where[LINE], f"the key {key} of the table {table} stands there for the second time")
    return rows


def _check(spec: TableSpec, column: Column, records: pl.DataFrame, source: SourceFile) -> None:
    values = records[column.name]
    has_to_be = column.kind.needed or (column.name in spec.key and column.name not in BLANK_IS_A_VALUE)
    if has_to_be and values.null_count():
        _refuse(source, records[LINE].filter(values.is_null())[0], f"{column.name} is empty")
    if values.dtype != pl.String:
        return
    wrong = ~values.str.contains(column.kind.pattern) if column.kind.pattern else _not_of(column, values)
    wrong = wrong.fill_null(value=False)
    if wrong.any():
        where = records.filter(wrong).row(0, named=True)
        _refuse(source, where[LINE], f"{column.name} is '{where[column.name]}', which is not {column.kind.title}")


def _not_of(column: Column, values: pl.Series) -> pl.Series:
    dtype = column.kind.dtype
    if dtype == pl.String:
        return pl.Series([False]).new_from_index(0, len(values))
    if dtype == pl.Boolean:
        return ~values.str.to_lowercase().is_in(["1", "0", "true", "false"])
    typed = values.str.to_date("%Y-%m-%d", strict=False) if dtype == pl.Date else values.cast(dtype, strict=False)
    return typed.is_null() & values.is_not_null()


def _refuse(source: SourceFile, line: int, what: str) -> NoReturn:
    unit = "row" if source.is_parquet else "line"
    message = f"{source.name}, {unit} {line}: {what}."
    raise ReferenceDataError(message, _REMEDY)
