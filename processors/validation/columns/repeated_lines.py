"""Whether a line says the same as an earlier line of its claim."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.arrays import code_numbers, line_arrays
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.made import ArrayColumn, Made
from processors.validation.columns.modifiers import modifier_bits
from schemas.compiled import compiled

_VALUES = (
    "row", "procedure_code", "revenue_code", "units", "unit_basis", "place_of_service", "service_from", "service_to",
    "rendering_npi", "ndc_code",
)  # fmt: skip
_LISTS = ("modifiers", "tooth_codes", "tooth_surfaces", "oral_cavity_codes")
"""What two lines of equal charge have in common when one is a copy of the other; pointers and notes may differ."""

_DELIBERATE = ("76", "77", "91", "59", "XE", "XS", "XP", "XU")
"""Modifiers that say that the service was done again."""

_CONTENT: tuple[str | pl.Expr, ...] = (*_VALUES, *(pl.col(name).list.sort().list.join(" ") for name in _LISTS))
_TOLD_APART = pl.any_horizontal(pl.col("modifiers").list.contains(code) for code in _DELIBERATE).fill_null(value=False)


def _repeated(inputs: Inputs) -> list[Made]:
    repeated = np.zeros(inputs.lines.height, dtype=bool)
    # Numbers leave few candidates, most often none; only those are compared field by field.
    candidates = _candidates(inputs)
    if len(candidates):
        number = inputs.lines["line_number"][candidates].fill_null(0).to_numpy()
        candidates = candidates[np.lexsort((number, inputs.row[candidates]))]
        told = inputs.lines[[*_VALUES, *_LISTS]][candidates].select(*_CONTENT, _TOLD_APART.alias("told_apart"))
        copies = ~told.drop("told_apart").to_struct().is_first_distinct()
        repeated[candidates] = copies.to_numpy() & ~told["told_apart"].to_numpy()
    return [ArrayColumn("line_repeated", repeated)]


def _candidates(inputs: Inputs) -> Integers:
    """Return the positions of the lines that share all of their numbers with another line of their claim."""
    lines, charge = inputs.once(line_arrays), inputs.line_fields["charge_cents"].whole(0)
    # Units have fractions; as bits they are the same for the same units.
    units = lines["units"].view(np.int64)
    codes = (inputs.once(code_numbers), inputs.once(modifier_bits), lines["modifiers"])
    numbers = np.stack([charge, units, lines["day"], lines["last_day"], *codes]).astype(np.int64, copy=False)
    if (inputs.row[1:] >= inputs.row[:-1]).all():
        return np.flatnonzero(_twins(inputs.row, numbers))
    order = np.argsort(inputs.row, kind="stable")
    alike: Integers = order[_twins(inputs.row[order], numbers[:, order])]
    return alike


@compiled
def _twins(row: Integers, numbers: np.ndarray) -> np.ndarray:
    """Return which lines have the same numbers as another line of their claim; lines of a claim lie together."""
    twin = np.zeros(len(row), dtype=np.bool_)
    for one in range(len(row)):
        other = one + 1
        while other < len(row) and row[other] == row[one]:
            place = 0
            while place < numbers.shape[0] and numbers[place, one] == numbers[place, other]:
                place += 1
            if place == numbers.shape[0]:
                twin[one] = True
                twin[other] = True
            other += 1
    return twin


REPEATED_LINES = ColumnGroup(
    (("line_repeated", "an earlier line of the claim says the same, and no modifier says that it was done again"),),
    _repeated,
)
"""Line level."""
