"""What the revenue codes of the lines of institutional claims are, and what the room lines of a stay add up to."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.arrays import line_arrays
from processors.validation.columns.code_families import CODE_BITS
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.flags import Bits, booleans, has
from processors.validation.columns.forms import REVENUE, expand
from processors.validation.columns.institutional import institutional_claims
from processors.validation.columns.made import ArrayColumn, Made
from processors.validation.columns.procedures import line_families
from reference.library import ReferenceLibrary

_GROUPS: dict[str, str] = {
    "room": "0100-0179 0190-0219 1000-1005",
    "leave": "0180-0189",
    "assessment": "0022-0024",
    "laboratory": "0300-0319 0923-0925 0971",
    "tomography": "0350-0359",
    "resonance": "0610-0619",
    "operating_room": "0360-0369",
    "emergency": "0450-0459 0681-0689 0981",
    "observation": "0762",
    "trauma": "0681-0689",
    "ambulance": "0540-0549",
    "professional": "0960-0989",
}
"""Revenue codes by what they are billed for (uniform bill)."""

_SHOWN = ("room", "leave", "assessment", "observation", "professional")
"""Groups that rules ask for by line."""

_BITS = Bits((*_GROUPS, "listed", "needs_hcpcs"))


@cache
def _groups() -> Integers:
    return _BITS.table(REVENUE.size, ((name, REVENUE.numbers_of(expand(codes))) for name, codes in _GROUPS.items()))


@lru_cache(maxsize=4)
def _facts(library: ReferenceLibrary) -> Integers:
    """Return the bits of every revenue code: its groups and what the table says of it."""
    rows = library.frame("revenue_codes")
    prefix = rows["prefix"].cast(pl.Int64).to_numpy()
    needs = rows["needs_hcpcs"].fill_null(value=False).to_numpy()
    listed = (
        (name, (some[:, None] * 10 + np.arange(10)).ravel())
        for name, some in (("listed", prefix), ("needs_hcpcs", prefix[needs]))
    )
    return _groups() | _BITS.table(REVENUE.size, listed)


def revenue_numbers(inputs: Inputs) -> Integers:
    """Return the number of the revenue code of every line (`forms.REVENUE`); none outside institutional claims."""
    rows = inputs.once(institutional_claims)
    number = np.full(inputs.lines.height, REVENUE.size, dtype=np.int64)
    if len(rows):
        of_bill = np.zeros(inputs.size, dtype=bool)
        of_bill[rows] = True
        number = np.where(of_bill[inputs.row], REVENUE.of(inputs.line_fields["revenue_code"]), number)
    return number


def _revenue_columns(inputs: Inputs) -> list[Made]:
    number = inputs.once(revenue_numbers)
    institutional = np.zeros(inputs.size, dtype=bool)
    institutional[inputs.once(institutional_claims)] = True
    return [
        *booleans(_groups().take(number), {f"is_{name}_revenue": _BITS.of(name) for name in _SHOWN}),
        ArrayColumn("revenue_malformed", (number == REVENUE.size) & institutional[inputs.row]),
    ]


LINE_REVENUE = ColumnGroup(
    (
        *((f"is_{name}_revenue", f"revenue code {_GROUPS[name]}") for name in _SHOWN),
        ("revenue_malformed", "a line of an institutional claim has no revenue code of four digits"),
    ),
    _revenue_columns,
)


def _listed_columns(inputs: Inputs) -> list[Made]:
    number = inputs.once(revenue_numbers)
    bits = _facts(inputs.library).take(number)
    return [
        ArrayColumn("revenue_known", has(bits, _BITS.of("listed")) | (number == REVENUE.size)),
        ArrayColumn("revenue_needs_hcpcs", has(bits, _BITS.of("needs_hcpcs"))),
    ]


LISTED_REVENUE = ColumnGroup(
    (
        ("revenue_known", "the group of the revenue code is published; true where it is malformed"),
        ("revenue_needs_hcpcs", "an outpatient line of the revenue code needs a HCPCS code"),
    ),
    _listed_columns,
    tables=("revenue_codes",),
    whole=True,
)


def _misplaced(inputs: Inputs) -> list[Made]:
    """Return where procedure and revenue code belong to different departments."""
    revenue, code = _groups().take(inputs.once(revenue_numbers)), inputs.once(line_families)
    given = inputs.once(revenue_numbers) < REVENUE.size
    return [
        ArrayColumn(name, given & has(code, CODE_BITS.of(family)) & ~has(revenue, _BITS.of(*departments)))
        for name, family, departments in (
            ("emergency_visit_elsewhere", "emergency_visit", ("emergency", "professional")),
            ("laboratory_test_elsewhere", "clia_test", ("laboratory", "professional", "emergency")),
            ("tomography_elsewhere", "tomography", ("tomography", "professional")),
            ("resonance_elsewhere", "resonance", ("resonance", "professional")),
        )
    ]


LINE_DEPARTMENTS = ColumnGroup(
    (
        ("emergency_visit_elsewhere", "an emergency visit stands under a revenue code of another department"),
        ("laboratory_test_elsewhere", "a laboratory test stands under a revenue code of another department"),
        ("tomography_elsewhere", "a computed tomography stands under a revenue code of another department"),
        ("resonance_elsewhere", "a magnetic resonance study stands under a revenue code of another department"),
    ),
    _misplaced,
)


def _room_columns(inputs: Inputs) -> list[Made]:
    bits, row, size = _groups().take(inputs.once(revenue_numbers)), inputs.row, inputs.size
    units = inputs.once(line_arrays)["units"]
    trips = np.bincount(row[has(bits, _BITS.of("ambulance"))], minlength=size)
    rooms, leave, theatre = (has(bits, _BITS.of(name)) for name in ("room", "leave", "operating_room"))
    return [
        ArrayColumn("room_days", _days(row[rooms], units[rooms], size)),
        ArrayColumn("leave_days", _days(row[leave], units[leave], size)),
        ArrayColumn("has_trauma_line", np.bincount(row[has(bits, _BITS.of("trauma"))], minlength=size) > 0),
        ArrayColumn("has_operating_room_line", np.bincount(row[theatre], minlength=size) > 0),
        ArrayColumn("only_ambulance_lines", (trips > 0) & (trips == np.bincount(row, minlength=size))),
    ]


def _days(row: Integers, units: np.ndarray, size: int) -> np.ndarray:
    """Return the sum of units of each claim; numpy counts in whole numbers where there is nothing to count."""
    return np.bincount(row, weights=units, minlength=size).astype(np.float64, copy=False)


CLAIM_ROOMS = ColumnGroup(
    (
        ("room_days", "days of room and board on the lines"),
        ("leave_days", "days of leave of absence on the lines"),
        ("has_trauma_line", "a line is for trauma activation (revenue code 068x)"),
        ("has_operating_room_line", "a line is for the operating room (revenue code 036x)"),
        ("only_ambulance_lines", "every line is for an ambulance (revenue code 054x)"),
    ),
    _room_columns,
)
