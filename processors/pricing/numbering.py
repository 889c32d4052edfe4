"""Codes as numbers: their places among the codes that a table knows.

Codes become numbers through an Enum, whose hash table is built once a book; a join would build one every batch.
"""

from __future__ import annotations

import polars as pl

from processors.pricing.arrays import Integers


def numbers(codes: pl.Enum, code: pl.Expr) -> pl.Expr:
    """Return the number of a code; the number of codes for one that is not among them."""
    return code.cast(codes, strict=False).to_physical().cast(pl.Int64).fill_null(len(codes.categories))


def numbered(codes: pl.Enum, column: pl.Series) -> Integers:
    """Return the numbers of a column of codes."""
    return pl.select(numbers(codes, pl.lit(column))).to_series().to_numpy()
