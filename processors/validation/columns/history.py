"""Columns that only rules of the history stage see: what the patient's earlier claims say.

The history step computes them; here they are named, so that rules over them compile and are documented.
"""

from __future__ import annotations

import polars as pl

HISTORY_CLAIM_COLUMNS: tuple[tuple[str, str, pl.DataType], ...] = ()
"""Name, meaning and type of the columns of the claim level."""

HISTORY_LINE_COLUMNS: tuple[tuple[str, str, pl.DataType], ...] = ()
"""Name, meaning and type of the columns of the line level."""
