"""Whether a line says the same as an earlier line of its claim."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Inputs, Integers

_VALUES = (
    "row", "procedure_code", "revenue_code", "units", "unit_basis", "place_of_service", "service_from", "service_to",
    "rendering_npi", "ndc_code",
)  # fmt: skip
_LISTS = ("modifiers", "tooth_codes", "tooth_surfaces", "oral_cavity_codes")
"""What two lines of equal charge have in common when one is a copy of the other; pointers and notes may differ."""

_DELIBERATE = ("76", "77", "91", "59", "XE", "XS", "XP", "XU")
"""Modifiers that say that the service was done again."""

_CENTS_BITS = 36


def _repeated(inputs: Inputs) -> list[pl.Series]:
    repeated = np.zeros(inputs.lines.height, dtype=bool)
    # Claim and charge alone leave few candidates, their values fewer; only those are compared list by list.
    candidates = _of_equal_charge(inputs)
    if len(candidates):
        candidates = candidates[inputs.lines.select(_VALUES)[candidates].is_duplicated().to_numpy()]
    if len(candidates):
        lines = inputs.lines.select(*_VALUES, *_LISTS)[candidates]
        content = lines.select(*_VALUES, *(pl.col(name).list.sort().list.join(" ") for name in _LISTS))
        copies = ~content.to_struct("content").is_first_distinct()
        told_apart = lines.select(pl.any_horizontal(pl.col("modifiers").list.contains(code) for code in _DELIBERATE))
        repeated[candidates] = (copies & ~told_apart.to_series().fill_null(value=False)).to_numpy()
    return [pl.Series("line_repeated", repeated)]


def _of_equal_charge(inputs: Inputs) -> Integers:
    """Return the positions of the lines whose charge another line of their claim has, by claim and line number."""
    cents = inputs.lines["charge_cents"].fill_null(0).to_numpy()
    key = (inputs.row << _CENTS_BITS) + (cents & (2**_CENTS_BITS - 1))
    order = np.argsort(key, kind="stable")
    twin = np.zeros(len(key), dtype=bool)
    same = key[order[1:]] == key[order[:-1]]
    twin[1:] |= same
    twin[:-1] |= same
    found = order[twin]
    number = inputs.lines["line_number"].fill_null(0).to_numpy()[found]
    return found[np.lexsort((number, inputs.row[found]))]


REPEATED_LINES = ColumnGroup(
    (("line_repeated", "an earlier line of the claim says the same, and no modifier says that it was done again"),),
    _repeated,
)
"""Line level."""
