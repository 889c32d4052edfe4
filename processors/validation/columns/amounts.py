"""Columns that follow from amounts and units of a line."""

from __future__ import annotations

import polars as pl

from processors.validation.columns.definition import Derived, LookedUp
from processors.validation.columns.lookups import value_of

LINE_AMOUNTS: tuple[Derived, ...] = (
    Derived("units_are_whole", "the units are a whole number", pl.col("units") == pl.col("units").floor()),
)

LINE_AMOUNT_LOOKUPS: tuple[LookedUp, ...] = (
    LookedUp(
        "typical_charge_cents",
        "usual charge of the procedure for one unit, cents; null where unknown",
        "procedure_families",
        value_of("procedure_families", "hcpcs", "procedure_code", "typical_charge_cents"),
    ),
)
