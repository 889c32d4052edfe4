"""The ICD-10-CM order file, one fiscal year at a time, and how years become spans of validity.

Source: icd10cm_order_2026.txt as the National Center for Health Statistics and CMS publish it. Positions: order
number 1-5, code 7-13, 1 in position 15 for a billable code, titles after it (not stored). A fiscal year starts on
1 October of the year before; an update in April has April in its name and holds from 1 April.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from reference.errors import ReferenceDataError
from reference.loading.check import rows_of
from reference.loading.layout import OPEN_END, Layout, Loaded, named, year_of
from reference.loading.source import LINE, SourceFile
from reference.tables import TABLES

_FIELDS = {"code": (7, 13), "billable": (15, 15)}
_RECORD = re.compile(r"\A\d{5} [A-Z][0-9A-Z]{2,6} +[01] ")
_EDITS = [name for name in TABLES["icd10cm"].schema if name not in {"code", "valid_from", "valid_to"}]


def _read(source: SourceFile) -> Loaded:
    year = year_of(source)
    if year is None:
        message = f"{source.name} does not say its fiscal year."
        raise ReferenceDataError(message, "Give it the name that it was published with, as icd10cm_order_2026.txt.")
    april = "apr" in source.name.lower()
    first = date(year, 4, 1) if april else date(year - 1, 10, 1)
    codes = source.fixed(_FIELDS).filter(pl.col("billable") == "1").select(LINE, "code")
    nothing = [pl.lit(None, TABLES["icd10cm"].schema[name]).alias(name) for name in _EDITS]
    spans = [pl.lit(first).alias("valid_from"), pl.lit(OPEN_END).alias("valid_to")]
    rows = rows_of("icd10cm", codes.with_columns(*spans, *nothing), source)
    return Loaded(rows, f"FY{year}{'-04' if april else ''}", first, date(year, 9, 30))


def with_years(known: pl.DataFrame | None, years: Sequence[Loaded]) -> pl.DataFrame:
    """Return the code set after lists of fiscal years, each of which is the truth on its first day.

    A code that a list lacks ends on the day before; a code that it adds begins on its first day; a code that it has
    goes on. The edits of a code come from what is known of the code, as the lists have none.

    Args:
        known: The code set so far; None: nothing.
        years: The lists in the order of their first days, each with codes valid from its first day on.
    """
    held = TABLES["icd10cm"].schema.to_frame() if known is None else known
    for year in years:
        first = year.frame["valid_from"][0]
        held = _after(held, year.frame, first)
    return held.sort("code", "valid_from")


def _after(known: pl.DataFrame, listed: pl.DataFrame, first: date) -> pl.DataFrame:
    on_list = pl.col("code").is_in(listed["code"].implode())
    holds = (pl.col("valid_from") <= first) & (pl.col("valid_to") >= first)
    later = on_list & (pl.col("valid_from") > first)  # known to begin later: the list says that it holds already
    ended = pl.when(holds & ~on_list).then(pl.lit(first - timedelta(days=1))).otherwise("valid_to")
    begun = pl.when(later).then(pl.lit(first)).otherwise("valid_from")
    spans = known.with_columns(ended.alias("valid_to"), begun.alias("valid_from"))
    going_on = pl.col("valid_from").le(first) & pl.col("valid_to").ge(first)
    covered = spans.filter(going_on, on_list)["code"]
    edits = known.sort("valid_from").unique("code", keep="last").select("code", *_EDITS)
    new = listed.filter(~pl.col("code").is_in(covered.implode())).drop(_EDITS)
    new = new.join(edits, on="code", how="left").select(TABLES["icd10cm"].schema.names())
    return pl.concat([spans.filter(pl.col("valid_to") >= pl.col("valid_from")), new]).unique(
        ["code", "valid_from"], keep="last"
    )


LAYOUTS = (
    Layout(
        "ICD-10-CM order file",
        "icd10cm",
        named(r"icd10cm.*order.*\.txt"),
        lambda source: _RECORD.match(source.head.lstrip()) is not None,
        _read,
    ),
)
"""Layouts of the ICD-10-CM code set."""
