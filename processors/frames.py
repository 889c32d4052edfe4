"""Frames with more columns, or others, without a query: on small batches a query costs more than the work."""

from __future__ import annotations

import polars as pl


def with_columns(frame: pl.DataFrame, *columns: pl.Series) -> pl.DataFrame:
    """Return a frame with these columns, each in the place of the one of its name, else behind the others."""
    there = set(frame.columns)
    replaced = frame.clone()
    for column in columns:
        if column.name in there:
            replaced.replace_column(frame.get_column_index(column.name), column)
    return replaced.hstack([column for column in columns if column.name not in there])
