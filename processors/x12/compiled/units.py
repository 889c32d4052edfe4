"""The walk over the HL levels of a block: each that is plain becomes rows of columns, each that is not leaves none."""

from __future__ import annotations

import numpy as np

from processors.x12.compiled import levels as lv
from processors.x12.compiled import memory as m
from processors.x12.compiled.heads import (
    ODD,
    open_claim,
    put_int,
    put_text,
    read_head,
)
from processors.x12.compiled.lines import read_lines
from processors.x12.compiled.sealed import put_number, put_part, put_span
from processors.x12.compiled.segments import Segments, element, part
from processors.x12.compiled.text import day, epoch_days, is_alphanumeric, stripped, upper
from processors.x12.identity import PAYER_TYPES
from processors.x12.parties import SMALL_ZIP3
from schemas.compiled import Word, inner, uncounted

_HL, _SE, _CLM, _LX, _NTE, _REF, _SV1, _SV2 = (ord(letter) for letter in "H$CLtR12")
_ZERO, _COMMA, _QUOTE, _OPEN, _CLOSE, _BRACE, _COLON, _P = (ord(one) for one in '0,"[]}:P')


def _bytes(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


PAYER_KINDS = ("other", *sorted(set(PAYER_TYPES.values()) - {"other"}))
"""Payer types by number."""
_FILINGS = np.array(
    sorted(int.from_bytes(one.encode(), "big") * 16 + PAYER_KINDS.index(kind) for one, kind in PAYER_TYPES.items()),
    dtype=np.int64,
)
_SMALL_ZIP3 = np.array(sorted(map(int, SMALL_ZIP3)), dtype=np.int64)
_ACCOUNT = _bytes('"account_number":"')
_SEGMENTS, _PATIENT, _SUBSCRIBER = _bytes('"segments":['), _bytes('"patient":{'), _bytes('"subscriber":{')
_LISTS = _bytes(
    '"authorizations":["referrals":["notes":["line_authorizations":["line_notes":["line_descriptions":['
)  # fmt: skip
_LIST_BOUNDS = np.cumsum([0, 18, 13, 9, 23, 14, 21]).astype(np.int64)
_WHO = _bytes("7:patient,")
NO_DAY = -1_000_000
"""What a day is that is none."""
_OLDEST = 90
_ROOM = 512


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
def _describe(into: Word, row: Word, table: Word, known: Word) -> None:
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
def _date(into: Word, row: Word, first_line: Word, end_line: Word, known: Word, own: Word) -> None:
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
        first = own[0] if own[0] else into.numbers[m.STATEMENT_FROM, row]
    if last == 0:
        last = own[1] if own[1] else into.numbers[m.STATEMENT_TO, row]
    if first:
        put_int(into, m.SERVICE_FROM, row, first)
    if last:
        put_int(into, m.SERVICE_TO, row, last)
    on = first if first else into.numbers[m.ADMITTED, row]
    born = own[4]
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
def _name(into: Word, row: Word, table: Word, known: Word) -> None:
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


@inner
def _put_text(into: Word, at: Word, raw: Word, start: Word, end: Word) -> Word:
    into[at] = _QUOTE
    at = put_span(into, at + 1, raw, start, end)
    into[at], into[at + 1] = _QUOTE, _COMMA
    return at + 2


@inner
def _put_list_item(into: Word, at: Word, table: Word, segment: Word, line: Word, which: Word) -> Word:  # noqa: C901 - one walk, compiled as one
    """Write one item of a sealed list if this segment is one; which is the number of the bit of the list."""
    raw, letter = table.raw, table.letters[segment]
    if which in (0, 1, 3) and letter == _REF:
        start, end = element(table, segment, 1)
        kind = (np.int64(raw[start]) << 8 | np.int64(raw[start + 1])) if end - start == 2 else 0
        value, value_end = element(table, segment, 2)
        shown, shown_end = stripped(raw, value, value_end)
        if kind != (0x3946 if which == 1 else 0x4731) or shown == shown_end or (line > 0) != (which == 3):
            return at
        if which != 3:
            return _put_text(into, at, raw, value, value_end)
    elif which in (2, 4) and letter == _NTE and (line > 0) == (which == 4):
        value, value_end = element(table, segment, 2)
    elif which == 5 and letter in (_SV1, _SV2):
        value, value_end = element(table, segment, 1 if letter == _SV1 else 2)
        value, value_end = part(raw, value, value_end, table.component, 6)
        if value == value_end:
            return at
    else:
        return at
    into[at] = _OPEN
    at += 1
    if which >= 3:
        at = put_number(into, at, line)
        into[at] = _COMMA
        at += 1
    if which in (2, 4):
        start, end = element(table, segment, 1)
        at = _put_text(into, at, raw, start, end)
    at = _put_text(into, at, raw, value, value_end)
    into[at - 1], into[at] = _CLOSE, _COMMA
    return at + 1


@inner
def _put_lists(into: Word, at: Word, table: Word, bounds: Word, bits: Word, memory: Word, first_line: Word) -> Word:
    """Write the lists that are sealed of a claim: authorisations, referrals, notes and descriptions."""
    segment, lx, end = bounds
    for which in range(6):
        if not bits >> which & 1:
            continue
        at = put_span(into, at, _LISTS, _LIST_BOUNDS[which], _LIST_BOUNDS[which + 1])
        line, row, in_party = 0, first_line - 1, False
        for one in range(segment, end):
            letter = table.letters[one]
            if one >= lx and letter == _LX:
                row += 1
                line = memory.line_numbers[m.NUMBER, row]
            in_party = one < lx and (in_party or letter == 77)  # M: references there are kept
            if not in_party:
                at = _put_list_item(into, at, table, one, line, which)
        into[at - 1], into[at] = _CLOSE, _COMMA
        at += 1
    return at


@inner
def _seal(into: Word, row: Word, table: Word, bounds: Word, own: Word, known: Word, first_line: Word) -> Word:
    """Write what is sealed of a claim, without its billing provider; False when there is no room."""
    json, at, raw = into.json, into.counts[m.JSON], table.raw
    kept, bits = own[3], own[2]
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


@inner
def _read_claim(
    into: Word, table: Word, segment: Word, end: Word, known: Word, own: Word, is_institutional: Word
) -> Word:
    """Read a claim into the next row; False when it is not plain."""
    row, first_line = into.counts[m.CLAIMS], into.counts[m.LINES]
    lx = segment + 1
    while lx < end and table.letters[lx] != _LX:
        lx += 1
    own[:] = 0
    if lx == end:
        return False
    own[3] = open_claim(into, row, table, segment, is_institutional)
    if own[3] == ODD or not read_head(into, row, table, segment + 1, lx, own):
        return False
    if not read_lines(into, row, table, lx, end, own, is_institutional):
        return False
    who = lv.PERSON * known[lv.HAS_PATIENT]
    own[4] = day(table.raw, known[who + lv.BORN], known[who + lv.BORN_END])
    _describe(into, row, table, known)
    _date(into, row, first_line, into.counts[m.LINES], known, own)
    _name(into, row, table, known)
    put_int(into, m.BYTE_START, row, table.starts[segment])
    put_int(into, m.BYTE_END, row, table.ends[end - 1] + 1)
    for kind in range(m.LISTS):
        if kind not in (m.MODIFIERS, m.POINTERS):
            into.ends[kind, row] = into.counts[kind]
    into.counts[m.CLAIMS] = row + 1
    return _seal(into, row, table, (segment, lx, end), own, known, first_line)


@inner
def _forget(into: Word, before: Word) -> None:
    """Take back what was written since: memory must be zero where nothing is."""
    counts = into.counts
    claims, lines = min(counts[m.CLAIMS] + 1, into.texts.shape[1]), counts[m.LINES]
    into.texts[:, before[m.CLAIMS] : claims] = 0
    into.numbers[:, before[m.CLAIMS] : claims] = 0
    into.given[:, before[m.CLAIMS] : claims] = 0
    into.line_texts[:, before[m.LINES] : lines] = 0
    into.line_numbers[:, before[m.LINES] : lines] = 0
    into.line_given[:, before[m.LINES] : lines] = 0
    for kind in range(len(into.item_texts)):
        if kind in (m.DIAGNOSIS, m.DIAGNOSIS_KIND, m.PRESENT):
            into.item_texts[kind, before[m.DIAGNOSIS] : counts[m.DIAGNOSIS]] = 0
        into.item_texts[kind, before[kind] : counts[kind]] = 0
        into.item_days[2 * kind : 2 * kind + 2, before[kind] : counts[kind]] = 0
    for kind in range(len(counts)):
        counts[kind] = before[kind]


@inner
def _read_unit(into: Word, table: Word, first: Word, end: Word, known: Word, own: Word, is_institutional: Word) -> Word:
    """Read an HL level with its claims; return the segment behind its own, and whether all of it is plain."""
    letters = table.letters
    claim = first + 1
    while claim < end and letters[claim] != _CLM:
        claim += 1
    level_end = claim
    if not lv.read_level(table, first, level_end, known, into.scratch):
        return level_end, False
    while claim < end:
        after = claim + 1
        while after < end and letters[after] != _CLM:
            after += 1
        if not _read_claim(into, table, claim, after, known, own, is_institutional):
            known[lv.HAS_SUBSCRIBER] = 0
            return level_end, False
        claim = after
    return level_end, True


@inner
def _counted(raw: Word, start: Word, end: Word) -> Word:
    """Return a number without leading zeros, -1 for anything else."""
    if not 0 < end - start < 10 or raw[start] == _ZERO:
        return -1
    number = 0
    for at in range(start, end):
        if not 48 <= raw[at] <= 57:
            return -1
        number = number * 10 + (raw[at] - _ZERO)
    return number


def read_units(table: Segments, into: m.Memory, *, is_institutional: bool) -> None:
    """Read all HL levels of a block that are complete: the next HL or SE is there.

    Args:
        table: The segments.
        into: Memory; receives levels and claims.
        is_institutional: Whether services are SV2.
    """
    known, own = np.zeros(lv.REGISTERS, dtype=np.int64), np.zeros(5, dtype=np.int64)
    _read_units(table, into, int(is_institutional), known, own, into.counts.copy())


@uncounted
def _read_units(table: Word, into: Word, is_institutional: Word, known: Word, own: Word, before: Word) -> None:
    letters, size = table.letters, len(table.starts)
    first = 0
    while first < size:
        if letters[first] != _HL:
            known[lv.HAS_SUBSCRIBER] = 0
            first += 1
            continue
        end = first + 1
        while end < size and letters[end] != _HL and letters[end] != _SE:
            end += 1
        if end == size:
            break
        for kind in range(len(before)):
            before[kind] = into.counts[kind]
        level_end, sound = _read_unit(into, table, first, end, known, own, is_institutional)
        if not sound:
            _forget(into, before)
        at = into.counts[m.UNITS]
        into.counts[m.UNITS] = at + 1
        level = into.levels[at]
        level[m.FIRST], level[m.END], level[m.LEVEL_END] = first, end, level_end
        level[m.CLAIM], level[m.CLAIM_END] = before[m.CLAIMS], into.counts[m.CLAIMS]
        level[m.IS_PATIENT], level[m.SOUND] = known[lv.HAS_PATIENT], int(sound)
        start, stop = element(table, first, 1)
        level[m.COUNTED] = _counted(table.raw, start, stop)
        level[m.PARENT], level[m.PARENT_END] = element(table, first, 2)
        first = end


@uncounted
def run_of(levels: Word, first: Word, size: Word, raw: Word, parent: Word) -> Word:
    """Return the level behind the last plain one, from a plain one on, that belongs to one billing provider.

    Args:
        levels: The levels of a block.
        first: Where to begin.
        size: How many levels there are.
        raw: The bytes of the block.
        parent: HL01 of the billing provider.
    """
    at = first
    while at < size and levels[at, m.SOUND] == 1 and (at == first or levels[at, m.FIRST] == levels[at - 1, m.END]):
        if levels[at, m.IS_PATIENT] == 0:
            start, end = levels[at, m.PARENT], levels[at, m.PARENT_END]
            if end - start != len(parent):
                break
            same = True
            for one in range(len(parent)):
                same = same and raw[start + one] == parent[one]
            if not same:
                break
        at += 1
    return at


@uncounted
def count_up(levels: Word, first: Word, end: Word) -> Word:
    """Tell whether HL01 of these levels counts up by one, and return its first value; 0 when it does not."""
    start = levels[first, m.COUNTED]
    for at in range(first, end):
        if start <= 0 or levels[at, m.COUNTED] != start + at - first:
            return 0
    return start


@uncounted
def to_days(numbers: Word) -> None:
    """Turn CCYYMMDD into days since 1970, in place; 0 becomes NO_DAY."""
    for at in range(len(numbers)):
        if numbers[at] > 0:
            numbers[at] = epoch_days(numbers[at])
        else:
            numbers[at] = NO_DAY
