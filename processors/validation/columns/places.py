"""What the place of service of every line is: its own, else the one of its claim."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.flags import Bits, booleans
from processors.validation.columns.forms import TWO_DIGITS, expand
from processors.validation.columns.made import Made
from reference.library import ReferenceLibrary

PLACES: dict[str, str] = {
    "inpatient": "21 51 61",
    "hospital": "19 21-24",
    "emergency": "23",
    "nursing": "31 32 54 56",
    "home": "04 12-14 16 33 55",
    "telehealth": "02 10",
    "ambulance": "41-42",
    "doctors_office": "11 17 20 49 50 60 71 72",
}
"""Places of service by what services they allow (Medicare place of service code set)."""

_BITS = Bits((*PLACES, "facility", "nonfacility"))


@cache
def _kinds() -> Integers:
    return _BITS.table(TWO_DIGITS.size, ((name, TWO_DIGITS.numbers_of(expand(p))) for name, p in PLACES.items()))


@lru_cache(maxsize=4)
def _settings(library: ReferenceLibrary) -> Integers:
    """Return the bits of every place, with the setting that the fee schedule pays it in."""
    frame = library.frame("pos_codes")
    number = TWO_DIGITS.numbers(frame["pos"])
    settings = (("facility", "F"), ("nonfacility", "NF"))
    paid = ((name, number[(frame["pfs_setting"] == value).to_numpy()]) for name, value in settings)
    return _kinds() | _BITS.table(TWO_DIGITS.size, paid)


def place_numbers(inputs: Inputs) -> Integers:
    """Return the number of the place of service of every line (`forms.TWO_DIGITS`)."""
    of_claim = TWO_DIGITS.of(inputs.claim_fields["place_of_service"])[inputs.row]
    own = inputs.line_fields["place_of_service"]
    return np.where(own.given(), TWO_DIGITS.of(own), of_claim)


_NAMES = (*PLACES, "facility", "nonfacility")


def _place_columns(inputs: Inputs) -> Sequence[Made]:
    bits = _settings(inputs.library).take(inputs.once(place_numbers))
    return booleans(bits, {f"{name}_place": _BITS.of(name) for name in _NAMES})


LINE_PLACES = ColumnGroup(
    (
        *((f"{name}_place", f"place of service {codes}") for name, codes in PLACES.items()),
        ("facility_place", "a place that the fee schedule pays at the facility rate"),
        ("nonfacility_place", "a place that the fee schedule pays at the non-facility rate"),
    ),
    _place_columns,
    tables=("pos_codes",),
)
