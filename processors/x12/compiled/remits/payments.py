"""What stands above the lines of a plain claim payment (loop 2100), read by compiled code as remits/segments.py does.

Each function gives False where the other reader would warn or reject.
"""

from __future__ import annotations

import numpy as np

from processors.x12.compiled.remits import items as it
from processors.x12.compiled.remits import memory as m
from processors.x12.compiled.sealed import put_span
from processors.x12.compiled.segments import element
from processors.x12.compiled.text import (
    NO_AMOUNT,
    day,
    identifier,
    is_pair,
    is_triple,
    pair_at,
    put_view,
    quantity,
    stripped,
    word,
)
from schemas.compiled import Word, inner

LONGEST_CONTROL = 50
_CAS, _DTM, _AMT, _QTY, _MIA, _MOA = (ord(letter) for letter in "Adaqmo")
_NAMES = tuple(ord(letter) for letter in "MIYQ")
_QUOTE, _COMMA, _BRACE, _A, _U, _TWO, _X = (ord(one) for one in '",}AU2X')
_LONGEST_ID = 30


_ROLES = (("QC", "patient"), ("IL", "subscriber"), ("74", "corrected"), ("82", "rendering"),
    ("TT", "crossover_payer"), ("PR", "corrected_payer"))  # fmt: skip
_KINDS = np.array([word(kind) for kind, _ in _ROLES], dtype=np.int64)
_CORRECTED, _RENDERING, _CROSSOVER, _PAYER = 2, 3, 4, 5
_ELEMENTS = np.array((3, 4, 5, 7, 8, 9), dtype=np.int64)
_MEMBERS = [f'"{name}":{{' for _, name in _ROLES]
_MEMBERS += [f'"{name}":"' for name in ("last", "first", "middle", "suffix", "qualifier", "id")]
_TEXT = np.frombuffer("".join(_MEMBERS).encode(), dtype=np.uint8)
_BOUNDS = np.cumsum([0, *map(len, _MEMBERS)]).astype(np.int64)
_ROLE_COUNT, _NAME_COUNT = len(_ROLES), len(_ELEMENTS)
_FROM, _TO, _RECEIVED, _ENDED = map(word, ("232", "233", "050", "036"))


@inner
def put_int(into: Word, field: Word, row: Word, value: Word) -> None:
    """Set a number of a claim payment."""
    into.numbers[field, row] = value
    into.given[field, row] = 1


@inner
def _put_identifier(view: Word, table: Word, segment: Word, number: Word, longest: Word) -> None:
    start, end = element(table, segment, number)
    start, end = identifier(table.raw, start, end, longest)
    it.empty(view)
    put_view(view, table.raw, start, end)


@inner
def _put_quantity(into: Word, field: Word, row: Word, table: Word, segment: Word, number: Word) -> Word:
    start, end = element(table, segment, number)
    if start == end:
        return True
    sound, units = quantity(table.raw, start, end)
    into.units[field, row], into.units_given[field, row] = units, 1
    return sound


@inner
def read_clp(into: Word, row: Word, table: Word, segment: Word) -> Word:
    """Read CLP; False when it is not plain, as a reversal never is."""
    raw = table.raw
    start, end = element(table, segment, 1)
    into.places[m.ACCOUNT, row], into.places[m.ACCOUNT_END, row] = start, end
    start, end = stripped(raw, start, end)
    if start == end:
        return False
    it.put_code(into.texts[m.STATUS, row], table, segment, 2, 2)
    view = into.texts[m.STATUS, row]
    if view[0] == 0 or (view[0] == 2 and view[4] == _TWO and view[5] == _TWO):
        return False
    start, end = element(table, segment, 3)
    charge = it.money_or_zero(raw, start, end)
    start, end = element(table, segment, 4)
    paid = it.money_or_zero(raw, start, end)
    if NO_AMOUNT in (charge, paid):
        return False
    put_int(into, m.CHARGE, row, charge)
    put_int(into, m.PAID, row, paid)
    start, end = element(table, segment, 5)
    if start < end:
        responsibility = it.money(raw, start, end)
        if responsibility == NO_AMOUNT:
            return False
        put_int(into, m.RESPONSIBILITY, row, responsibility)
    it.put_code(into.texts[m.FILING, row], table, segment, 6, 2)
    _put_identifier(into.texts[m.CONTROL, row], table, segment, 7, LONGEST_CONTROL)
    it.put_code(into.texts[m.FACILITY, row], table, segment, 8, 2)
    it.put_code(into.texts[m.FREQUENCY, row], table, segment, 9, 1)
    it.put_code(into.texts[m.PATIENT_STATUS, row], table, segment, 10, 2)
    it.put_code(into.texts[m.DRG, row], table, segment, 11, 4)
    weighed = _put_quantity(into, m.WEIGHT, row, table, segment, 12)
    return weighed and _put_quantity(into, m.DISCHARGE, row, table, segment, 13)


@inner
def _put_person(into: Word, at: Word, table: Word, segment: Word, role: Word) -> Word:
    """Write a person or organisation as a member of what is sealed, a comma behind it."""
    json = into.json
    at = put_span(json, at, _TEXT, _BOUNDS[role], _BOUNDS[role + 1])
    begun = at
    for name in range(_NAME_COUNT):
        start, end = element(table, segment, _ELEMENTS[name])
        if start < end:
            at = put_span(json, at, _TEXT, _BOUNDS[_ROLE_COUNT + name], _BOUNDS[_ROLE_COUNT + name + 1])
            at = put_span(json, at, table.raw, start, end)
            json[at], json[at + 1] = _QUOTE, _COMMA
            at += 2
    at -= at > begun
    json[at], json[at + 1] = _BRACE, _COMMA
    return at + 2


@inner
def _role_of(raw: Word, start: Word, end: Word) -> Word:
    """Return the role that NM101 names, -1 where it is none of ours."""
    kind = pair_at(raw, start, end)
    role = -1
    for at in range(_ROLE_COUNT):
        if kind == _KINDS[at]:
            role = at
    return role


@inner
def _name(into: Word, row: Word, table: Word, segment: Word, role: Word) -> None:
    """Set what may be known in clear of who NM1 names."""
    if role == _RENDERING:
        start, end = element(table, segment, 8)
        if is_pair(table.raw, start, end, _X, _X):
            it.put_code(into.texts[m.RENDERING, row], table, segment, 9, 15)
    elif role == _PAYER:
        _put_identifier(into.texts[m.CORRECTED, row], table, segment, 9, _LONGEST_ID)
    elif role == _CROSSOVER:
        _put_identifier(into.texts[m.CROSSOVER, row], table, segment, 9, _LONGEST_ID)
    elif role == _CORRECTED:
        put_int(into, m.PERSON_CORRECTED, row, 1)


@inner
def _read_nm1(into: Word, row: Word, table: Word, segment: Word, own: Word) -> Word:
    """Read NM1; False when a role is named twice."""
    start, end = element(table, segment, 1)
    role = _role_of(table.raw, start, end)
    if role < 0:
        it.keep(into, table, segment, 0, own)
        return True
    if own[it.ROLES] >> role & 1:
        return False
    own[it.ROLES] |= 1 << role
    own[it.PEOPLE_END] = _put_person(into, own[it.PEOPLE_END], table, segment, role)
    _name(into, row, table, segment, role)
    return True


@inner
def read_day(table: Word, segment: Word) -> Word:
    """Return DTM02 as CCYYMMDD; 0 where it is no date."""
    start, end = element(table, segment, 2)
    start, end = stripped(table.raw, start, end)
    return day(table.raw, start, end)


@inner
def _read_dtm(into: Word, row: Word, table: Word, segment: Word, own: Word) -> Word:
    raw = table.raw
    start, end = element(table, segment, 1)
    field = -1
    if is_triple(raw, start, end, _FROM):
        field = m.SERVICE_FROM
    elif is_triple(raw, start, end, _TO):
        field = m.SERVICE_TO
    elif is_triple(raw, start, end, _RECEIVED):
        field = m.RECEIVED
    elif is_triple(raw, start, end, _ENDED):
        field = m.COVERAGE_ENDED
    if field < 0:
        it.keep(into, table, segment, 0, own)
        return True
    found = read_day(table, segment)
    put_int(into, field, row, found)
    return found > 0


@inner
def _read_amt(into: Word, row: Word, table: Word, segment: Word) -> Word:
    start, end = element(table, segment, 1)
    if not is_pair(table.raw, start, end, _A, _U):
        return it.read_value(into, table, segment, m.AMOUNTS, 3, 0)
    start, end = element(table, segment, 2)
    covered = it.money(table.raw, start, end)
    put_int(into, m.COVERED, row, covered)
    return covered != NO_AMOUNT


@inner
def _read_by_kind(into: Word, row: Word, table: Word, segment: Word, own: Word) -> Word:
    """Read a segment that stands in lines too; 1, 0 where it is not plain, -1 where it is to be kept."""
    letter = table.letters[segment]
    if letter == _CAS:
        return int(it.read_cas(into, table, segment, 0, own))
    if letter == _DTM:
        return int(_read_dtm(into, row, table, segment, own))
    if letter == _AMT:
        return int(_read_amt(into, row, table, segment))
    if letter == _QTY:
        return int(it.read_value(into, table, segment, m.QUANTITIES, 2, 1))
    return -1


@inner
def read_above(into: Word, row: Word, table: Word, segment: Word, own: Word) -> Word:
    """Read a segment between CLP and the first SVC."""
    letter = table.letters[segment]
    if letter in _NAMES:
        return _read_nm1(into, row, table, segment, own)
    if letter in (_MIA, _MOA):
        return it.read_adjudication(into, table, segment, letter == _MIA)
    read = _read_by_kind(into, row, table, segment, own)
    if read < 0:
        it.keep(into, table, segment, 0, own)
    return read != 0
