"""From columns of text to the types of a reference table, and from decimal text to exact integers."""

from __future__ import annotations

import polars as pl

from reference.tables import TableSpec

BLANK_IS_A_VALUE = ("modifier",)
"""Columns in which an empty text says something: no modifier."""


def conform(spec: TableSpec, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a table in its order and types.

    Args:
        spec: The table.
        frame: Has every column of the table as text or already typed; other columns are left out. Dates are
            YYYY-MM-DD, flags 1 and 0 or true and false.

    Returns:
        The rows in their order; an empty text is null, save a modifier, where null is the empty text.

    Raises:
        polars.exceptions.PolarsError: A column is missing or holds a value of the wrong type.
    """
    typed = frame.select(_typed(frame, name, dtype) for name, dtype in spec.schema.items())
    return typed.with_columns(pl.col(name).fill_null("") for name in spec.key if name in BLANK_IS_A_VALUE)


def _typed(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if name not in frame.columns or frame.schema[name] != pl.String:
        return column.cast(dtype)
    column = pl.when(column != "").then(column)
    if dtype == pl.Date:
        return column.str.to_date("%Y-%m-%d").alias(name)
    if dtype == pl.Boolean:
        return column.str.to_lowercase().replace_strict(_FLAGS, return_dtype=pl.Boolean).alias(name)
    return column.cast(dtype).alias(name)


_FLAGS = {"1": True, "0": False, "true": True, "false": False}


def scaled(column: str, digits: int) -> pl.Expr:
    """Return a decimal text column as an exact integer, `digits` places to the left ("1.30", 2 -> 130).

    Args:
        column: Column of decimal text; null stays null.
        digits: Decimal places kept; the figures of the fee schedule have two, indices three, factors four.
    """
    shift = pl.lit(10**digits)
    return (pl.col(column).cast(pl.Decimal(18, digits)) * shift).cast(pl.Int64).alias(column)
