"""Service lines of plain claims (loop 2400), read by compiled code as line_segments.py reads them."""

from __future__ import annotations

from processors.x12.compiled import memory as m
from processors.x12.compiled.heads import keep, put_int
from processors.x12.compiled.registers import (
    KEPT,
    LINE_AUTHORIZATIONS,
    LINE_DESCRIPTIONS,
    LINE_NOTES,
    ODD,
    SEALED_LISTS,
)
from processors.x12.compiled.sealed import put_kept
from processors.x12.compiled.segments import element, is_empty, part, parts
from processors.x12.compiled.text import (
    NO_AMOUNT,
    cents,
    code,
    is_digit,
    is_triple,
    pair_at,
    period,
    put_view,
    quantity,
    stripped,
    word,
)
from schemas.compiled import Word, inner

_LX, _SV1, _SV2, _DTP, _REF, _AMT, _KEPT, _NTE, _PWK = (ord(letter) for letter in "L12dRaktw")
_YES, _NO, _ZERO, _U, _N = (ord(one) for one in "YN0UN")
_SERVICE, _AUTHORIZATION = word("472"), word("G1")
_LINE = 2400 * 10_000
_SV1_HELD = sum(1 << number for number in (1, 2, 3, 4, 5, 7, 9))
_SV2_HELD = sum(1 << number for number in (1, 2, 3, 4, 5, 7))
_MOST_POINTERS = 12
_LAST_LINE = 999
_DESCRIPTION = 6


@inner
def put_line_int(into: Word, field: Word, line: Word, value: Word) -> None:
    """Set a number of a line."""
    into.line_numbers[field, line] = value
    into.line_given[field, line] = 1


@inner
def _put_code(into: Word, field: Word, line: Word, table: Word, segment: Word, number: Word, longest: Word) -> None:
    start, end = element(table, segment, number)
    start, end = code(table.raw, start, end, longest)
    put_view(into.line_texts[field, line], table.raw, start, end)


@inner
def _read_number(table: Word, segment: Word, before: Word) -> Word:
    """Return LX01 where it is above the number of the line before, else ODD."""
    start, end = element(table, segment, 1)
    start, end = stripped(table.raw, start, end)
    if not 0 < end - start < 7:
        return ODD
    number = 0
    for at in range(start, end):
        if not is_digit(table.raw[at]):
            return ODD
        number = number * 10 + (table.raw[at] - _ZERO)
    return number if before < number <= _LAST_LINE else ODD


@inner
def _read_procedure(into: Word, line: Word, table: Word, start: Word, end: Word) -> Word:
    """Read qualifier, code and modifiers; the bit of the list of descriptions when there is one, ODD, or 0."""
    raw, component = table.raw, table.component
    if start == end:
        return 0
    one, one_end = part(raw, start, end, component, 1)
    one, one_end = code(raw, one, one_end, 15)
    if one == one_end:
        return ODD
    put_view(into.line_texts[m.PROCEDURE, line], raw, one, one_end)
    one, one_end = part(raw, start, end, component, 0)
    one, one_end = code(raw, one, one_end, 2)
    put_view(into.line_texts[m.QUALIFIER, line], raw, one, one_end)
    size = parts(raw, start, end, component)
    for number in range(2, min(size, _DESCRIPTION)):
        one, one_end = part(raw, start, end, component, number)
        if one == one_end:
            continue
        one, one_end = code(raw, one, one_end, 2)
        if one == one_end:
            return ODD
        at = into.counts[m.MODIFIERS]
        put_view(into.item_texts[m.MODIFIERS, at], raw, one, one_end)
        into.counts[m.MODIFIERS] = at + 1
    one, one_end = part(raw, start, end, component, _DESCRIPTION)
    if one < one_end:
        put_line_int(into, m.LINE_NOTED, line, 1)
        return 1 << LINE_DESCRIPTIONS
    return 0


@inner
def _read_charge(into: Word, line: Word, table: Word, segment: Word, at: Word) -> Word:
    """Read charge, basis and units that begin at an element; False when one is none."""
    raw = table.raw
    start, end = element(table, segment, at)
    charge = cents(raw, start, end)
    if charge == NO_AMOUNT:
        return False
    put_line_int(into, m.CHARGE, line, charge)
    _put_code(into, m.BASIS, line, table, segment, at + 1, 2)
    view = into.line_texts[m.BASIS, line]
    if view[0] == 0:
        view[0], view[4], view[5] = 2, _U, _N
    into.units[line] = 1.0
    start, end = element(table, segment, at + 2)
    if start < end:
        sound, units = quantity(raw, start, end)
        into.units[line] = units
        return sound
    return True


@inner
def _read_pointers(into: Word, table: Word, start: Word, end: Word) -> Word:
    """Read pointers into HI; False when one of them is no number from 1."""
    raw, component = table.raw, table.component
    size = parts(raw, start, end, component)
    if size > _MOST_POINTERS:
        return False
    for number in range(size):
        one, one_end = part(raw, start, end, component, number)
        one, one_end = stripped(raw, one, one_end)
        if one == one_end:
            continue
        pointer = 0
        for at in range(one, one_end):
            if not is_digit(raw[at]):
                return False
            pointer = pointer * 10 + (raw[at] - _ZERO)
        if one_end - one > 2 or pointer == 0:
            return False
        into.pointers[into.counts[m.POINTERS]] = pointer
        into.counts[m.POINTERS] += 1
    return True


@inner
def _read_professional(into: Word, line: Word, table: Word, segment: Word, own: Word) -> Word:
    """Read SV1; False when it is not plain."""
    start, end = element(table, segment, 1)
    described = _read_procedure(into, line, table, start, end)
    if described == ODD or not _read_charge(into, line, table, segment, 2):
        return False
    own[SEALED_LISTS] |= described
    _put_code(into, m.LINE_PLACE, line, table, segment, 5, 2)
    start, end = element(table, segment, 7)
    if start < end and not _read_pointers(into, table, start, end):
        return False
    start, end = element(table, segment, 9)
    if end - start == 1 and table.raw[start] in (_YES, _NO):
        put_line_int(into, m.EMERGENCY, line, int(table.raw[start] == _YES))
    plain = is_empty(table, segment, 6, 6) and is_empty(table, segment, 8, 8) and is_empty(table, segment, 10, 21)
    if not plain:
        place = _LINE + into.line_numbers[m.NUMBER, line]
        own[KEPT] = put_kept(into.scratch[m.SEGMENTS_JSON], own[KEPT], table, segment, place, _SV1_HELD)
    return True


@inner
def _read_institutional(into: Word, line: Word, table: Word, segment: Word, own: Word) -> Word:
    """Read SV2; False when it is not plain."""
    raw = table.raw
    start, end = element(table, segment, 2)
    described = _read_procedure(into, line, table, start, end)
    if described == ODD or not _read_charge(into, line, table, segment, 3):
        return False
    own[SEALED_LISTS] |= described
    start, end = element(table, segment, 1)
    start, end = code(raw, start, end, 4)
    if start < end:
        view = into.line_texts[m.REVENUE, line]
        view[0] = 4
        for at in range(4):
            place = end - 4 + at
            view[4 + at] = raw[place] if place >= start else _ZERO
    start, end = element(table, segment, 7)
    noncovered = cents(raw, start, end)
    if noncovered != NO_AMOUNT:
        put_line_int(into, m.NONCOVERED, line, noncovered)
    if not (is_empty(table, segment, 6, 6) and is_empty(table, segment, 8, 10)):
        place = _LINE + into.line_numbers[m.NUMBER, line]
        own[KEPT] = put_kept(into.scratch[m.SEGMENTS_JSON], own[KEPT], table, segment, place, _SV2_HELD)
    return True


@inner
def _read_detail(into: Word, row: Word, line: Word, table: Word, segment: Word, own: Word) -> Word:
    """Read a segment behind the service segment; False when it is not plain."""
    raw, letter = table.raw, table.letters[segment]
    start, end = element(table, segment, 1)
    if letter == _DTP and is_triple(raw, start, end, _SERVICE):
        start, end = element(table, segment, 3)
        first, last = period(raw, start, end)
        put_line_int(into, m.LINE_FROM, line, first)
        put_line_int(into, m.LINE_TO, line, last)
        return first > 0
    if letter == _REF and pair_at(raw, start, end) == _AUTHORIZATION:
        start, end = element(table, segment, 2)
        start, end = stripped(raw, start, end)
        if start < end:
            put_line_int(into, m.LINE_AUTHORIZED, line, 1)
            own[SEALED_LISTS] |= 1 << LINE_AUTHORIZATIONS
            return True
    if letter == _NTE:
        put_line_int(into, m.LINE_NOTED, line, 1)
        own[SEALED_LISTS] |= 1 << LINE_NOTES
        return True
    if letter == _PWK:
        put_int(into, m.ATTACHMENTS, row, into.numbers[m.ATTACHMENTS, row] + 1)
    elif letter not in (_DTP, _REF, _AMT, _KEPT):
        return False
    else:
        keep(into, row, segment)
    place = _LINE + into.line_numbers[m.NUMBER, line]
    own[KEPT] = put_kept(into.scratch[m.SEGMENTS_JSON], own[KEPT], table, segment, place, 0)
    return True


@inner
def read_lines(into: Word, row: Word, table: Word, segment: Word, end: Word, own: Word, is_institutional: Word) -> Word:
    """Read the lines of a claim.

    Args:
        into: Memory.
        row: Row of the claim.
        table: The segments.
        segment: The first LX.
        end: Segment after the last of the claim.
        own: Registers of the claim.
        is_institutional: Whether services are SV2.

    Returns:
        Whether all of them are plain.
    """
    before = 0
    wanted = _SV2 if is_institutional else _SV1
    while segment < end:
        before = _read_number(table, segment, before)
        if before == ODD or segment + 1 == end or table.letters[segment + 1] != wanted:
            return False
        line = into.counts[m.LINES]
        into.counts[m.LINES] = line + 1
        put_line_int(into, m.NUMBER, line, before)
        if is_institutional:
            sound = _read_institutional(into, line, table, segment + 1, own)
        else:
            sound = _read_professional(into, line, table, segment + 1, own)
        if not sound:
            return False
        segment += 2
        while segment < end and table.letters[segment] != _LX:
            if not _read_detail(into, row, line, table, segment, own):
                return False
            segment += 1
        into.ends[m.MODIFIERS, line] = into.counts[m.MODIFIERS]
        into.ends[m.POINTERS, line] = into.counts[m.POINTERS]
    return True
