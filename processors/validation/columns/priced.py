"""Columns that only rules of the priced stage see: what came of pricing a service line.

The step after pricing computes them; here they are named, so that rules over them compile and are documented.
"""

from __future__ import annotations

import polars as pl

PRICED_LINE_COLUMNS: tuple[tuple[str, str, pl.DataType], ...] = (
    ("price_status", "why the line has no expected amount; lines that have one are not asked about", pl.String()),
    ("schedule_is_complete", "the whole fee schedule is loaded, not the starter set alone", pl.Boolean()),
)
"""Name, meaning and type of the columns of the line level, beside the plain fields of lines."""
