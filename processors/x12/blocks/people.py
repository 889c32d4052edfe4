"""Subscribers, payers and patients of plain HL levels: what may be known in clear, and the sealed rest as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from processors.x12.parties import BIRTH, PLACE, SMALL_ZIP3, Person
from processors.x12.values import code, identifier

Rows = Sequence[list[str]]
"""The segments of one level or entity, split into elements."""

_NAMES = ('"type":"', '"last":"', '"first":"', '"middle":"', '"prefix":"', '"suffix":"', '"qualifier":"', '"id":"')
_PLACE = tuple(f'"{name}":"' for name in PLACE)
_BIRTH = tuple(f'"{name}":"' for name in BIRTH)
_GLUE = '","'
_NOTHING: list[str] = []


@dataclass(slots=True)
class PlainPerson:
    """A subscriber or patient with the segments that describe the person."""

    person: Person
    rows: Rows
    letters: str

    def json(self) -> str:
        """Return what is sealed of the person, as the members of a JSON object."""
        return entity_json(self.rows, self.letters)


@dataclass(slots=True)
class PlainSubscriber:
    """A subscriber with payer and group; `json` is what is sealed of these two, a comma behind each member."""

    who: PlainPerson
    relationship: str | None
    payer_id: str | None
    filing_code: str | None
    sequence: str
    json: str


@dataclass(slots=True)
class PlainPatient:
    """A patient who is not the subscriber."""

    who: PlainPerson
    relationship: str | None


def read_plain_subscriber(rows: Rows, letters: str, payer_text: str, marks: tuple[str, str]) -> PlainSubscriber | None:
    """Read a subscriber level; null when SBR says more than the contract holds.

    Args:
        rows: HL, SBR and NM1 IL with what describes it.
        letters: Their letters: HSI, then at most one N3, N4 and DMG, and any REF.
        payer_text: The rest of the level: NM1 PR with N3, N4 and REF.
        marks: Element separator and segment terminator.
    """
    coverage = _coverage(*rows[1])
    if coverage is None:
        return None
    relationship, filing_code, sequence, group = coverage
    payer_id, payer = _payer(payer_text, *marks)
    return PlainSubscriber(_person(rows[2:], letters[2:]), relationship, payer_id, filing_code, sequence, payer + group)


@lru_cache(maxsize=4096)
def _coverage(*sbr: str) -> tuple[str | None, str | None, str, str] | None:
    """Return relationship, filing code, sequence and the group as JSON, of SBR."""
    e = [*sbr, *[""] * 9]
    if any(e[5:9]):
        return None
    group = f'"group_number":"{e[3]}",' if e[3] else ""
    group += f'"group_name":"{e[4]}",' if e[4] else ""
    return code(e[2], 2), code(e[9], 2), code(e[1], 1) or "P", group


@lru_cache(maxsize=1024)
def _payer(text: str, element: str, terminator: str) -> tuple[str | None, str]:
    """Return the id of a payer, and its name and address as JSON."""
    rows = [segment.lstrip("\r\n").split(element) for segment in text.split(terminator)]
    letters = "".join({"N3": "N", "N4": "P", "REF": "R"}.get(row[0], "Y") for row in rows)
    found = entity_json(rows, letters)
    return identifier(rows[0][9]) if len(rows[0]) > 9 else None, '"payer":{' + found + "}," if found else ""


def read_plain_patient(rows: Rows, letters: str) -> PlainPatient | None:
    """Read HL, PAT and NM1 QC with what describes the patient; null when PAT says more than the relationship."""
    pat = rows[1]
    if any(pat[2:]):
        return None
    return PlainPatient(_person(rows[2:], letters[2:]), code(pat[1], 2) if len(pat) > 1 else None)


def _person(rows: Rows, letters: str) -> PlainPerson:
    """Read NM1 and what follows; the same facts as parties._person."""
    nm1, size = rows[0], len(rows[0])
    at = letters.find("P")
    place = rows[at] if at >= 0 else _NOTHING
    at = letters.find("D")
    birth = rows[at] if at >= 0 else _NOTHING
    digits = place[3].strip()[:3] if len(place) > 3 else ""
    zip3 = digits if len(digits) == 3 and digits.isascii() and digits.isdecimal() else None
    sex = birth[3].strip().upper() if len(birth) > 3 else ""
    person = Person(
        member_id=nm1[9] if size > 9 else "",
        born=birth[2].strip() if len(birth) > 2 else "",
        last=nm1[3] if size > 3 else "",
        first=nm1[4] if size > 4 else "",
        sex=sex if sex in ("M", "F", "U") else None,
        state=code(place[2].upper(), 2) if len(place) > 2 else None,
        zip3="000" if zip3 in SMALL_ZIP3 else zip3,
        sealed={},
    )
    return PlainPerson(person, rows, letters)


def entity_json(rows: Rows, letters: str) -> str:
    """Return name, address, birth date and references as the members of a JSON object, as Entity.person does.

    Nothing needs an escape: the segments hold printable ASCII without quotes and backslashes.
    """
    found = [f'{name}{value}"' for name, value in zip(_NAMES, rows[0][2:10], strict=False) if value]
    references = []
    for row, letter in zip(rows, letters, strict=True):
        if letter == "N":
            address = _GLUE.join([value for value in row[1:] if value])
            if address:
                found.append(f'"address":["{address}"]')
        elif letter == "P":
            found += [f'{name}{value}"' for name, value in zip(_PLACE, row[1:], strict=False) if value]
        elif letter == "D":
            found += [f'{name}{value}"' for name, value in zip(_BIRTH, row[2:], strict=False) if value]
        elif letter == "R":
            references.append("*".join(row[1:]))
    if references:
        found.append(f'"references":["{_GLUE.join(references)}"]')
    return ",".join(found)
