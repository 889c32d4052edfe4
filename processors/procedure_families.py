"""Procedure families by code range, as the CPT and HCPCS books are divided into sections.

Apart from the features, which need Arrow: a worker that keeps rates by family does without it.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

# First and last code number of each family, ascending and apart. Section boundaries are public facts of the
# CPT structure; no descriptor is used.
_RANGES: tuple[tuple[int, int, str], ...] = (
    (100, 1999, "anesthesia"),
    (10004, 36414, "surgery"),
    (36415, 36416, "laboratory"),
    (36417, 69990, "surgery"),
    (70010, 79999, "imaging"),
    (80047, 89398, "laboratory"),
    (90460, 90759, "vaccine"),
    (90785, 90899, "psychiatry"),
    (92002, 92499, "ophthalmology"),
    (92920, 93998, "cardiology"),
    (96127, 96127, "psychiatry"),
    (96360, 96549, "drug"),
    (97010, 97799, "therapy"),
    (98925, 98943, "therapy"),
    (99202, 99215, "office_visit"),
    (99221, 99239, "hospital_visit"),
    (99281, 99288, "emergency_visit"),
    (99291, 99292, "hospital_visit"),
    (99381, 99412, "preventive_visit"),
    (99417, 99417, "office_visit"),
)
_STARTS = [first for first, _, _ in _RANGES]
_LETTERS = {"D": "dental", "J": "drug", "Q": "drug", "E": "equipment", "K": "equipment", "L": "equipment"}
_VACCINE_CODES = ("G0008", "G0009", "G0010")

VISIT_FAMILIES = ("office_visit", "hospital_visit", "emergency_visit", "preventive_visit")
"""Evaluation and management: a procedure on the same day asks for modifier 25."""

OTHER_FAMILY = "other"


@lru_cache(maxsize=20_000)  # the same few hundred codes come in every batch
def family_of(code: str) -> str:
    """Return the family of a HCPCS, CPT or CDT code."""
    if not (code.isascii() and code.isdigit()):
        return "vaccine" if code in _VACCINE_CODES else _LETTERS.get(code[:1], OTHER_FAMILY)
    number = int(code)
    place = bisect_right(_STARTS, number) - 1
    if place < 0 or number > _RANGES[place][1]:
        return OTHER_FAMILY
    return _RANGES[place][2]
