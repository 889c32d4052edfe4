"""The levels above a claim: billing provider, subscriber with payer, patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from processors.x12.parties import BIRTH, PLACE
from processors.x12.writers.identity import Identity, Person
from processors.x12.writers.interchange import OutSegment

_BLANK = ("",) * 12


def write_billing(event: Mapping[str, Any], identity: Identity) -> Iterator[OutSegment]:
    """Yield level 2000A behind its HL."""
    rest = identity.rest["20"]
    if event["billing_taxonomy"]:
        yield ["PRV", "BI", "PXC", event["billing_taxonomy"]]
    yield from (one for one in rest if one[0] in ("PRV", "CUR"))
    before, behind = _around([one for one in rest if one[0] not in ("PRV", "CUR")])
    yield from before
    person = dict(identity.billing)
    if event["billing_npi"]:
        person |= {"qualifier": "XX", "id": event["billing_npi"]}
    person.setdefault("state", event["billing_state"] or "")
    person.setdefault("zip", event["billing_zip"] or "")
    references = [one for one in person.get("references", []) if not one.startswith("EI*")]
    given = next((one[3:] for one in person.get("references", []) if one.startswith("EI*")), "")
    if event["billing_tax_id"] and given.replace("-", "").strip() != event["billing_tax_id"]:
        given = event["billing_tax_id"]
    person["references"] = ([f"EI*{given}"] if given else []) + references
    yield from _entity("85", person, "2")
    yield from behind


def write_subscriber(event: Mapping[str, Any], identity: Identity) -> Iterator[OutSegment]:
    """Yield level 2000B behind its HL."""
    rest = identity.rest["22"]
    given = [*next((one for one in rest if one[0] == "SBR"), ["SBR"]), *_BLANK]
    group = identity.group
    relationship = "" if identity.patient is not None else event["patient_relationship"] or ""
    yield ["SBR", event["payer_sequence"], relationship, group["group_number"], group["group_name"],
        *given[5:9], event["claim_filing_code"] or ""]  # fmt: skip
    yield from (one for one in rest if one[0] == "PAT")
    before, behind = _around([one for one in rest if one[0] not in ("SBR", "PAT")])
    yield from before
    yield from _entity("IL", identity.subscriber, "1", "MI")
    payer = dict(identity.payer)
    if event["payer_id"] and payer.get("id", "").strip() != event["payer_id"]:
        payer["id"] = event["payer_id"]
    if payer:
        yield from _entity("PR", payer, "2", "PI")
    yield from behind


def write_patient(event: Mapping[str, Any], identity: Identity) -> Iterator[OutSegment]:
    """Yield level 2000C behind its HL."""
    rest = identity.rest["23"]
    given = [*next((one for one in rest if one[0] == "PAT"), ["PAT"]), *_BLANK]
    yield ["PAT", event["patient_relationship"] or "", *given[2:10]]
    before, behind = _around([one for one in rest if one[0] != "PAT"])
    yield from before
    yield from _entity("QC", identity.patient or {}, "1")
    yield from behind


def _around(rest: Sequence[OutSegment]) -> tuple[Sequence[OutSegment], Sequence[OutSegment]]:
    """Part what is kept of a level: what belongs to no name goes before the first, the rest behind the last."""
    first = next((at for at, one in enumerate(rest) if one[0] not in _DESCRIBING), len(rest))
    return rest[:first], rest[first:]


_DESCRIBING = frozenset({"N3", "N4", "DMG", "REF", "PER"})


def _entity(code: str, person: Person, entity_type: str, qualifier: str = "") -> Iterator[OutSegment]:
    """Yield NM1 and what describes it."""
    number = person.get("id", "")
    yield ["NM1", code, person.get("type") or entity_type, person.get("last", ""), person.get("first", ""),
        person.get("middle", ""), person.get("prefix", ""), person.get("suffix", ""),
        person.get("qualifier") or (qualifier if number else ""), number]  # fmt: skip
    address = person.get("address", [])
    for at in range(0, len(address), 2):
        yield ["N3", *address[at : at + 2]]
    place = [person.get(name, "") for name in PLACE]
    if any(place):
        yield ["N4", *place]
    birth = [person.get(name, "") for name in BIRTH]
    if any(birth):
        yield ["DMG", "D8", *birth]
    for kind in ("references", "contacts"):
        for text in person.get(kind, []):
            yield ["REF" if kind == "references" else "PER", *text.split("*")]
