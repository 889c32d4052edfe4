"""Columns of the line level that follow from its own fields and those of its claim."""

from __future__ import annotations

import polars as pl

from processors.validation.columns.definition import Derived

LINE_COLUMNS: tuple[Derived, ...] = (
    Derived("modifier_list", "modifiers, one blank between", pl.col("modifiers").list.join(" ").fill_null("")),
    Derived(
        "place",
        "place of service of the line, else of the claim",
        pl.coalesce("place_of_service", "claim_place_of_service"),
    ),
)
"""Derived columns of the line level."""
