"""Who and what a plain claim is: payer, patient, dates and what the patient's token is made of (identity.py)."""

from __future__ import annotations

import numpy as np

from processors.x12.compiled import levels as lv
from processors.x12.compiled import memory as m
from processors.x12.compiled.heads import put_int, put_text
from processors.x12.compiled.registers import BORN_ON, OWN_FROM, OWN_TO
from processors.x12.compiled.sealed import put_number, put_span
from processors.x12.compiled.text import is_alphanumeric, stripped, upper, word
from processors.x12.identity import PAYER_TYPES
from processors.x12.parties import SMALL_ZIP3
from schemas.compiled import Word, inner

_ZERO, _COMMA, _COLON, _P = (ord(one) for one in "0,:P")
PAYER_KINDS = ("other", *sorted(set(PAYER_TYPES.values()) - {"other"}))
"""Payer types by number."""
_FILINGS = np.array(
    sorted(word(one) * 16 + PAYER_KINDS.index(kind) for one, kind in PAYER_TYPES.items()),
    dtype=np.int64,
)
_SMALL_ZIP3 = np.array(sorted(map(int, SMALL_ZIP3)), dtype=np.int64)
_WHO = np.frombuffer(b"7:patient,", dtype=np.uint8)
_OLDEST = 90


@inner
def _payer_type(raw: Word, start: Word, end: Word) -> Word:
    """Return the number of a payer's type by its filing indicator."""
    number = 0
    for at in range(start, end):
        number = number * 256 + int(raw[at])
    for one in _FILINGS:
        if one >> 4 == number:
            return one & 15
    return 0


@inner
def describe(into: Word, row: Word, table: Word, known: Word) -> None:
    """Set payer and patient of a claim, as identity.py does."""
    raw = table.raw
    put_text(into, m.PAYER, row, raw, known[lv.PAID_BY], known[lv.PAID_BY_END])
    put_text(into, m.FILING, row, raw, known[lv.FILED], known[lv.FILED_END])
    put_text(into, m.SEQUENCE, row, raw, known[lv.ORDER], known[lv.ORDER_END])
    view = into.texts[m.SEQUENCE, row]
    if view[0] == 0:
        view[0], view[4] = 1, _P
    if known[lv.FILED] < known[lv.FILED_END]:
        put_int(into, m.PAYER_TYPE, row, _payer_type(raw, known[lv.FILED], known[lv.FILED_END]))
    start, end = stripped(raw, known[lv.MEMBER], known[lv.MEMBER_END])
    put_int(into, m.MEMBER, row, int(start < end))
    who = lv.PERSON * known[lv.HAS_PATIENT]
    put_text(into, m.RELATIONSHIP, row, raw, known[who + lv.RELATED], known[who + lv.RELATED_END])
    put_text(into, m.STATE, row, raw, known[who + lv.HOME], known[who + lv.HOME_END])
    view = into.texts[m.STATE, row]
    view[4], view[5] = upper(view[4]), upper(view[5])
    if known[who + lv.GENDER]:
        view = into.texts[m.SEX, row]
        view[0], view[4] = 1, known[who + lv.GENDER]
    if known[who + lv.ZIP] < known[who + lv.ZIP_END]:
        put_text(into, m.ZIP3, row, raw, known[who + lv.ZIP], known[who + lv.ZIP_END])
        view = into.texts[m.ZIP3, row]
        area = (view[4] - _ZERO) * 100 + (view[5] - _ZERO) * 10 + (view[6] - _ZERO)
        for small in _SMALL_ZIP3:
            if small == area:
                view[4], view[5], view[6] = _ZERO, _ZERO, _ZERO


@inner
def date_claim(into: Word, row: Word, first_line: Word, end_line: Word, known: Word, own: Word) -> None:
    """Set service dates from the lines (identity.complete_dates) and the patient's age at the first of them."""
    first, last = 0, 0
    for line in range(first_line, end_line):
        start = into.line_numbers[m.LINE_FROM, line]
        if start == 0:
            into.line_given[m.LINE_FROM, line] = into.line_given[m.LINE_TO, line] = 0
            continue
        first = start if first == 0 else min(first, start)
        last = max(last, into.line_numbers[m.LINE_TO, line])
    if first == 0:
        first = own[OWN_FROM] if own[OWN_FROM] else into.numbers[m.STATEMENT_FROM, row]
    if last == 0:
        last = own[OWN_TO] if own[OWN_TO] else into.numbers[m.STATEMENT_TO, row]
    if first:
        put_int(into, m.SERVICE_FROM, row, first)
    if last:
        put_int(into, m.SERVICE_TO, row, last)
    on = first if first else into.numbers[m.ADMITTED, row]
    born = own[BORN_ON]
    if born and on and born <= on:
        put_int(into, m.AGE, row, min((on - born) // 10_000, _OLDEST))


@inner
def _put_normal(into: Word, at: Word, raw: Word, start: Word, end: Word) -> Word:
    """Write letters and digits in upper case, framed by their number (phi.framing, phi.tokenizer)."""
    size = 0
    for one in range(start, end):
        size += is_alphanumeric(raw[one])
    at = put_number(into, at, size)
    into[at] = _COLON
    at += 1
    for one in range(start, end):
        if is_alphanumeric(raw[one]):
            into[at] = upper(raw[one])
            at += 1
    into[at] = _COMMA
    return at + 1


@inner
def name_patient(into: Word, row: Word, table: Word, known: Word) -> None:
    """Write what the patient's token is made of (identity.name_claim)."""
    raw = table.raw
    who = lv.PERSON * known[lv.HAS_PATIENT]
    start, end = stripped(raw, known[lv.MEMBER], known[lv.MEMBER_END])
    last, last_end = stripped(raw, known[who + lv.LAST], known[who + lv.LAST_END])
    named = last < last_end and known[who + lv.BORN] < known[who + lv.BORN_END]
    into.places[m.KNOWN, row] = int(start < end or named)
    at = put_span(into.who, into.counts[m.WHO], _WHO, 0, len(_WHO))
    at = _put_normal(into.who, at, raw, known[lv.MEMBER], known[lv.MEMBER_END])
    for first in (lv.BORN, lv.LAST, lv.GIVEN):
        at = _put_normal(into.who, at, raw, known[who + first], known[who + first + 1])
    into.counts[m.WHO] = at
    into.places[m.WHO_END, row] = at
