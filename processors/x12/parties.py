"""Parties: billing provider, subscriber, payer and patient, read from the HL levels above a claim."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from processors.x12.hierarchy import Level
from processors.x12.values import code, identifier

# Three-digit ZIP areas of 20,000 people or fewer, which de-identification replaces by 000
# (45 CFR 164.514(b)(2)(i)(B); list of the HHS guidance, census of 2000).
SMALL_ZIP3 = frozenset(
    "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split()  # noqa: SIM905 - reads as a list
)
_SSN_FORM = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}", re.ASCII)


@dataclass(slots=True)
class Entity:
    """What follows one NM1: its elements (padded to NM109) and the segments that describe it, by id."""

    nm1: list[str] = field(default_factory=lambda: [""] * 13)
    segments: dict[str, list[list[str]]] = field(default_factory=dict)

    def first(self, name: str, number: int) -> str:
        """Return an element of the first segment of this id, or nothing."""
        found = self.segments.get(name)
        return found[0][number] if found and len(found[0]) > number else ""

    def reference(self, qualifier: str) -> str:
        """Return REF02 of a qualifier, or nothing."""
        for segment in self.segments.get("REF", ()):
            if len(segment) > 2 and segment[1] == qualifier:
                return segment[2]
        return ""

    def npi(self) -> str | None:
        """Return NM109 where NM108 says that it is an NPI."""
        return code(self.nm1[9], 15) if self.nm1[8] == "XX" else None

    def state(self) -> str | None:
        """Return the state of the address."""
        return code(self.first("N4", 2).upper(), 2)

    def zip_code(self) -> str | None:
        """Return the ZIP code of the address, 5 or 9 digits without hyphen."""
        digits = self.first("N4", 3).strip().replace("-", "")
        return digits if len(digits) in (5, 9) and digits.isascii() and digits.isdecimal() else None

    def person(self) -> dict[str, Any]:
        """Return name, address and birth date as they go into the sealed field; empty ones are left out."""
        found: dict[str, Any] = {name: value for name, value in zip(_NAMES, self.nm1[2:10], strict=True) if value}
        segments = self.segments
        if "N3" in segments:
            found["address"] = [value for segment in segments["N3"] for value in segment[1:] if value]
        for segment_id, first, names in (("N4", 1, PLACE), ("DMG", 2, BIRTH)):
            if segment_id in segments:
                given = segments[segment_id][0]
                found |= {name: value for name, value in zip(names, given[first:], strict=False) if value}
        for segment_id, name in (("REF", "references"), ("PER", "contacts")):
            if segment_id in segments:
                found[name] = ["*".join(segment[1:]) for segment in segments[segment_id]]
        return {name: value for name, value in found.items() if value}


_NAMES = ("type", "last", "first", "middle", "prefix", "suffix", "qualifier", "id")
"""Names of the sealed fields of NM102 to NM109."""

PLACE = ("city", "state", "zip", "country", "location_qualifier", "location", "subdivision")
"""Names of the sealed fields of N401 to N407."""

BIRTH = (
    "born", "sex", "marital_status", "race_or_ethnicity", "citizenship", "birth_country", "verification", "quantity",
    "race_code_list", "race_code",
)  # fmt: skip
"""Names of the sealed fields of DMG02 to DMG11."""


@dataclass(slots=True)
class Person:
    """Subscriber or patient: who it is (sealed) and what may be known in clear."""

    member_id: str
    born: str
    last: str
    first: str
    sex: str | None
    state: str | None
    zip3: str | None
    sealed: dict[str, Any]


@dataclass(slots=True)
class Subscriber:
    """Level 2000B: the subscriber, the payer and how the two relate."""

    person: Person
    relationship: str | None
    payer_id: str | None
    filing_code: str | None
    sequence: str
    sealed: dict[str, Any]


@dataclass(slots=True)
class Billing:
    """Level 2000A: the billing provider."""

    clear: dict[str, str | None]
    identity: str
    sealed: dict[str, Any]


@dataclass(slots=True)
class Patient:
    """Level 2000C: a patient who is not the subscriber."""

    person: Person
    relationship: str | None
    rest: list[list[str]]


_OWN = frozenset({"SBR", "PAT", "PRV", "HL"})
_DESCRIBING = frozenset({"N3", "N4", "DMG", "REF", "PER"})
_ONCE = frozenset({"N4", "DMG"})
"""Segments of which an entity has one; more of them are kept with the rest of the level."""


def entities_of(level: Level, wanted: tuple[str, ...]) -> tuple[Entity, dict[str, Entity], list[list[str]]]:
    """Return what stands before the first NM1 of a level, its wanted entities by NM101, and all the rest."""
    own = Entity()
    named: dict[str, Entity] = {}
    rest: list[list[str]] = []
    current: Entity | None = own
    for segment in level.segments:
        name = segment[0]
        if name == "NM1" and len(segment) > 1:
            current = None  # after an entity that is not wanted, or an unreadable segment, nothing is told apart
            if segment[1] in wanted and segment[1] not in named:
                named[segment[1]] = current = Entity(segment + [""] * (13 - len(segment)))
                continue
        elif current is not None and name in (_OWN if current is own else _DESCRIBING):
            if name not in _ONCE or name not in current.segments:
                current.segments.setdefault(name, []).append(segment)
                continue
        elif name not in _DESCRIBING and name not in _OWN and current is not own:
            current = None
        rest.append(segment)
    return own, named, rest


def read_billing(level: Level) -> Billing:
    """Read level 2000A."""
    own, named, rest = entities_of(level, ("85",))
    provider = named.get("85") or Entity()
    tax_id = provider.reference("EI").strip()
    providers = own.segments.get("PRV", ())
    rest += [one for at, one in enumerate(providers) if at or one[1:2] != ["BI"] or any(one[4:])]
    sealed: dict[str, Any] = {"billing_provider": provider.person()}
    if rest:
        sealed["billing_segments"] = rest
    if _SSN_FORM.fullmatch(tax_id):
        tax_id = ""  # a social security number under the wrong qualifier stays sealed
    tax_id = tax_id.replace("-", "")
    npi = provider.npi()
    clear = {
        "billing_npi": npi,
        "billing_tax_id": tax_id if len(tax_id) == 9 and tax_id.isascii() and tax_id.isdecimal() else None,
        "billing_taxonomy": code(own.first("PRV", 3), 10) if own.first("PRV", 1) == "BI" else None,
        "billing_state": provider.state(),
        "billing_zip": provider.zip_code(),
    }
    identity = npi or provider.nm1[9] or tax_id or provider.reference("SY")
    return Billing(clear, identity, sealed)


def read_subscriber(level: Level) -> Subscriber:
    """Read level 2000B."""
    own, named, rest = entities_of(level, ("IL", "PR"))
    payer = named.get("PR") or Entity()
    rest += [one for at, one in enumerate(own.segments.get("SBR", ())) if at or any(one[5:9])]
    rest += [*own.segments.get("PAT", ()), *own.segments.get("PRV", ())]
    group = {
        "group_number": own.first("SBR", 3), "group_name": own.first("SBR", 4), "payer": payer.person(),
        "subscriber_segments": rest,
    }  # fmt: skip
    return Subscriber(
        person=_person(named.get("IL") or Entity()),
        relationship=code(own.first("SBR", 2), 2),
        payer_id=identifier(payer.nm1[9]),
        filing_code=code(own.first("SBR", 9), 2),
        sequence=code(own.first("SBR", 1), 1) or "P",
        sealed={name: value for name, value in group.items() if value},
    )


def read_patient(level: Level) -> Patient | None:
    """Read level 2000C; null when it names no patient."""
    own, named, rest = entities_of(level, ("QC",))
    found = named.get("QC")
    rest += [one for at, one in enumerate(own.segments.get("PAT", ())) if at or any(one[2:])]
    return None if found is None else Patient(_person(found), code(own.first("PAT", 1), 2), rest)


def _person(entity: Entity) -> Person:
    digits = entity.first("N4", 3).strip()[:3]
    zip3 = digits if len(digits) == 3 and digits.isascii() and digits.isdecimal() else None
    sex = entity.first("DMG", 3).strip().upper()
    return Person(
        member_id=entity.nm1[9],
        born=entity.first("DMG", 2).strip(),
        last=entity.nm1[3],
        first=entity.nm1[4],
        sex=sex if sex in ("M", "F", "U") else None,
        state=entity.state(),
        zip3="000" if zip3 in SMALL_ZIP3 else zip3,
        sealed=entity.person(),
    )
