"""One claim from CLM on: claim, providers, other payers and lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from processors.x12.writers.diagnoses import write_hi
from processors.x12.writers.formats import compact, dates, money
from processors.x12.writers.identity import Identity
from processors.x12.writers.interchange import OutSegment, Value
from processors.x12.writers.lines import write_line
from processors.x12.writers.merge import filled, in_loop, ranked
from processors.x12.writers.other_payers import write_other_payer

Event = Mapping[str, Any]

_RANK = {name: at for at, name in enumerate((
    "CLM", "DTP", "CL1", "DN1", "DN2", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CR3", "CRC", "CR5",
    "CR6", "CR8", "HI", "QTY", "HCP",
))}  # fmt: skip
"""Order of the segments of loop 2300."""

_PROVIDERS = {
    "professional": (("DN", "referring_npi"), ("82", "rendering_npi"), ("77", "facility_npi"),
        ("DQ", "supervising_npi")),
    "institutional": (("71", "attending_npi"), ("72", "operating_npi"), ("82", "rendering_npi"),
        ("77", "facility_npi"), ("DN", "referring_npi")),
    "dental": (("DN", "referring_npi"), ("82", "rendering_npi"), ("77", "facility_npi"),
        ("DQ", "supervising_npi")),
}  # fmt: skip
_SAME_FIELD = {"P3": "DN"}
_YES_NO = {True: "Y", False: "N", None: ""}


def write_claim(event: Event, identity: Identity) -> Iterator[OutSegment]:
    """Yield the segments of a claim."""
    own = [one for one in in_loop(identity.kept, "2300") if one[0] != "HI"]
    extra_hi = [one for one in in_loop(identity.kept, "2300") if one[0] == "HI"]
    rest = [one for one in own if one[0] == "CLM"]
    made: list[OutSegment] = [filled(_clm(event, identity), rest)]
    made += [one for one in own if one[0] != "CLM" and not _repeats(event, one)]
    made += _dates(event, own)
    made += _details(event, identity, own)
    made += write_hi(event)
    made += extra_hi
    yield from ranked(made, _RANK)
    yield from _providers(event, in_loop(identity.kept, "2310"))
    for position, payer in enumerate(event["other_payers"], 1):
        yield from write_other_payer(payer, position, identity.kept)
    for line in event["lines"]:
        yield from write_line(event["claim_type"], line, identity)


def _clm(event: Event, identity: Identity) -> list[Value]:
    bill = event["type_of_bill"]
    place, qualifier = (bill[1:-1], "A") if bill else (event["place_of_service"] or "", "B")
    facility: Value = [place, qualifier, event["frequency_code"]] if place else ""
    cause: Value = ""
    if event["accident_cause"] or event["accident_state"]:
        cause = [event["accident_cause"] or "", "", "", event["accident_state"] or ""]
    return [
        "CLM", identity.account_number, money(event["total_charge_cents"]), "", "", facility,
        _YES_NO[event["signature_on_file"]], event["assignment_code"] or "", event["benefits_assigned"] or "",
        event["release_code"] or "", "", cause, "", "", "", "", "", "", "", "", event["delay_reason_code"] or "",
    ]  # fmt: skip


def _repeats(event: Event, segment: OutSegment) -> bool:
    """Tell whether a kept DTP 435 says another day than the contract: then the contract holds."""
    admitted = event["admitted_on"]
    if segment[0] != "DTP" or segment[1] != "435":
        return False
    return admitted is None or not str(segment[3]).startswith(compact(admitted))


def _dates(event: Event, own: Sequence[OutSegment]) -> Iterator[OutSegment]:
    if event["statement_from"] is not None:
        last = event["statement_to"] or event["statement_from"]
        yield ["DTP", "434", "RD8", f"{compact(event['statement_from'])}-{compact(last)}"]
    admitted = event["admitted_on"]
    has_hour = any(one[:2] == ["DTP", "435"] and not _repeats(event, one) for one in own)
    if admitted is not None and not has_hour:
        yield ["DTP", "435", "D8", compact(admitted)]
    if event["discharge_hour"]:
        yield ["DTP", "096", "TM", event["discharge_hour"]]
    for qualifier, name in (("431", "onset_on"), ("439", "accident_on")):
        if event[name] is not None:
            yield ["DTP", qualifier, "D8", compact(event[name])]
    dated = any(line["service_from"] is not None for line in event["lines"])
    if not dated and event["service_from"] not in (None, event["statement_from"]):
        yield dates("472", event["service_from"], event["service_to"])


def _details(event: Event, identity: Identity, own: Sequence[OutSegment]) -> Iterator[OutSegment]:
    admission = [event["admission_type"] or "", event["admission_source"] or "", event["patient_status"] or ""]
    if any(admission):
        yield ["CL1", *admission]
    announced = sum(one[0] == "PWK" for loop, _, one in identity.kept)
    for _ in range(event["attachment_count"] - announced):
        yield ["PWK", "OZ", "AA"]
    if event["patient_paid_cents"] is not None:
        yield ["AMT", "F5", money(event["patient_paid_cents"])]
    given = (("F8", event["original_reference"]), ("X4", event["clia_number"]))
    yield from (["REF", qualifier, value] for qualifier, value in given if value)
    for qualifier, name in (("G1", "authorizations"), ("9F", "referrals")):
        yield from (["REF", qualifier, value] for value in identity.lists[name])
    yield from (["NTE", *note] for note in identity.lists["notes"])


def _providers(event: Event, kept: Sequence[OutSegment]) -> Iterator[OutSegment]:
    """Yield loop 2310: the kept names with the contract's NPIs, then providers of which there is an NPI only."""
    fields = dict(_PROVIDERS[event["claim_type"]])
    every = {code: name for group in _PROVIDERS.values() for code, name in group}
    written: set[str] = set()
    for segment in kept:
        if segment[0] != "NM1":
            yield segment
            continue
        code = _SAME_FIELD.get(str(segment[1]), str(segment[1]))
        name = every.get(code)
        fresh = name is not None and name not in written
        npi = event[name] if name is not None and fresh else None
        written |= {name} if name is not None and fresh else set()
        yield _with_npi(segment, npi) if npi else segment
        if code == "82" and fresh and event["rendering_taxonomy"]:
            yield ["PRV", "PE", "PXC", event["rendering_taxonomy"]]
    for code, name in {**fields, **every}.items():
        if event[name] and name not in written:
            yield ["NM1", code, "1", "", "", "", "", "", "XX", event[name]]
            if code == "82" and event["rendering_taxonomy"]:
                yield ["PRV", "PE", "PXC", event["rendering_taxonomy"]]


def _with_npi(segment: OutSegment, npi: str) -> OutSegment:
    made = [*segment, *[""] * (10 - len(segment))]
    made[8:10] = ["XX", npi]
    return made
