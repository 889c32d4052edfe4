"""Loop 2400: service lines with drugs, providers and what other payers did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from processors.x12.values import cents
from processors.x12.writers.formats import dates, money, number
from processors.x12.writers.identity import Identity
from processors.x12.writers.interchange import OutSegment, Value
from processors.x12.writers.merge import filled, in_loop, ranked
from processors.x12.writers.other_payers import write_adjustments

Line = Mapping[str, Any]

_RANK = {name: at for at, name in enumerate((
    "LX", "SV1", "SV2", "SV3", "TOO", "SV5", "PWK", "CR1", "CR3", "CR5", "CRC", "DTP", "QTY", "MEA", "CN1", "REF",
    "AMT", "K3", "NTE", "PS1", "HCP",
))}  # fmt: skip
"""Order of the segments of loop 2400."""

_SERVICES = {"professional": "SV1", "institutional": "SV2", "dental": "SV3"}
_FLAGS = {True: "Y", False: "N", None: ""}


def write_line(claim_type: str, line: Line, identity: Identity) -> Iterator[OutSegment]:
    """Yield the segments of one line."""
    at = line["line_number"]
    own = in_loop(identity.kept, "2400", at)
    name = _SERVICES[claim_type]
    service = {"SV1": _sv1, "SV2": _sv2, "SV3": _sv3}[name](line, _described(identity, at))
    made: list[OutSegment] = [["LX", str(at)], filled(service, [one for one in own if one[0] == name])]
    teeth = [one for one in own if one[0] == "TOO"]
    made += teeth if _same_teeth(teeth, line) else _teeth(line)
    made += [one for one in own if one[0] not in (name, "TOO")]
    if line["service_from"] is not None:
        made.append(dates("472", line["service_from"], line["service_to"]))
    made += [["REF", "G1", value] for number_, value in identity.lists["line_authorizations"] if number_ == at]
    made += [["NTE", *note] for number_, *note in identity.lists["line_notes"] if number_ == at]
    yield from ranked(made, _RANK)
    yield from _drug(line, in_loop(identity.kept, "2410", at))
    yield from _rendering(line, in_loop(identity.kept, "2420", at))
    yield from _other_payers(line, in_loop(identity.kept, "2430", at))


def _described(identity: Identity, at: int) -> str:
    return next((text for number_, text in identity.lists["line_descriptions"] if number_ == at), "")


def _procedure(line: Line, description: str, default: str = "HC") -> Value:
    if line["procedure_code"] is None and line["procedure_qualifier"] is None:
        return ""
    modifiers = [*line["modifiers"], *[""] * (4 - len(line["modifiers"]))]
    parts = [line["procedure_qualifier"] or default, line["procedure_code"] or "", *modifiers, description]
    while not parts[-1]:
        parts.pop()
    return parts


def _sv1(line: Line, description: str) -> list[Value]:
    pointers = [str(pointer) for pointer in line["diagnosis_pointers"]]
    return ["SV1", _procedure(line, description), money(line["charge_cents"]), line["unit_basis"],
        number(line["units"]), line["place_of_service"] or "", "", pointers or "", "",
        _FLAGS[line["emergency"]]]  # fmt: skip


def _sv2(line: Line, description: str) -> list[Value]:
    noncovered = line["noncovered_cents"]
    return ["SV2", line["revenue_code"] or "", _procedure(line, description), money(line["charge_cents"]),
        line["unit_basis"], number(line["units"]), "", money(noncovered) if noncovered is not None else ""]  # fmt: skip


def _sv3(line: Line, description: str) -> list[Value]:
    pointers = [str(pointer) for pointer in line["diagnosis_pointers"]]
    return ["SV3", _procedure(line, description, "AD"), money(line["charge_cents"]), line["place_of_service"] or "",
        line["oral_cavity_codes"] or "", "", number(line["units"]), "", "", "", "", pointers or ""]  # fmt: skip


def _same_teeth(teeth: Sequence[OutSegment], line: Line) -> bool:
    codes: list[str] = []
    surfaces: list[str] = []
    for one in teeth:
        codes += [str(one[2]).strip()] if len(one) > 2 and one[2] else []
        third = one[3] if len(one) > 3 else ""
        surfaces += [part for part in ([third] if isinstance(third, str) else third) if part]
    return (codes, surfaces) == (line["tooth_codes"], line["tooth_surfaces"])


def _teeth(line: Line) -> Iterator[OutSegment]:
    surfaces: Value = list(line["tooth_surfaces"]) or ""
    for tooth in line["tooth_codes"] or ([""] if surfaces else []):
        yield ["TOO", "JP", tooth, surfaces]
        surfaces = ""


def _drug(line: Line, kept: Sequence[OutSegment]) -> Iterator[OutSegment]:
    named = [one for one in kept if one[0] == "LIN"]
    if named and (not line["ndc_code"] or str(named[-1][3]).replace("-", "").strip() == line["ndc_code"]):
        yield named[-1]
    elif line["ndc_code"]:
        yield ["LIN", "", "N4", line["ndc_code"]]
    if line["ndc_units"] is not None or line["ndc_unit_basis"]:
        units = number(line["ndc_units"]) if line["ndc_units"] is not None else ""
        made: list[Value] = ["CTP", "", "", "", units, line["ndc_unit_basis"] or ""]
        yield filled(made, [one for one in kept if one[0] == "CTP"])
    yield from (one for one in kept if one[0] not in ("LIN", "CTP"))


def _rendering(line: Line, kept: Sequence[OutSegment]) -> Iterator[OutSegment]:
    npi, named = line["rendering_npi"], False
    for segment in kept:
        if segment[0] == "NM1" and segment[1] == "82" and npi:
            named = True
            made = [*segment, *[""] * (10 - len(segment))]
            made[8:10] = ["XX", npi]
            yield made
        else:
            yield segment
    if npi and not named:
        yield ["NM1", "82", "1", "", "", "", "", "", "XX", npi]


def _other_payers(line: Line, kept: Sequence[OutSegment]) -> Iterator[OutSegment]:
    """Yield loop 2430: as it was kept while it says what the contract says, else from the contract."""
    if _says_the_same(line, kept):
        yield from kept
        return
    paid = line["other_payer_paid_cents"]
    if paid is not None or line["adjustments"]:
        given = next((one for one in kept if one[0] == "SVD"), ["SVD"])
        payer = given[1] if len(given) > 1 else ""
        yield ["SVD", payer, money(paid or 0), _procedure(line, ""), "", number(line["units"])]
        yield from write_adjustments(line["adjustments"])


def _says_the_same(line: Line, kept: Sequence[OutSegment]) -> bool:
    paid = [cents(str(one[2])) for one in kept if one[0] == "SVD" and len(one) > 2]
    total = sum(amount for amount in paid if amount is not None) if paid else None
    written = [
        (one[1], one[at], cents(str(one[at + 1])))
        for one in kept if one[0] == "CAS"
        for at in range(2, len(one) - 1, 3) if one[at]
    ]  # fmt: skip
    wanted = [(one["group_code"], one["carc"], one["amount_cents"]) for one in line["adjustments"]]
    same: bool = total == line["other_payer_paid_cents"] and written == wanted
    return same
