"""Lists of claim payments and lines, written by compiled code: adjustments, amounts, quantities, codes, kept segments.

Each function gives False where the other reader would warn or reject.
"""

from __future__ import annotations

from processors.x12.compiled.remits import memory as m
from processors.x12.compiled.sealed import last_element, put_number, put_segment
from processors.x12.compiled.segments import element
from processors.x12.compiled.text import NO_AMOUNT, cents, code, is_pair, put_view, quantity
from schemas.compiled import Word, inner

RESPONSIBILITY, ADJUSTED, BELOW, KEPT, ROLES, UNBALANCED, PEOPLE, PEOPLE_END = range(8)
"""Registers of a payment: sum of its PR adjustments, of the open owner's adjustments, of those of the lines before;
length of the kept segments' JSON; roles that NM1 segments named (bits); lines that do not balance; JSON of people."""
REGISTERS = 8

_LAST_REASON = 17
_LARGEST_CENTS = 10**14
"""Amounts beyond are left to the other reader, so that sums of a block fit into 64 bits."""
_ZERO, _COMMA, _OPEN, _CLOSE, _P, _R, _A, _I, _M, _O = (ord(one) for one in "0,[]PRAIMO")
_MIA_REMARKS = sum(1 << at for at in (5, 20, 21, 22, 23))
_MIA_QUANTITIES = sum(1 << at for at in (1, 3, 15))
_MOA_REMARKS = sum(1 << at for at in (3, 4, 5, 6, 7))
_MOA_QUANTITIES = 1 << 1
_MIA_LAST, _MOA_LAST = 24, 9
_LONGEST_REMARK, _LONGEST_REASON = 50, 5


@inner
def money(raw: Word, start: Word, end: Word) -> Word:
    """Return an amount in cents, or NO_AMOUNT."""
    amount = cents(raw, start, end)
    return amount if -_LARGEST_CENTS < amount < _LARGEST_CENTS else NO_AMOUNT


@inner
def money_or_zero(raw: Word, start: Word, end: Word) -> Word:
    """Return an amount in cents; nothing stands for zero."""
    return money(raw, start, end) if start < end else 0


@inner
def empty(view: Word) -> None:
    """Make a view one of an empty text."""
    for at in range(16):
        view[at] = 0


@inner
def put_code(view: Word, table: Word, segment: Word, number: Word, longest: Word) -> None:
    """Set a text from an element that should be a code; the text is empty where it is none."""
    start, end = element(table, segment, number)
    start, end = code(table.raw, start, end, longest)
    empty(view)
    put_view(view, table.raw, start, end)


@inner
def take(into: Word, kind: Word) -> Word:
    """Return the next item of a list, empty."""
    at = into.counts[kind]
    into.counts[kind] = at + 1
    empty(into.item_texts[kind, at])
    into.item_given[kind, at] = 0
    return at


@inner
def put_text(into: Word, kind: Word, raw: Word, start: Word, end: Word) -> Word:
    """Append an item that is a text; return its place."""
    at = take(into, kind)
    put_view(into.item_texts[kind, at], raw, start, end)
    return at


@inner
def keep(into: Word, table: Word, segment: Word, line: Word, own: Word) -> None:
    """Keep a segment that the contract has no field for, sealed with the number of its line (0: the claim)."""
    first = table.firsts[segment]
    put_text(into, m.UNMAPPED, table.raw, table.starts[segment], table.marks[first])
    scratch, at = into.scratch, own[KEPT]
    scratch[at] = _OPEN
    at = put_number(scratch, at + 1, line)
    scratch[at] = _COMMA
    at = put_segment(scratch, at + 1, table, segment, last_element(table, segment, 0), 0)
    scratch[at], scratch[at + 1] = _CLOSE, _COMMA
    own[KEPT] = at + 2


@inner
def read_cas(into: Word, table: Word, segment: Word, in_line: Word, own: Word) -> Word:
    """Read CAS: reason, amount, quantity triplets of one group."""
    raw, kind, owner = table.raw, m.ADJUSTMENTS + in_line, 1 if in_line else 0
    start, end = element(table, segment, 1)
    group, group_end = code(raw, start, end, 2)
    is_patients = is_pair(raw, group, group_end, _P, _R)
    for number in range(2, _LAST_REASON + 1, 3):
        start, end = element(table, segment, number)
        first, last = element(table, segment, number + 1)
        if start == end and first == last:
            continue
        start, end = code(raw, start, end, _LONGEST_REASON)
        amount = money(raw, first, last)
        if group == group_end or start == end or amount == NO_AMOUNT:
            return False
        at = put_text(into, kind, raw, start, end)
        empty(into.item_groups[owner, at])
        put_view(into.item_groups[owner, at], raw, group, group_end)
        into.item_cents[kind, at] = amount
        own[ADJUSTED] += amount
        own[RESPONSIBILITY] += amount if is_patients else 0
        start, end = element(table, segment, number + 2)
        if start < end:
            sound, units = quantity(raw, start, end)
            if not sound:
                return False
            into.item_units[kind, at], into.item_given[kind, at] = units, 1
    return True


@inner
def put_amount(into: Word, table: Word, segment: Word, number: Word, kind: Word, is_quantity: Word) -> Word:
    """Append an amount or quantity without its qualifier; return its place, or -1 where it is none."""
    raw = table.raw
    start, end = element(table, segment, number)
    if is_quantity:
        sound, units = quantity(raw, start, end)
        if not sound:
            return -1
        at = take(into, kind)
        into.item_units[kind, at] = units
        return at
    amount = money(raw, start, end)
    if amount == NO_AMOUNT:
        return -1
    at = take(into, kind)
    into.item_cents[kind, at] = amount
    return at


@inner
def read_value(into: Word, table: Word, segment: Word, kind: Word, longest: Word, is_quantity: Word) -> Word:
    """Read AMT or QTY: a qualifier and an amount or quantity."""
    at = put_amount(into, table, segment, 2, kind, is_quantity)
    if at < 0:
        return False
    put_code(into.item_texts[kind, at], table, segment, 1, longest)
    return True


@inner
def read_adjudication(into: Word, table: Word, segment: Word, is_inpatient: Word) -> Word:
    """Read MIA or MOA: remark codes, amounts and quantities."""
    raw = table.raw
    remarks = _MIA_REMARKS if is_inpatient else _MOA_REMARKS
    quantities = _MIA_QUANTITIES if is_inpatient else _MOA_QUANTITIES
    for number in range(1, (_MIA_LAST if is_inpatient else _MOA_LAST) + 1):
        start, end = element(table, segment, number)
        if start == end:
            continue
        if remarks >> number & 1:
            start, end = code(raw, start, end, _LONGEST_REMARK)
            if start < end:
                put_text(into, m.REMARKS, raw, start, end)
            continue
        is_quantity = quantities >> number & 1
        kind = m.QUANTITIES if is_quantity else m.AMOUNTS
        at = put_amount(into, table, segment, number, kind, is_quantity)
        if at < 0:
            return False
        view = into.item_texts[kind, at]
        view[0], view[4], view[6] = 5, _M, _A
        view[5] = _I if is_inpatient else _O
        view[7], view[8] = _ZERO + number // 10, _ZERO + number % 10
    return True
