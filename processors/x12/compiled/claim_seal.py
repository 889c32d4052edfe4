"""JSON of what is sealed of a plain claim, written by compiled code: account, payer, lists, kept segments, people."""

from __future__ import annotations

import numpy as np

from processors.x12.compiled import levels as lv
from processors.x12.compiled import memory as m
from processors.x12.compiled.registers import (
    AUTHORIZATIONS,
    KEPT,
    LINE_AUTHORIZATIONS,
    LINE_DESCRIPTIONS,
    LINE_NOTES,
    LISTS,
    NOTES,
    REFERRALS,
    SEALED_LISTS,
)
from processors.x12.compiled.sealed import put_number, put_part, put_span
from processors.x12.compiled.segments import element, part
from processors.x12.compiled.text import pair_at, stripped, word
from schemas.compiled import Word, inner

_LX, _NTE, _REF, _SV1, _SV2, _NM1 = (ord(letter) for letter in "LtR12M")
_COMMA, _QUOTE, _OPEN, _CLOSE, _BRACE = (ord(one) for one in ',"[]}')


def _bytes(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


_ACCOUNT = _bytes('"account_number":"')
_SEGMENTS, _PATIENT, _SUBSCRIBER = _bytes('"segments":['), _bytes('"patient":{'), _bytes('"subscriber":{')
_LIST_MEMBERS = [f'"{name}":[' for name in LISTS]
_LISTS = _bytes("".join(_LIST_MEMBERS))
_LIST_BOUNDS = np.cumsum([0, *map(len, _LIST_MEMBERS)]).astype(np.int64)
_LIST_COUNT = len(LISTS)
_AUTHORIZATION, _REFERRAL = word("G1"), word("9F")
_ROOM = 512
"""Bytes that the names of the members take at most."""


@inner
def _put_text(into: Word, at: Word, raw: Word, start: Word, end: Word) -> Word:
    into[at] = _QUOTE
    at = put_span(into, at + 1, raw, start, end)
    into[at], into[at + 1] = _QUOTE, _COMMA
    return at + 2


@inner
def _put_list_item(into: Word, at: Word, table: Word, segment: Word, line: Word, which: Word) -> Word:  # noqa: C901 - one walk, compiled as one
    """Write one item of a sealed list if this segment is one; which is the number of the list."""
    raw, letter = table.raw, table.letters[segment]
    if which in (AUTHORIZATIONS, REFERRALS, LINE_AUTHORIZATIONS) and letter == _REF:
        start, end = element(table, segment, 1)
        wanted = _REFERRAL if which == REFERRALS else _AUTHORIZATION
        value, value_end = element(table, segment, 2)
        shown, shown_end = stripped(raw, value, value_end)
        if pair_at(raw, start, end) != wanted or shown == shown_end or (line > 0) != (which == LINE_AUTHORIZATIONS):
            return at
        if which != LINE_AUTHORIZATIONS:
            return _put_text(into, at, raw, value, value_end)
    elif which in (NOTES, LINE_NOTES) and letter == _NTE and (line > 0) == (which == LINE_NOTES):
        value, value_end = element(table, segment, 2)
    elif which == LINE_DESCRIPTIONS and letter in (_SV1, _SV2):
        value, value_end = element(table, segment, 1 if letter == _SV1 else 2)
        value, value_end = part(raw, value, value_end, table.component, 6)
        if value == value_end:
            return at
    else:
        return at
    into[at] = _OPEN
    at += 1
    if which >= LINE_AUTHORIZATIONS:
        at = put_number(into, at, line)
        into[at] = _COMMA
        at += 1
    if which in (NOTES, LINE_NOTES):
        start, end = element(table, segment, 1)
        at = _put_text(into, at, raw, start, end)
    at = _put_text(into, at, raw, value, value_end)
    into[at - 1], into[at] = _CLOSE, _COMMA
    return at + 1


@inner
def _put_lists(into: Word, at: Word, table: Word, bounds: Word, bits: Word, memory: Word, first_line: Word) -> Word:
    """Write the lists that are sealed of a claim: authorisations, referrals, notes and descriptions."""
    segment, lx, end = bounds
    for which in range(_LIST_COUNT):
        if not bits >> which & 1:
            continue
        at = put_span(into, at, _LISTS, _LIST_BOUNDS[which], _LIST_BOUNDS[which + 1])
        line, row, in_party = 0, first_line - 1, False
        for one in range(segment, end):
            letter = table.letters[one]
            if one >= lx and letter == _LX:
                row += 1
                line = memory.line_numbers[m.NUMBER, row]
            in_party = one < lx and (in_party or letter == _NM1)  # references there are kept
            if not in_party:
                at = _put_list_item(into, at, table, one, line, which)
        into[at - 1], into[at] = _CLOSE, _COMMA
        at += 1
    return at


@inner
def seal(into: Word, row: Word, table: Word, bounds: Word, own: Word, known: Word, first_line: Word) -> Word:
    """Write what is sealed of a claim, without its billing provider; False when there is no room."""
    json, at, raw = into.json, into.counts[m.JSON], table.raw
    kept, bits = own[KEPT], own[SEALED_LISTS]
    lengths = 0
    for one in range(1, m.PATIENT_JSON + 1):
        lengths += known[lv.LENGTHS + one]
    if at + kept + lengths + m.JSON_GROWTH * (table.ends[bounds[2] - 1] - table.starts[bounds[0]]) + _ROOM > len(json):
        return False
    at = put_span(json, at, _ACCOUNT, 0, len(_ACCOUNT))
    at = put_span(json, at, raw, into.places[m.ACCOUNT, row], into.places[m.ACCOUNT_END, row])
    json[at], json[at + 1] = _QUOTE, _COMMA
    at = put_part(json, at + 2, into.scratch[m.PAYER_JSON], known[lv.LENGTHS + m.PAYER_JSON])
    if bits:
        at = _put_lists(json, at, table, bounds, bits, into, first_line)
    if kept:
        at = put_span(json, at, _SEGMENTS, 0, len(_SEGMENTS))
        at = put_part(json, at, into.scratch[m.SEGMENTS_JSON], kept)
        json[at - 1], json[at] = _CLOSE, _COMMA
        at += 1
    if known[lv.HAS_PATIENT]:
        at = put_span(json, at, _PATIENT, 0, len(_PATIENT))
        length = known[lv.LENGTHS + m.PATIENT_JSON]
        at = put_part(json, at, into.scratch[m.PATIENT_JSON], length) - (length > 0)
        json[at], json[at + 1] = _BRACE, _COMMA
        at += 2
    at = put_span(json, at, _SUBSCRIBER, 0, len(_SUBSCRIBER))
    length = known[lv.LENGTHS + m.SUBSCRIBER_JSON]
    at = put_part(json, at, into.scratch[m.SUBSCRIBER_JSON], length) - (length > 0)
    json[at], json[at + 1] = _BRACE, _BRACE
    into.counts[m.JSON] = into.places[m.JSON_END, row] = at + 2
    return True
