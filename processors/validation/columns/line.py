"""Columns of the line level that follow from its own fields and those of its claim."""

from __future__ import annotations

import polars as pl

from processors.validation.columns.definition import Derived

LINE_COLUMNS: tuple[Derived, ...] = (
    Derived("modifier_list", "modifiers, one blank between", pl.col("modifiers").list.join(" ").fill_null("")),
    Derived("modifier_count", "number of modifiers", pl.col("modifiers").list.len().cast(pl.Int32)),
    Derived("modifier_distinct_count", "different modifiers", pl.col("modifiers").list.n_unique().cast(pl.Int32)),
    Derived(
        "pointer_count",
        "number of diagnosis pointers",
        pl.col("diagnosis_pointers").list.len().cast(pl.Int32),
    ),
    Derived("lowest_pointer", "lowest diagnosis pointer", pl.col("diagnosis_pointers").list.min()),
    Derived("highest_pointer", "highest diagnosis pointer", pl.col("diagnosis_pointers").list.max()),
    Derived(
        "pointer_distinct_count",
        "different diagnosis pointers",
        pl.col("diagnosis_pointers").list.n_unique().cast(pl.Int32),
    ),
    Derived("tooth_count", "number of tooth codes", pl.col("tooth_codes").list.len().cast(pl.Int32)),
    Derived("surface_count", "number of tooth surfaces", pl.col("tooth_surfaces").list.len().cast(pl.Int32)),
    Derived(
        "place",
        "place of service of the line, else of the claim",
        pl.coalesce("place_of_service", "claim_place_of_service"),
    ),
)
"""Derived columns of the line level."""
