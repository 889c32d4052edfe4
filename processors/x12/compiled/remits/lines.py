"""Service lines of plain claim payments (loop 2110), read by compiled code as remits/segments.py reads them.

Each function gives False where the other reader would warn or reject.
"""

from __future__ import annotations

from processors.x12.compiled.remits import items as it
from processors.x12.compiled.remits import memory as m
from processors.x12.compiled.remits.payments import read_day
from processors.x12.compiled.segments import element, part
from processors.x12.compiled.text import NO_AMOUNT, code, is_pair, is_triple, put_view, quantity, stripped, word
from schemas.compiled import Word, inner

_CAS, _DTM, _AMT, _QTY, _REF, _LQ = (ord(letter) for letter in "AdaqRl")
_ABOVE = tuple(ord(letter) for letter in "MIYQmo")
"""Segments that stand above lines only: a CLP before them may be lost."""
_N, _U, _H, _E, _R, _X, _B, _SIX = (ord(one) for one in "NUHERXB6")
_DAY, _FROM, _TO, _HPI = map(word, ("472", "150", "151", "HPI"))
_LONGEST_PROCEDURE, _LONGEST_REMARK = 48, 30
_TEXTS, _NUMBERS, _UNITS = len(m.LINE_TEXTS), len(m.LINE_NUMBERS), len(m.LINE_UNITS)
_FIRST_MODIFIER, _LAST_MODIFIER = 2, 5


@inner
def _put_int(into: Word, field: Word, line: Word, value: Word) -> None:
    into.line_numbers[field, line] = value
    into.line_given[field, line] = 1


@inner
def _put_quantity(into: Word, field: Word, line: Word, table: Word, segment: Word, number: Word) -> Word:
    start, end = element(table, segment, number)
    if start == end:
        return True
    sound, units = quantity(table.raw, start, end)
    into.line_units[field, line], into.line_units_given[field, line] = units, 1
    return sound


@inner
def _read_procedure(
    into: Word, line: Word, table: Word, start: Word, end: Word, qualifier: Word, modifiers: Word
) -> Word:
    """Read qualifier, code and modifiers; the code's field stands behind the qualifier's."""
    raw, component = table.raw, table.component
    one, one_end = part(raw, start, end, component, 1)
    one, one_end = code(raw, one, one_end, _LONGEST_PROCEDURE)
    if one == one_end:
        return False
    put_view(into.line_texts[qualifier + 1, line], raw, one, one_end)
    one, one_end = part(raw, start, end, component, 0)
    one, one_end = code(raw, one, one_end, 2)
    put_view(into.line_texts[qualifier, line], raw, one, one_end)
    for number in range(_FIRST_MODIFIER, _LAST_MODIFIER + 1):
        one, one_end = part(raw, start, end, component, number)
        one, one_end = code(raw, one, one_end, 2)
        if one < one_end:
            it.put_text(into, modifiers, raw, one, one_end)
    return True


@inner
def _read_adjudicated(into: Word, line: Word, table: Word, segment: Word) -> Word:
    """Read SVC01: a procedure, or a revenue code under NU."""
    start, end = element(table, segment, 1)
    before = into.counts[m.MODIFIERS]
    if not _read_procedure(into, line, table, start, end, m.QUALIFIER, m.MODIFIERS):
        return False
    texts = into.line_texts
    view = texts[m.QUALIFIER, line]
    if view[0] == 2 and view[4] == _N and view[5] == _U:
        for at in range(16):
            texts[m.REVENUE, line, at] = texts[m.PROCEDURE, line, at]
        it.empty(texts[m.PROCEDURE, line])
        it.empty(texts[m.QUALIFIER, line])
        into.counts[m.MODIFIERS] = before
    return True


@inner
def _clear(into: Word, line: Word) -> None:
    """Forget what a payment that was not plain has left in this row."""
    for field in range(_TEXTS):
        it.empty(into.line_texts[field, line])
    for field in range(_NUMBERS):
        into.line_numbers[field, line] = into.line_given[field, line] = 0
    for field in range(_UNITS):
        into.line_units_given[field, line] = 0
    into.line_controls[line, 0] = into.line_controls[line, 1] = 0


@inner
def open_line(into: Word, table: Word, segment: Word, first_line: Word) -> Word:
    """Read SVC into the next line; False when it is not plain."""
    raw, line = table.raw, into.counts[m.LINES]
    into.counts[m.LINES] = line + 1
    _clear(into, line)
    _put_int(into, m.NUMBER, line, line - first_line + 1)
    if not _read_adjudicated(into, line, table, segment):
        return False
    start, end = element(table, segment, 2)
    charge = it.money_or_zero(raw, start, end)
    start, end = element(table, segment, 3)
    paid = it.money_or_zero(raw, start, end)
    if NO_AMOUNT in (charge, paid):
        return False
    _put_int(into, m.LINE_CHARGE, line, charge)
    _put_int(into, m.LINE_PAID, line, paid)
    start, end = element(table, segment, 4)
    if start < end:
        it.put_code(into.line_texts[m.REVENUE, line], table, segment, 4, 4)
    start, end = element(table, segment, 6)
    if start < end and not _read_procedure(into, line, table, start, end, m.SUBMITTED_QUALIFIER, m.SUBMITTED_MODIFIERS):
        return False
    paid_units = _put_quantity(into, m.UNITS_PAID, line, table, segment, 5)
    return paid_units and _put_quantity(into, m.UNITS_SUBMITTED, line, table, segment, 7)


@inner
def close_line(into: Word, own: Word) -> None:
    """Set the balance of the open line (835 guide: charge less adjustments is the payment)."""
    line = into.counts[m.LINES] - 1
    adjusted = own[it.ADJUSTED]
    own[it.ADJUSTED] = 0
    own[it.BELOW] += adjusted
    difference = into.line_numbers[m.LINE_CHARGE, line] - adjusted - into.line_numbers[m.LINE_PAID, line]
    _put_int(into, m.LINE_DIFFERENCE, line, difference)
    own[it.UNBALANCED] += difference != 0
    for kind in range(m.IN_LINE, m.LISTS):
        into.ends[kind, line] = into.counts[kind]


@inner
def _read_dtm(into: Word, line: Word, table: Word, segment: Word, own: Word) -> Word:
    raw = table.raw
    start, end = element(table, segment, 1)
    is_day = is_triple(raw, start, end, _DAY)
    begins, ends = is_day or is_triple(raw, start, end, _FROM), is_day or is_triple(raw, start, end, _TO)
    if not (begins or ends):
        it.keep(into, table, segment, into.line_numbers[m.NUMBER, line], own)
        return True
    found = read_day(table, segment)
    if begins:
        _put_int(into, m.LINE_FROM, line, found)
    if ends:
        _put_int(into, m.LINE_TO, line, found)
    return found > 0


@inner
def _read_ref(into: Word, line: Word, table: Word, segment: Word, own: Word) -> Word:
    """Read REF; False when the line has a control number already."""
    raw = table.raw
    start, end = element(table, segment, 1)
    if is_pair(raw, start, end, _SIX, _R):
        first, last = element(table, segment, 2)
        shown, shown_end = stripped(raw, first, last)
        if shown < shown_end:
            control = into.line_controls[line]
            if control[0] < control[1]:
                return False
            control[0], control[1] = first, last
            return True
    elif is_triple(raw, start, end, _HPI):
        it.put_code(into.line_texts[m.LINE_RENDERING, line], table, segment, 2, 15)
        return True
    it.keep(into, table, segment, into.line_numbers[m.NUMBER, line], own)
    return True


@inner
def _read_amt(into: Word, line: Word, table: Word, segment: Word) -> Word:
    start, end = element(table, segment, 1)
    if not is_pair(table.raw, start, end, _B, _SIX):
        return it.read_value(into, table, segment, m.AMOUNTS + m.IN_LINE, 3, 0)
    start, end = element(table, segment, 2)
    allowed = it.money(table.raw, start, end)
    _put_int(into, m.ALLOWED, line, allowed)
    return allowed != NO_AMOUNT


@inner
def _read_lq(into: Word, line: Word, table: Word, segment: Word, own: Word) -> Word:
    raw = table.raw
    start, end = element(table, segment, 1)
    is_remark = is_pair(raw, start, end, _H, _E) or is_pair(raw, start, end, _R, _X)
    start, end = element(table, segment, 2)
    start, end = code(raw, start, end, _LONGEST_REMARK)
    if is_remark and start < end:
        it.put_text(into, m.REMARKS + m.IN_LINE, raw, start, end)
    else:
        it.keep(into, table, segment, into.line_numbers[m.NUMBER, line], own)
    return True


@inner
def read_detail(into: Word, table: Word, segment: Word, own: Word) -> Word:  # noqa: PLR0911 - one for each kind
    """Read a segment behind SVC."""
    letter, line = table.letters[segment], into.counts[m.LINES] - 1
    if letter in _ABOVE:
        return False
    if letter in (_REF, _LQ):
        return (
            _read_ref(into, line, table, segment, own) if letter == _REF else _read_lq(into, line, table, segment, own)
        )
    if letter == _DTM:
        return _read_dtm(into, line, table, segment, own)
    if letter == _CAS:
        return it.read_cas(into, table, segment, m.IN_LINE, own)
    if letter == _AMT:
        return _read_amt(into, line, table, segment)
    if letter == _QTY:
        return it.read_value(into, table, segment, m.QUANTITIES + m.IN_LINE, 2, 1)
    it.keep(into, table, segment, into.line_numbers[m.NUMBER, line], own)
    return True
