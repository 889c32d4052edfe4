"""Segments shown to people: identifying elements masked, everything unknown masked too."""

from __future__ import annotations

MASK = "[masked]"
_ALL = frozenset(range(1, 40))
_SAFE: dict[str, frozenset[int]] = {
    **dict.fromkeys((
        "ISA", "GS", "ST", "SE", "GE", "IEA", "TA1", "BHT", "HL", "CLP", "CLM", "DTP", "DTM", "CL1", "HI", "AMT",
        "QTY", "CAS", "OI", "MIA", "MOA", "LX", "SV1", "SV2", "SV3", "SV5", "SVC", "TOO", "LIN", "CTP", "SVD", "LQ",
        "STC", "HCP", "CRC", "DN1", "DN2", "CN1", "PRV", "CUR", "HSD", "PS1", "MEA", "AK1", "AK2", "IK3", "AK3",
        "IK4", "AK4", "IK5", "AK5", "AK9", "TS3", "TS2", "PLB", "PWK", "SBR", "CR1", "CR2", "CR3", "CR5", "CR6",
        "CR8", "BPR", "TRN", "CTX",
    ), _ALL),
    "NM1": frozenset({1, 2, 8}), "N1": frozenset({1, 3}), "N4": frozenset({2, 4}), "DMG": frozenset({1, 3}),
    "REF": frozenset({1}), "PER": frozenset({1}), "PAT": frozenset({1, 2, 3, 4, 5, 7, 8, 9}), "NTE": frozenset({1}),
}  # fmt: skip
_MASKED: dict[str, frozenset[int]] = {
    "CLP": frozenset({1}), "CLM": frozenset({1}), "SBR": frozenset({3, 4}), "PWK": frozenset({6, 7}),
    "CR1": frozenset({7, 8, 9, 10}), "CR2": frozenset({10, 11}), "BPR": frozenset({7, 9, 10, 11, 13, 15}),
    "TRN": frozenset({2, 4}), "STC": frozenset({12}), "IK4": frozenset({4}), "AK4": frozenset({4}),
    "CTX": frozenset({1}), "HCP": frozenset({4, 5}), "PS1": frozenset({1}), "ISA": frozenset({2, 4}),
}  # fmt: skip
_DESCRIBED = {"SV1": 1, "SV3": 1, "SV2": 2, "SVC": 1}
_PUBLIC_REFERENCES = frozenset({"EI", "TJ", "2U", "1K", "F8", "BLT", "X4", "87", "EV", "F2"})
_PLB_REFERENCES = range(3, 14, 2)


def masked(elements: list[str], component: str) -> list[str]:
    """Return a segment with everything masked that may identify a person.

    Kept are codes, amounts, dates of service, NPIs and ids of organisations. A segment that is not known is
    masked whole.

    Args:
        elements: Segment id and elements.
        component: Component separator.
    """
    name = elements[0]
    safe = _SAFE.get(name, frozenset()) - _MASKED.get(name, frozenset())
    if name == "NM1" and len(elements) > 8 and (elements[8] in ("XX", "PI", "46", "XV") or elements[1] == "PR"):
        safe |= {9}
    elif name == "N1" and len(elements) > 3 and elements[3] in ("XX", "XV", "PI"):
        safe |= {4}
    elif name == "REF" and len(elements) > 1 and elements[1] in _PUBLIC_REFERENCES:
        safe |= {2}
    shown = [value if at in safe or not value or at == 0 else MASK for at, value in enumerate(elements)]
    at = _DESCRIBED.get(name)
    if at is not None and len(shown) > at:
        shown[at] = component.join(shown[at].split(component)[:6])
    if name == "PLB":
        for at in _PLB_REFERENCES:
            if at < len(shown) and component in shown[at]:
                shown[at] = shown[at].split(component)[0] + component + MASK
    return shown
