"""Columns that say what the reference data knows of a code.

A code finds its row in a table through an Enum of the table's codes: its hash table is built once a process,
while a join or a dictionary of replacements would build one every batch.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from reference.library import ReferenceLibrary

from processors.validation.columns.definition import LookedUp


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


def _unknown_modifiers(library: ReferenceLibrary) -> pl.Expr:
    unknown = ~pl.element().is_in(library.frame("modifiers")["modifier"].implode())
    return pl.col("modifiers").list.eval(unknown).list.sum().cast(pl.Int32)


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
    LookedUp(
        "unknown_modifier_count", "modifiers outside the published list", "modifiers", _unknown_modifiers, whole=True
    ),
    *(
        LookedUp(
            f"procedure_{column}",
            meaning,
            "procedure_families",
            value_of("procedure_families", "hcpcs", "procedure_code", column),
        )
        for column, meaning in (
            ("sex", "sex the procedure is limited to: M or F"),
            ("min_age", "lowest age of the procedure, years"),
            ("max_age", "highest age of the procedure, years"),
        )
    ),
)
