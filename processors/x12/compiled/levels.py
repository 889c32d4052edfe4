"""HL levels of plain stretches: subscriber with payer, and patient, read by compiled code."""

from __future__ import annotations

import numpy as np

from processors.x12.compiled import memory as m
from processors.x12.compiled.sealed import put_entity, put_span
from processors.x12.compiled.segments import element, is_empty
from processors.x12.compiled.text import code, identifier, is_digit, is_pair, stripped, upper
from schemas.compiled import Word, inner

(
    MEMBER, MEMBER_END, BORN, BORN_END, LAST, LAST_END, GIVEN, GIVEN_END, HOME, HOME_END, ZIP, ZIP_END, GENDER,
    RELATED, RELATED_END,
) = range(15)  # fmt: skip
"""What is known of a person: spans of the block, and the sex as a letter or 0."""
PERSON = 15
PAID_BY, PAID_BY_END, FILED, FILED_END, ORDER, ORDER_END = range(2 * PERSON, 2 * PERSON + 6)
"""What is known of a subscriber's payer, behind subscriber and patient."""
LENGTHS = 2 * PERSON + 6
"""Lengths of the JSON in the rows of scratch."""
HAS_SUBSCRIBER, HAS_PATIENT, NUMBER, NUMBER_END = range(LENGTHS + 4, LENGTHS + 8)
"""Whether a subscriber and a patient are open, and where HL01 of the subscriber lies."""
REGISTERS = LENGTHS + 8

_SBR, _INSURED, _PAYER, _PAT, _PATIENT, _N3, _N4, _DMG, _REF = (ord(letter) for letter in "SIYAQNPDR")
_COMMA, _TWO, _THREE, _QUOTE, _BRACE = 44, 50, 51, 34, 125
_PAYER_NAME = np.frombuffer(b'"payer":{', dtype=np.uint8)
_GROUP_NUMBER = np.frombuffer(b'"group_number":"', dtype=np.uint8)
_GROUP_NAME = np.frombuffer(b'"group_name":"', dtype=np.uint8)
_LONGEST_PAYER = 30


@inner
def _after(letters: Word, segment: Word, end: Word, letter: Word) -> Word:
    """Return the segment behind at most one with this letter."""
    return segment + 1 if segment < end and letters[segment] == letter else segment


@inner
def _after_person(letters: Word, segment: Word, end: Word) -> Word:
    """Return the segment behind those that describe a person."""
    for letter in (_N3, _N4, _DMG):
        segment = _after(letters, segment, end, letter)
    while segment < end and letters[segment] == _REF:
        segment += 1
    return segment


@inner
def _read_person(table: Word, segment: Word, end: Word, known: Word, first: Word) -> None:
    """Read NM1 and what describes the person (parties._person)."""
    raw = table.raw
    for at in range(first, first + PERSON):
        known[at] = 0
    known[first + MEMBER], known[first + MEMBER_END] = element(table, segment, 9)
    known[first + LAST], known[first + LAST_END] = element(table, segment, 3)
    known[first + GIVEN], known[first + GIVEN_END] = element(table, segment, 4)
    for one in range(segment + 1, end):
        if table.letters[one] == _N4:
            start, stop = element(table, one, 2)
            known[first + HOME], known[first + HOME_END] = code(raw, start, stop, 2)
            start, stop = element(table, one, 3)
            start, stop = stripped(raw, start, stop)
            if stop - start >= 3 and is_digit(raw[start]) and is_digit(raw[start + 1]) and is_digit(raw[start + 2]):
                known[first + ZIP], known[first + ZIP_END] = start, start + 3
        elif table.letters[one] == _DMG:
            start, stop = element(table, one, 2)
            known[first + BORN], known[first + BORN_END] = stripped(raw, start, stop)
            start, stop = element(table, one, 3)
            start, stop = stripped(raw, start, stop)
            if stop - start == 1 and upper(raw[start]) in (70, 77, 85):  # F, M, U
                known[first + GENDER] = upper(raw[start])


@inner
def _put_group(into: Word, at: Word, table: Word, segment: Word) -> Word:
    for number, name in ((3, _GROUP_NUMBER), (4, _GROUP_NAME)):
        start, end = element(table, segment, number)
        if start < end:
            at = put_span(into, at, name, 0, len(name))
            at = put_span(into, at, table.raw, start, end)
            into[at], into[at + 1] = _QUOTE, _COMMA
            at += 2
    return at


@inner
def _read_subscriber(table: Word, first: Word, end: Word, known: Word, scratch: Word) -> Word:
    """Read HL, SBR, NM1 IL, NM1 PR and what describes them; False when one of them is not plain."""
    letters, raw = table.letters, table.raw
    sbr, insured = first + 1, first + 2
    if insured >= end or letters[sbr] != _SBR or letters[insured] != _INSURED or not is_empty(table, sbr, 5, 8):
        return False
    payer = _after_person(letters, insured + 1, end)
    if payer >= end or letters[payer] != _PAYER:
        return False
    after = _after(letters, _after(letters, payer + 1, end, _N3), end, _N4)
    while after < end and letters[after] == _REF:
        after += 1
    if after != end:
        return False
    _read_person(table, insured, payer, known, 0)
    start, stop = element(table, sbr, 2)
    known[RELATED], known[RELATED_END] = code(raw, start, stop, 2)
    start, stop = element(table, sbr, 9)
    known[FILED], known[FILED_END] = code(raw, start, stop, 2)
    start, stop = element(table, sbr, 1)
    known[ORDER], known[ORDER_END] = code(raw, start, stop, 1)
    start, stop = element(table, payer, 9)
    known[PAID_BY], known[PAID_BY_END] = identifier(raw, start, stop, _LONGEST_PAYER)
    known[LENGTHS + m.SUBSCRIBER_JSON] = put_entity(scratch[m.SUBSCRIBER_JSON], 0, table, insured, payer)
    into = scratch[m.PAYER_JSON]
    begun = put_span(into, 0, _PAYER_NAME, 0, len(_PAYER_NAME))
    at = put_entity(into, begun, table, payer, end)
    if at > begun:
        into[at - 1], into[at] = _BRACE, _COMMA  # in place of the last comma
        at += 1
    else:
        at = 0
    known[LENGTHS + m.PAYER_JSON] = _put_group(into, at, table, sbr)
    return True


@inner
def _read_patient(table: Word, first: Word, end: Word, known: Word, scratch: Word) -> Word:
    """Read HL, PAT, NM1 QC and what describes the patient; False when one of them is not plain."""
    letters, raw = table.letters, table.raw
    pat, named = first + 1, first + 2
    if named >= end or letters[pat] != _PAT or letters[named] != _PATIENT:
        return False
    if _after_person(letters, named + 1, end) != end or not is_empty(table, pat, 2, 9):
        return False
    _read_person(table, named, end, known, PERSON)
    start, stop = element(table, pat, 1)
    known[PERSON + RELATED], known[PERSON + RELATED_END] = code(raw, start, stop, 2)
    known[LENGTHS + m.PATIENT_JSON] = put_entity(scratch[m.PATIENT_JSON], 0, table, named, end)
    return True


@inner
def read_level(table: Word, first: Word, end: Word, known: Word, scratch: Word) -> Word:
    """Read an HL level up to its first claim; False when it is not plain.

    Args:
        table: The segments.
        first: HL.
        end: Segment after the last of the level.
        known: Registers: who is subscriber and patient of the claims that follow.
        scratch: JSON of these.
    """
    raw = table.raw
    if table.counts[first] < 3:
        known[HAS_SUBSCRIBER] = 0
        return False
    start, stop = element(table, first, 3)
    if is_pair(raw, start, stop, _TWO, _TWO):
        known[HAS_PATIENT] = 0
        known[HAS_SUBSCRIBER] = _read_subscriber(table, first, end, known, scratch)
        known[NUMBER], known[NUMBER_END] = element(table, first, 1)
        return known[HAS_SUBSCRIBER] == 1
    above, above_end = element(table, first, 2)
    size = known[NUMBER_END] - known[NUMBER]
    under = known[HAS_SUBSCRIBER] == 1 and above_end - above == size
    for at in range(size if under else 0):
        under = under and raw[above + at] == raw[known[NUMBER] + at]
    if under and is_pair(raw, start, stop, _TWO, _THREE):
        known[HAS_PATIENT] = _read_patient(table, first, end, known, scratch)
        if known[HAS_PATIENT] == 1:
            return True
    known[HAS_SUBSCRIBER] = 0
    return False
