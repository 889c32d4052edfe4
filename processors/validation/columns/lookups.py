"""Columns that say what the reference data knows of a code.

A code finds its row in a table through an Enum of the table's codes: its hash table is built once a process,
while a join or a dictionary of replacements would build one every batch.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from processors.validation.columns.definition import LookedUp
from reference.library import ReferenceLibrary


def value_of(table: str, key: str, codes: str, column: str) -> Callable[[ReferenceLibrary], pl.Expr]:
    """Return the look-up of a table's column for a column of codes; null for an unknown code.

    Args:
        table: Reference table, one row a code.
        key: Column of the codes in the table.
        codes: Column of the codes on the level.
        column: Column of the table to return.
    """

    def look_up(library: ReferenceLibrary) -> pl.Expr:
        frame = library.frame(table)
        row = pl.col(codes).cast(pl.Enum(frame[key]), strict=False).to_physical()
        return pl.lit(frame[column]).gather(row)

    return look_up


def is_in(table: str, key: str, codes: str) -> Callable[[ReferenceLibrary], pl.Expr]:
    """Return the look-up of whether a code is in a table; null where there is no code."""
    return lambda library: pl.col(codes).is_in(library.frame(table)[key].implode())


CLAIM_LOOKUPS: tuple[LookedUp, ...] = (
    LookedUp(
        "timely_filing_days",
        "filing limit of the payer in days from service; null for an unknown payer",
        "payers",
        value_of("payers", "payer_id", "payer_id", "timely_filing_days"),
    ),
    LookedUp(
        "pos_known",
        "the place of service is a published code; null when there is none",
        "pos_codes",
        is_in("pos_codes", "pos", "place_of_service"),
        whole=True,
    ),
)

LINE_LOOKUPS: tuple[LookedUp, ...] = (
    LookedUp(
        "pos_known",
        "the line's own place of service is a published code; null when it has none",
        "pos_codes",
        is_in("pos_codes", "pos", "place_of_service"),
        whole=True,
    ),
)
