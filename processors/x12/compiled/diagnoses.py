"""HI of plain claims, read by compiled code as health_information.py reads it."""

from __future__ import annotations

import numpy as np

from processors.x12.compiled import memory as m
from processors.x12.compiled.registers import KEEP, ODD, READ
from processors.x12.compiled.sealed import put_span, put_value
from processors.x12.compiled.segments import element, part
from processors.x12.compiled.text import (
    NO_AMOUNT,
    cents,
    code,
    day,
    is_alphanumeric,
    period,
    put_view,
    stripped,
    upper,
    word,
)
from processors.x12.health_information import DIAGNOSES
from schemas.compiled import Word, inner

_KEPT = np.frombuffer(b'["2300",0,["HI",', dtype=np.uint8)
_KEPT_END = np.frombuffer(b"]],", dtype=np.uint8)
_LONGEST_DIAGNOSIS, _LONGEST_PROCEDURE, _LONGEST_CODE = 8, 10, 5
_DOT = 46


_DIAGNOSES = np.array(sorted(map(word, DIAGNOSES)), dtype=np.int64)
_PROCEDURES = np.array(sorted(map(word, ("BBR", "BBQ", "BR", "BQ"))), dtype=np.int64)
_BE, _BG, _BH, _BI, _DR = map(word, ("BE", "BG", "BH", "BI", "DR"))


@inner
def _kind_of(raw: Word, start: Word, end: Word) -> Word:
    """Return a qualifier as a number; 0 where it is none of two or three bytes."""
    if not 2 <= end - start <= 3:
        return 0
    number = 0
    for at in range(start, end):
        number = number * 256 + int(raw[at])
    return number


@inner
def _is_one_of(kind: Word, kinds: Word) -> Word:
    found = False
    for one in kinds:
        found = found or one == kind
    return found


@inner
def _put_diagnosis(view: Word, raw: Word, start: Word, end: Word) -> Word:
    """Write a diagnosis code in upper case and without dots; False when it is none."""
    start, end = stripped(raw, start, end)
    size = 0
    for at in range(start, end):
        byte = raw[at]
        if byte == _DOT:
            continue
        if size == _LONGEST_DIAGNOSIS or not is_alphanumeric(byte):
            return False
        view[4 + size] = upper(byte)
        size += 1
    view[0] = size
    return size > 0


@inner
def _take(into: Word, kind: Word) -> Word:
    """Return the next item of a list."""
    at = into.counts[kind]
    into.counts[kind] = at + 1
    return at


@inner
def _read_other(into: Word, table: Word, kind: Word, start: Word, end: Word, row: Word) -> Word:
    """Read a condition, occurrence, value or DRG; False when it is to be kept."""
    raw, component = table.raw, table.component
    given, given_end = part(raw, start, end, component, 1)
    given, given_end = code(raw, given, given_end, _LONGEST_CODE)
    if given == given_end:
        return False
    which, first, second = -1, 0, 0
    if kind == _BG:
        which = m.CONDITIONS
    elif kind in (_BH, _BI):
        which = m.OCCURRENCES
        one, one_end = part(raw, start, end, component, 3)
        first, second = period(raw, one, one_end)
        second = second if kind == _BI else 0
    elif kind == _BE:
        one, one_end = part(raw, start, end, component, 4)
        first = cents(raw, one, one_end)
        which = m.VALUES if first != NO_AMOUNT else -1
    elif kind == _DR:
        into.texts[m.DRG, row] = 0
        put_view(into.texts[m.DRG, row], raw, given, given_end)
        return True
    if which < 0:
        return False
    at = _take(into, which)
    put_view(into.item_texts[which, at], raw, given, given_end)
    into.item_days[2 * which, at], into.item_days[2 * which + 1, at] = first, second
    return True


@inner
def _read_composite(into: Word, table: Word, start: Word, end: Word, row: Word) -> Word:
    """Read a composite of HI: READ, KEEP or ODD."""
    raw, component = table.raw, table.component
    first, first_end = part(raw, start, end, component, 0)
    given, given_end = part(raw, start, end, component, 1)
    if given == given_end:
        return ODD
    kind = _kind_of(raw, first, first_end)
    if _is_one_of(kind, _DIAGNOSES):
        at = _take(into, m.DIAGNOSIS)
        if not _put_diagnosis(into.item_texts[m.DIAGNOSIS, at], raw, given, given_end):
            return ODD
        put_view(into.item_texts[m.DIAGNOSIS_KIND, at], raw, first, first_end)
        one, one_end = part(raw, start, end, component, 8)
        one, one_end = code(raw, one, one_end, 1)
        put_view(into.item_texts[m.PRESENT, at], raw, one, one_end)
        return READ
    if _is_one_of(kind, _PROCEDURES):
        given, given_end = code(raw, given, given_end, _LONGEST_PROCEDURE)
        if given < given_end:
            at = _take(into, m.PROCEDURES)
            put_view(into.item_texts[m.PROCEDURES, at], raw, given, given_end)
            one, one_end = part(raw, start, end, component, 3)
            into.item_days[2 * m.PROCEDURES, at] = day(raw, one, one_end)
        return READ
    return READ if _read_other(into, table, kind, start, end, row) else KEEP


@inner
def read_hi(into: Word, row: Word, table: Word, segment: Word, length: Word) -> Word:
    """Read the composites of one HI segment.

    Args:
        into: Memory.
        row: Row of the claim.
        table: The segments.
        segment: HI.
        length: Length of what is kept of the claim so far.

    Returns:
        That length with what is kept of this one, or ODD.
    """
    scratch = into.scratch[m.SEGMENTS_JSON]
    for number in range(1, table.counts[segment] + 1):
        start, end = element(table, segment, number)
        if start == end:
            continue
        read = _read_composite(into, table, start, end, row)
        if read == ODD:
            return ODD
        if read == KEEP:
            put_span(scratch, length, _KEPT, 0, len(_KEPT))
            length = put_value(scratch, length + len(_KEPT), table, start, end)
            length = put_span(scratch, length, _KEPT_END, 0, len(_KEPT_END))
            at = _take(into, m.UNMAPPED)
            into.unmapped[at] = segment
    return length
