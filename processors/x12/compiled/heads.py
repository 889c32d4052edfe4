"""What stands before the lines of a plain claim (loops 2300 and 2310), read by compiled code.

Each function gives False, or a negative number, where the other reader would warn, reject or do what has no place here.
"""

from __future__ import annotations

import numpy as np

from processors.x12.compiled import memory as m
from processors.x12.compiled.diagnoses import read_hi
from processors.x12.compiled.registers import (
    AUTHORIZATIONS,
    KEEP,
    KEPT,
    LISTED,
    NOTES,
    ODD,
    OWN_FROM,
    OWN_TO,
    READ,
    READ_AND_KEEP,
    REFERRALS,
    SEALED_LISTS,
)
from processors.x12.compiled.sealed import put_kept
from processors.x12.compiled.segments import element, is_empty, part, parts
from processors.x12.compiled.text import (
    NO_AMOUNT,
    cents,
    code,
    day,
    identifier,
    is_pair,
    is_triple,
    pair_at,
    period,
    put_view,
    stripped,
    word,
)
from schemas.compiled import Word, inner

_HI, _DTP, _REF, _AMT, _CL1, _PWK, _NTE, _KEPT, _NM1, _N3, _N4, _PRV, _PER = (ord(one) for one in "hdRacwtkMNPVE")
_YES, _NO, _ZERO, _ONE, _P, _B, _A, _X = (ord(one) for one in "YN01PBAX")
_CLAIM, _PROVIDER = 2300 * 10_000, 2310 * 10_000
_HELD = sum(1 << number for number in (1, 2, 5, 6, 7, 8, 9, 20))
"""Bits of the elements of CLM that fields hold; _CAUSE is that of CLM11, where they hold all of it."""
_CAUSE = 1 << 11
_STATEMENT, _ADMITTED, _DISCHARGED, _ONSET, _ACCIDENT, _SERVICE = map(word, ("434", "435", "096", "431", "439", "472"))
_ORIGINAL, _CLIA, _AUTHORIZATION, _REFERRAL, _PAID, _PERFORMING = map(word, ("F8", "X4", "G1", "9F", "F5", "PE"))
_DATE_LENGTH = 8
_PROVIDERS = (("82", m.RENDERING), ("DN", m.REFERRING), ("P3", m.REFERRING), ("DQ", m.SUPERVISING),
    ("71", m.ATTENDING), ("72", m.OPERATING), ("77", m.FACILITY))  # fmt: skip
_ENTITIES = np.array([word(name) for name, _ in _PROVIDERS], dtype=np.int64)
_FIELDS = np.array([field for _, field in _PROVIDERS], dtype=np.int64)


@inner
def put_text(into: Word, field: Word, row: Word, raw: Word, start: Word, end: Word) -> None:
    """Set a text field of a claim that was not set."""
    put_view(into.texts[field, row], raw, start, end)


@inner
def put_code(into: Word, field: Word, row: Word, table: Word, segment: Word, number: Word, longest: Word) -> None:
    """Set a text field from an element that should be a code."""
    start, end = element(table, segment, number)
    start, end = code(table.raw, start, end, longest)
    into.texts[field, row] = 0
    put_view(into.texts[field, row], table.raw, start, end)


@inner
def put_int(into: Word, field: Word, row: Word, value: Word) -> None:
    """Set a number of a claim."""
    into.numbers[field, row] = value
    into.given[field, row] = 1


@inner
def keep(into: Word, row: Word, segment: Word) -> None:
    """Count a segment the contract has no field for."""
    at = into.counts[m.UNMAPPED]
    into.unmapped[at] = segment
    into.counts[m.UNMAPPED] = at + 1


@inner
def open_claim(into: Word, row: Word, table: Word, segment: Word, is_institutional: Word) -> Word:
    """Read CLM; return the length of what is kept of it, or ODD."""
    raw, component = table.raw, table.component
    start, end = element(table, segment, 1)
    into.places[m.ACCOUNT, row], into.places[m.ACCOUNT_END, row] = start, end
    start, end = stripped(raw, start, end)
    if start == end:
        return ODD
    start, end = element(table, segment, 2)
    total = cents(raw, start, end)
    start, end = element(table, segment, 5)
    if total == NO_AMOUNT or parts(raw, start, end, component) != 3:
        return ODD
    put_int(into, m.TOTAL, row, total)
    place, place_end = part(raw, start, end, component, 0)
    place, place_end = code(raw, place, place_end, 2)
    again, again_end = part(raw, start, end, component, 2)
    again, again_end = code(raw, again, again_end, 1)
    if place == place_end:
        return ODD
    frequency = raw[again] if again < again_end else _ONE
    view = into.texts[m.FREQUENCY, row]
    view[0], view[4] = 1, frequency
    if is_institutional:
        view = into.texts[m.BILL, row]
        view[0], view[4] = place_end - place + 2, _ZERO
        for at in range(place, place_end):
            view[5 + at - place] = raw[at]
        view[5 + place_end - place] = frequency
    else:
        put_text(into, m.PLACE, row, raw, place, place_end)
    return _consents(into, row, table, segment)


@inner
def put_yes_no(into: Word, field: Word, row: Word, raw: Word, start: Word, end: Word) -> None:
    """Set a field to yes or no where an element says so."""
    if end - start == 1 and raw[start] in (_YES, _NO):
        put_int(into, field, row, int(raw[start] == _YES))


@inner
def _consents(into: Word, row: Word, table: Word, segment: Word) -> Word:
    """Read CLM06 to CLM20; return the length of what is kept of CLM, or ODD."""
    raw, component = table.raw, table.component
    start, end = element(table, segment, 19)
    if is_pair(raw, start, end, _P, _B):
        return ODD
    start, end = element(table, segment, 6)
    put_yes_no(into, m.SIGNATURE, row, raw, start, end)
    for number, field, longest in ((7, m.ASSIGNMENT, 1), (8, m.BENEFITS, 1), (9, m.RELEASE, 1), (20, m.DELAY, 2)):
        put_code(into, field, row, table, segment, number, longest)
    held = _HELD
    start, end = element(table, segment, 11)
    if start < end:
        plain = True
        for number in range(parts(raw, start, end, component)):
            one, one_end = part(raw, start, end, component, number)
            if number == 0:
                one, one_end = code(raw, one, one_end, 3)
                put_text(into, m.CAUSE, row, raw, one, one_end)
            elif number == 3:
                one, one_end = code(raw, one, one_end, 2)
                put_text(into, m.CAUSE_STATE, row, raw, one, one_end)
            else:
                plain = plain and one == one_end
        held |= _CAUSE if plain else 0
    if is_empty(table, segment, 3, 4) and is_empty(table, segment, 10, 19):
        return 0
    return put_kept(into.scratch[m.SEGMENTS_JSON], 0, table, segment, _CLAIM, held)


@inner
def _read_date(into: Word, row: Word, table: Word, segment: Word, own: Word) -> Word:  # noqa: C901 - one walk, compiled as one
    """Read DTP; KEEP, READ, READ_AND_KEEP or ODD."""
    raw = table.raw
    start, end = element(table, segment, 1)
    text, text_end = element(table, segment, 3)
    text, text_end = stripped(raw, text, text_end)
    if is_triple(raw, start, end, _STATEMENT) or is_triple(raw, start, end, _SERVICE):
        first, last = period(raw, text, text_end)
        if first == 0:
            return ODD
        if is_triple(raw, start, end, _SERVICE):
            own[OWN_FROM], own[OWN_TO] = first, last
        else:
            put_int(into, m.STATEMENT_FROM, row, first)
            put_int(into, m.STATEMENT_TO, row, last)
        return READ
    if is_triple(raw, start, end, _DISCHARGED):
        put_code(into, m.DISCHARGE, row, table, segment, 3, 4)
        return READ
    field = -1
    if is_triple(raw, start, end, _ADMITTED):
        field = m.ADMITTED
    elif is_triple(raw, start, end, _ONSET):
        field = m.ONSET
    elif is_triple(raw, start, end, _ACCIDENT):
        field = m.ACCIDENT
    if field < 0:
        return KEEP
    found = day(raw, text, min(text_end, text + _DATE_LENGTH))
    if found == 0:
        return ODD
    put_int(into, field, row, found)
    return READ_AND_KEEP if field == m.ADMITTED and text_end - text > _DATE_LENGTH else READ


@inner
def _read_reference(into: Word, row: Word, table: Word, segment: Word) -> Word:
    """Read REF; the same answers as _read_date, or a bit of a sealed list."""
    raw = table.raw
    start, end = element(table, segment, 1)
    kind = pair_at(raw, start, end)
    value, value_end = element(table, segment, 2)
    shown, shown_end = stripped(raw, value, value_end)
    if kind == _ORIGINAL:
        value, value_end = identifier(raw, value, value_end, 50)
        into.texts[m.ORIGINAL, row] = 0
        put_text(into, m.ORIGINAL, row, raw, value, value_end)
        return READ if value < value_end else READ_AND_KEEP
    if kind == _CLIA and into.texts[m.CLIA, row, 0] == 0:
        value, value_end = code(raw, value, value_end, 15)
        put_text(into, m.CLIA, row, raw, value, value_end)
        return READ if value < value_end else READ_AND_KEEP
    if shown < shown_end and kind == _AUTHORIZATION:
        put_int(into, m.AUTHORIZED, row, 1)
        return 1 << AUTHORIZATIONS + LISTED
    if shown < shown_end and kind == _REFERRAL:
        put_int(into, m.REFERRED, row, 1)
        return 1 << REFERRALS + LISTED
    return KEEP


@inner
def _read_provider(into: Word, row: Word, table: Word, segment: Word) -> Word:
    """Read NM1 of a provider; return its entity as a number."""
    raw = table.raw
    start, end = element(table, segment, 1)
    entity = pair_at(raw, start, end)
    for at in range(len(_ENTITIES)):
        if entity == _ENTITIES[at] and into.texts[_FIELDS[at], row, 0] == 0:
            start, end = element(table, segment, 8)
            if is_pair(raw, start, end, _X, _X):
                put_code(into, _FIELDS[at], row, table, segment, 9, 15)
    return entity


@inner
def _read_specialty(into: Word, row: Word, table: Word, segment: Word, entity: Word) -> Word:
    start, end = element(table, segment, 1)
    if entity != _ENTITIES[0] or pair_at(table.raw, start, end) != _PERFORMING:
        return KEEP
    put_code(into, m.TAXONOMY, row, table, segment, 3, 10)
    return READ


@inner
def _read_small(into: Word, row: Word, table: Word, segment: Word, letter: Word) -> Word:
    """Read AMT, CL1, PWK and NTE; the same answers as _read_reference."""
    raw = table.raw
    if letter == _AMT:
        start, end = element(table, segment, 1)
        if pair_at(raw, start, end) != _PAID:
            return KEEP
        start, end = element(table, segment, 2)
        paid = cents(raw, start, end)
        if paid == NO_AMOUNT:
            return ODD
        put_int(into, m.PAID, row, paid)
        return READ
    if letter == _CL1:
        put_code(into, m.ADMISSION_TYPE, row, table, segment, 1, 1)
        put_code(into, m.ADMISSION_SOURCE, row, table, segment, 2, 1)
        put_code(into, m.PATIENT_STATUS, row, table, segment, 3, 2)
        return READ
    if letter == _PWK:
        put_int(into, m.ATTACHMENTS, row, into.numbers[m.ATTACHMENTS, row] + 1)
        return READ_AND_KEEP
    put_int(into, m.NOTED, row, 1)
    return 1 << NOTES + LISTED


@inner
def read_head(into: Word, row: Word, table: Word, segment: Word, end: Word, own: Word) -> Word:  # noqa: C901, PLR0912 - one walk, compiled as one
    """Read the segments between CLM and the first LX.

    Args:
        into: Memory.
        row: Row of the claim.
        table: The segments.
        segment: The segment behind CLM.
        end: The first LX.
        own: Registers of the claim; KEPT is what open_claim has returned.

    Returns:
        Whether the claim is plain so far.
    """
    place, entity = _CLAIM, 0
    scratch = into.scratch[m.SEGMENTS_JSON]
    for one in range(segment, end):
        letter = table.letters[one]
        read = KEEP
        if letter == _NM1:
            place, entity = _PROVIDER, _read_provider(into, row, table, one)
            read = READ_AND_KEEP
        elif place == _PROVIDER:
            if letter == _PRV:
                read = _read_specialty(into, row, table, one, entity)
            elif letter not in (_N3, _N4, _REF, _PER):
                return False
        elif letter == _HI:
            at = read_hi(into, row, table, one, own[KEPT])
            if at < 0:
                return False
            own[KEPT], read = at, READ
        elif letter == _DTP:
            read = _read_date(into, row, table, one, own)
        elif letter == _REF:
            read = _read_reference(into, row, table, one)
        elif letter in (_AMT, _CL1, _PWK, _NTE):
            read = _read_small(into, row, table, one, letter)
        elif letter != _KEPT:
            return False
        if read == ODD:
            return False
        own[SEALED_LISTS] |= read >> LISTED
        if read in (KEEP, READ_AND_KEEP):
            own[KEPT] = put_kept(scratch, own[KEPT], table, one, place, 0)
        if read == KEEP:
            keep(into, row, one)
    return True
