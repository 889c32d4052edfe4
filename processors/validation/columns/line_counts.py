"""How many lines of each claim carry something that the claim may carry for all of them."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Inputs


def _line_counts(inputs: Inputs) -> list[pl.Series]:
    rendered = inputs.lines["rendering_npi"].is_not_null().to_numpy()
    authorized = inputs.lines["prior_auth_on_file"].fill_null(value=False).to_numpy()
    return [
        pl.Series("line_renders", np.bincount(inputs.row[rendered], minlength=inputs.size) > 0),
        pl.Series("lines_authorized", np.bincount(inputs.row[authorized], minlength=inputs.size).astype(np.int32)),
    ]


LINE_COUNTS = ColumnGroup(
    (
        ("line_renders", "a line names who rendered it"),
        ("lines_authorized", "lines that carry a prior authorisation"),
    ),
    _line_counts,
)
