"""What the service lines of each claim add up to.

The sums run over numpy arrays indexed by claim row: a group_by and a join cost a small batch several times more.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers
from processors.validation.columns.made import ArrayColumn, Made

_COLUMNS: tuple[tuple[str, str], ...] = (
    ("line_count", "number of service lines"),
    ("line_charge_cents", "sum of the line charges, cents"),
    ("distinct_line_numbers", "different line numbers"),
    ("line_auth_on_file", "a line carries a prior authorisation"),
    ("lines_authorized", "lines that carry a prior authorisation"),
    ("line_renders", "a line names who rendered it"),
)
"""Aggregates over the lines of a claim; counts and sums of a claim without lines are 0."""

_NEVER, _EVER = np.iinfo(np.int32).max, np.iinfo(np.int32).min
"""Days that stand for no earliest and no latest date."""

_NO_NUMBER = 2**32 - 1
"""Line number of a line without one: counts as one number, beyond every Int32."""

LINE_DATES: tuple[Derived, ...] = (
    Derived(
        "first_line_date",
        "earliest service date of the lines",
        pl.when(pl.col("first_line_day") != _NEVER).then("first_line_day").cast(pl.Date),
    ),
    Derived(
        "last_line_date",
        "latest service date of the lines",
        pl.when(pl.col("last_line_day") != _EVER).then("last_line_day").cast(pl.Date),
    ),
)
"""Left to the next select over the claims: a select of its own would cost more than they do."""


def _line_sums(inputs: Inputs) -> list[Made]:
    fields, row, size = inputs.line_fields, inputs.row, inputs.size
    # Nulls become values that leave each aggregate as it is.
    cents, number = fields["charge_cents"].whole(0), fields["line_number"].whole(_NO_NUMBER)
    first = fields["service_from"].whole(_NEVER)
    last = np.maximum(fields["service_from"].whole(_EVER), fields["service_to"].whole(_EVER))
    auth, renders = fields["prior_auth_on_file"].flags(), fields["rendering_npi"].given()
    charge_cents = np.zeros(size, dtype=np.int64)
    np.add.at(charge_cents, row, cents)  # exact, as bincount with weights is not
    earliest = np.full(size, _NEVER, dtype=np.int32)
    np.minimum.at(earliest, row, first)
    latest = np.full(size, _EVER, dtype=np.int32)
    np.maximum.at(latest, row, last)
    authorized = np.bincount(row[auth], minlength=size).astype(np.int32)
    return [
        ArrayColumn("line_count", np.bincount(row, minlength=size).astype(np.int32)),
        ArrayColumn("line_charge_cents", charge_cents),
        ArrayColumn("distinct_line_numbers", _distinct(row, number, size)),
        ArrayColumn("line_auth_on_file", authorized > 0),
        ArrayColumn("lines_authorized", authorized),
        ArrayColumn("line_renders", np.bincount(row[renders], minlength=size) > 0),
        ArrayColumn("first_line_day", earliest),
        ArrayColumn("last_line_day", latest),
    ]


def _distinct(row: Integers, number: Integers, size: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return how many different line numbers each claim has."""
    key = row * 2**33 + number + 2**31  # both parts of the key are positive
    key.sort()
    is_new = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=is_new[1:])
    return np.bincount(key[is_new] >> 33, minlength=size).astype(np.int32)


LINE_SUMS = ColumnGroup(_COLUMNS, _line_sums, raw=("first_line_day", "last_line_day"))
"""What the lines add up to."""
