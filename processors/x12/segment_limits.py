"""The segments of an 837 and the highest element number each may have (X12 5010)."""

from __future__ import annotations

from processors.x12.hierarchy import LEVELS

ELEMENT_LIMITS: dict[str, int] = {
    "ISA": 16, "GS": 8, "ST": 3, "SE": 2, "GE": 2, "IEA": 2, "TA1": 5, "BHT": 6,
    "HL": 4, "NM1": 9, "N1": 6, "N2": 2, "N3": 2, "N4": 7, "PER": 9, "REF": 4, "PRV": 6, "CUR": 21,
    "SBR": 9, "PAT": 9, "DMG": 11, "CLM": 20, "DTP": 3, "CL1": 4, "DN1": 4, "DN2": 6, "PWK": 9,
    "CN1": 6, "AMT": 3, "K3": 3, "NTE": 2, "CR1": 10, "CR2": 12, "CR3": 5, "CR5": 18, "CR6": 21, "CR8": 9,
    "CRC": 7, "HI": 12, "HCP": 15, "QTY": 4, "HSD": 8, "CAS": 19, "OI": 6, "MIA": 24, "MOA": 9,
    "LX": 1, "SV1": 21, "SV2": 10, "SV3": 11, "SV4": 18, "SV5": 7, "SV6": 7, "SV7": 6, "TOO": 3,
    "MEA": 12, "PS1": 3, "IMM": 5, "LIN": 31, "CTP": 11, "SVD": 6, "LQ": 2, "FRM": 5, "UR": 1,
}  # fmt: skip
"""Highest element number by segment id; a segment that is not here is not of an 837.

NM110 to NM112 are not used in claims: what stands there was swallowed, and might be another person's.
"""

_TURNING = ("ISA", "IEA", "GS", "GE", "ST", "SE", "TA1", "HL", "CLM", "LX", "HI", "SBR", "PAT", "NTE", "K3", "CAS")
PLAIN_SIZES: dict[str, int] = {name: limit + 1 for name, limit in ELEMENT_LIMITS.items() if name not in _TURNING}
"""Highest number of elements with the id, by segment id, of segments that change nothing but their claim.

NTE, K3 and CAS may be many and long; they take the slower way, where the size of a claim is watched.
"""


def hides_a_level(elements: list[str]) -> bool:
    """Tell whether an odd segment looks as if an HL segment is damaged or swallowed in it."""
    for at, value in enumerate(elements[:-3] if len(elements) > 3 else []):
        looks = at == 0 or value.endswith("HL")
        if looks and elements[at + 3] in LEVELS and elements[at + 1].isdecimal():
            return True
    return False


def hides_a_claim(elements: list[str], component: str) -> bool:
    """Tell whether an odd segment looks as if a CLM segment is damaged or swallowed in it.

    CLM05 is the only composite of three short components five elements after a segment id.
    """
    for at, value in enumerate(elements):
        parts = value.split(component)
        if at >= 5 and len(parts) == 3 and parts[1] in ("A", "B") and len(parts[0]) <= 2 and len(parts[2]) == 1:
            return True
    return False
