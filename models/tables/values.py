"""Columns of a foreign table as numbers, instants and truths, whatever they were written as."""

from __future__ import annotations

import polars as pl

_TRUTHS = {"true": 1.0, "t": 1.0, "yes": 1.0, "y": 1.0, "false": 0.0, "f": 0.0, "no": 0.0, "n": 0.0}
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%m-%d-%Y", "%d-%b-%Y", "%m/%d/%y")
_MOST = 0.9
"""A column is of a kind when this share of its values reads so."""


def as_numbers(column: pl.Series) -> pl.Series:
    """Return numbers (Float64), null where a value does not read as one: 1,234.50, $5, 12 % and (3) do."""
    if column.dtype == pl.Boolean or column.dtype.is_numeric():
        return _finite(column.cast(pl.Float64))
    if column.dtype.is_temporal():
        return as_days(column)
    lowered = column.str.to_lowercase()
    truth = lowered.replace_strict(_TRUTHS, default=None, return_dtype=pl.Float64)
    plain = column.str.replace_all(r"^\(\s*(.*?)\s*\)$", "-$1").str.replace_all(r"[$€£,%\s]", "")
    read = _finite(plain.cast(pl.Float64, strict=False))
    return read if read.count() >= truth.count() else truth


def as_days(column: pl.Series) -> pl.Series:
    """Return days since 1970 with their fraction (Float64); null where a value does not read as a date."""
    if column.dtype == pl.Date:
        return column.cast(pl.Int32).cast(pl.Float64)
    if column.dtype == pl.Datetime:
        return column.dt.replace_time_zone(None).cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64) / 86_400e6
    if column.dtype != pl.String:
        return pl.Series(column.name, [None] * len(column), dtype=pl.Float64)
    best = pl.Series(column.name, [None] * len(column), dtype=pl.Float64)
    for form in _DATES:
        read = column.str.slice(0, 10 if form[-1] == "d" and "-" in form else 40)
        days = read.str.to_date(form, strict=False, exact=True).cast(pl.Int32).cast(pl.Float64)
        if days.count() > best.count():
            best = days
    return best


def kind_of(column: pl.Series) -> str:
    """Return what a column holds: number, date, category or nothing.

    A text column is numbers or dates when nine tenths of its values read so.
    """
    known = column.count()
    if not known:
        return "nothing"
    if column.dtype.is_temporal():
        return "date"
    if column.dtype == pl.Boolean or column.dtype.is_numeric():
        return "number"
    if as_numbers(column).count() >= _MOST * known:
        return "number"
    if as_days(column).count() >= _MOST * known:
        return "date"
    return "category"


def as_text(column: pl.Series) -> pl.Series:
    """Return values as texts; whole numbers lose their fraction, so that 7 and 7.0 are one code."""
    if column.dtype.is_float():
        whole = (column == column.round()) & (column.abs() < 2**53)
        texts = (
            pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))
        )
        return pl.select(texts).to_series().alias(column.name)
    if column.dtype == pl.Boolean:
        return column.cast(pl.Int8).cast(pl.String)
    return column.cast(pl.String)


def _finite(column: pl.Series) -> pl.Series:
    return pl.select(pl.when(column.is_finite()).then(column)).to_series().alias(column.name)
