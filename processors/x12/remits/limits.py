"""The segments of an 835 and the highest element number each may have (X12 5010)."""

from __future__ import annotations

from processors.x12.values import cents

LIMITS: dict[str, int] = {
    "BPR": 21, "NTE": 2, "TRN": 4, "CUR": 21, "REF": 4, "DTM": 6, "N1": 6, "N2": 2, "N3": 2, "N4": 7, "PER": 9,
    "RDM": 7, "LX": 1, "TS3": 24, "TS2": 19, "CLP": 14, "CAS": 19, "NM1": 12, "MIA": 24, "MOA": 9, "AMT": 3,
    "QTY": 4, "SVC": 7, "LQ": 2, "PLB": 14, "K3": 3,
}  # fmt: skip
"""Highest element number by segment id; a segment that is not here is not of an 835."""

SIZES: dict[str, int] = {name: limit + 1 for name, limit in LIMITS.items()}

_ENDINGS = (*LIMITS, "SE", "GE", "IEA", "ST", "GS", "ISA")
_STATUSES = frozenset("1 2 3 4 5 10 13 15 16 17 19 20 21 22 23 25 27".split())  # noqa: SIM905 - reads as a list


def hides_a_payment(elements: list[str]) -> bool:
    """Tell whether an odd segment looks as if a CLP segment is damaged or swallowed in it.

    CLP is the only segment with a status code and two amounts after it.
    """
    for at, value in enumerate(elements[:-4]):
        looks = at == 0 or value.endswith("CLP")
        if looks and elements[at + 2] in _STATUSES and cents(elements[at + 3]) is not None:
            return cents(elements[at + 4]) is not None
    return False


def swallows(elements: list[str]) -> bool:
    """Tell whether an overlong segment looks as if it runs into the next one: an element ends in a segment id."""
    return any(value.endswith(_ENDINGS) for value in elements[1:])
