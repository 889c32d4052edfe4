"""JSON of what is sealed, written by compiled code: segments as they are kept, people and organisations.

Nothing needs an escape: the segments of plain stretches hold printable ASCII without quotes and backslashes.
"""

from __future__ import annotations

import numpy as np

from processors.x12.compiled.segments import element
from processors.x12.parties import BIRTH, PLACE
from schemas.compiled import Word, inner

_COMMA, _QUOTE, _OPEN, _CLOSE, _STAR, _ZERO = 44, 34, 91, 93, 42, 48
_GLUE = np.frombuffer(b'","', dtype=np.uint8)
_ADDRESS = np.frombuffer(b'"address":["', dtype=np.uint8)
_REFERENCES = np.frombuffer(b'"references":["', dtype=np.uint8)
_LIST_END = np.frombuffer(b'"]', dtype=np.uint8)
_NAME_FIELDS = ("type", "last", "first", "middle", "prefix", "suffix", "qualifier", "id")
_MEMBERS = [f'"{name}":"' for name in (*_NAME_FIELDS, *PLACE, *BIRTH)]
_TEXT = np.frombuffer("".join(_MEMBERS).encode(), dtype=np.uint8)
_BOUNDS = np.cumsum([0, *map(len, _MEMBERS)]).astype(np.int64)
_NAMED, _PLACED, _BORN = 0, len(_NAME_FIELDS), len(_NAME_FIELDS) + len(PLACE)
_PLACES, _BIRTHS = len(PLACE), len(BIRTH)
_N3, _N4, _DMG, _REF = (ord(letter) for letter in "NPDR")


@inner
def put_span(into: Word, at: Word, raw: Word, start: Word, end: Word) -> Word:
    """Copy bytes; return the place behind them, as all writers here do."""
    for one in range(start, end):
        into[at] = raw[one]
        at += 1
    return at


@inner
def put_number(into: Word, at: Word, number: Word) -> Word:
    """Write a number that is not negative, in decimal."""
    size = 1
    rest = number // 10
    while rest:
        size += 1
        rest //= 10
    for place in range(at + size - 1, at - 1, -1):
        into[place] = _ZERO + number % 10
        number //= 10
    return at + size


@inner
def put_part(into: Word, at: Word, part: Word, length: Word) -> Word:
    """Append the first bytes of another text."""
    for one in range(length):
        into[at + one] = part[one]
    return at + length


@inner
def put_value(into: Word, at: Word, table: Word, start: Word, end: Word) -> Word:
    """Write an element as text, or as a list of its components."""
    component = table.component
    raw = table.raw
    composite = False
    for one in range(start, end):
        composite = composite or raw[one] == component
    if composite:
        into[at] = _OPEN
        at += 1
    into[at] = _QUOTE
    at += 1
    for one in range(start, end):
        if raw[one] == component:
            at = put_span(into, at, _GLUE, 0, 3)
        else:
            into[at] = raw[one]
            at += 1
    into[at] = _QUOTE
    at += 1
    if composite:
        into[at] = _CLOSE
        at += 1
    return at


@inner
def last_element(table: Word, segment: Word, held: Word) -> Word:
    """Return the number of the last element that says something and that no field holds; 0 where there is none."""
    last = 0
    for number in range(1, table.counts[segment] + 1):
        start, end = element(table, segment, number)
        if start < end and not held >> number & 1:
            last = number
    return last


@inner
def put_segment(into: Word, at: Word, table: Word, segment: Word, last: Word, held: Word) -> Word:
    """Write a segment as a list, up to its last element that is told.

    Args:
        into: Memory.
        at: Where to write.
        table: The segments.
        segment: The segment.
        last: last_element of it.
        held: Bits of the elements that are left empty because a field holds them.
    """
    into[at], into[at + 1] = _OPEN, _QUOTE
    at = put_span(into, at + 2, table.raw, table.starts[segment], table.marks[table.firsts[segment]])
    into[at] = _QUOTE
    at += 1
    for number in range(1, last + 1):
        into[at] = _COMMA
        start, end = element(table, segment, number)
        if held >> number & 1:
            end = start
        at = put_value(into, at + 1, table, start, end)
    into[at] = _CLOSE
    return at + 1


@inner
def put_kept(into: Word, at: Word, table: Word, segment: Word, place: Word, held: Word) -> Word:
    """Write a segment as it is kept sealed (body.kept), a comma behind it.

    Args:
        into: Memory.
        at: Where to write.
        table: The segments.
        segment: The segment.
        place: Loop times 10,000, and the line in it.
        held: Bits of the elements that are left empty because a field holds them.
    """
    last = last_element(table, segment, held)
    if held and not last:
        return at
    into[at], into[at + 1] = _OPEN, _QUOTE
    at = put_number(into, at + 2, place // 10_000)
    into[at], into[at + 1] = _QUOTE, _COMMA
    at = put_number(into, at + 2, place % 10_000)
    into[at] = _COMMA
    at = put_segment(into, at + 1, table, segment, last, held)
    into[at], into[at + 1] = _CLOSE, _COMMA
    return at + 2


@inner
def _put_members(into: Word, at: Word, table: Word, segment: Word, first: Word, name: Word, names: Word) -> Word:
    """Write the elements that say something as members, a comma behind each."""
    for number in range(names):
        start, end = element(table, segment, first + number)
        if start < end:
            at = put_span(into, at, _TEXT, _BOUNDS[name + number], _BOUNDS[name + number + 1])
            at = put_span(into, at, table.raw, start, end)
            into[at], into[at + 1] = _QUOTE, _COMMA
            at += 2
    return at


@inner
def _put_address(into: Word, at: Word, table: Word, segment: Word) -> Word:
    begun = False
    for number in range(1, table.counts[segment] + 1):
        start, end = element(table, segment, number)
        if start < end:
            at = put_span(into, at, _GLUE, 0, 3) if begun else put_span(into, at, _ADDRESS, 0, len(_ADDRESS))
            at = put_span(into, at, table.raw, start, end)
            begun = True
    if begun:
        at = put_span(into, at, _LIST_END, 0, 2)
        into[at] = _COMMA
        at += 1
    return at


@inner
def put_entity(into: Word, at: Word, table: Word, segment: Word, end_segment: Word) -> Word:  # noqa: C901 - one walk, compiled as one
    """Write name, address, birth date and references (parties.Entity.person) as members, a comma behind each.

    Args:
        into: Memory.
        at: Where to write.
        table: The segments.
        segment: NM1.
        end_segment: Segment after the last that describes it.
    """
    at = _put_members(into, at, table, segment, 2, _NAMED, 8)
    references = 0
    for one in range(segment + 1, end_segment):
        letter = table.letters[one]
        if letter == _N3:
            at = _put_address(into, at, table, one)
        elif letter == _N4:
            at = _put_members(into, at, table, one, 1, _PLACED, _PLACES)
        elif letter == _DMG:
            at = _put_members(into, at, table, one, 2, _BORN, _BIRTHS)
        elif letter == _REF:
            references += 1
    if not references:
        return at
    begun = False
    for one in range(segment + 1, end_segment):
        if table.letters[one] != _REF:
            continue
        at = put_span(into, at, _GLUE, 0, 3) if begun else put_span(into, at, _REFERENCES, 0, len(_REFERENCES))
        begun = True
        for number in range(1, table.counts[one] + 1):
            if number > 1:
                into[at] = _STAR
                at += 1
            start, end = element(table, one, number)
            at = put_span(into, at, table.raw, start, end)
    at = put_span(into, at, _LIST_END, 0, 2)
    into[at] = _COMMA
    return at + 1
