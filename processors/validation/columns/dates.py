"""The date of processing as a column of the claim level."""

from __future__ import annotations

import polars as pl

from processors.validation.columns.definition import ColumnGroup, Inputs


def _today(inputs: Inputs) -> list[pl.Series]:
    return [pl.Series("today", [inputs.batch.now.date()]).new_from_index(0, inputs.size)]


TODAY = ColumnGroup((("today", "date of processing, UTC"),), _today)
