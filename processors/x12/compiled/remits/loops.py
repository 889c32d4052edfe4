"""The walk over the CLP loops of a block: each that is plain becomes rows of columns, each that is not leaves none."""

from __future__ import annotations

import numpy as np

from processors.x12.compiled.remits import items as it
from processors.x12.compiled.remits import memory as m
from processors.x12.compiled.remits.lines import close_line, open_line, read_detail
from processors.x12.compiled.remits.payments import put_int, read_above, read_clp
from processors.x12.compiled.sealed import put_number, put_part, put_span
from processors.x12.compiled.segments import ODD, Segments, alphabet_of
from processors.x12.remits.limits import LIMITS
from schemas.compiled import Word, inner, uncounted

LETTERS: dict[str, str] = dict.fromkeys(LIMITS, "k") | {
    "CLP": "C", "SVC": "S", "CAS": "A", "MIA": "m", "MOA": "o", "DTM": "d", "AMT": "a", "QTY": "q", "REF": "R",
    "LQ": "l", "LX": "L", "PLB": "p", "SE": "$",
}  # fmt: skip
"""One letter for each segment that a plain stretch of an 835 may hold; k is kept wherever it stands."""
ALPHABET = alphabet_of(LETTERS, {**LIMITS, "SE": 2})

_CLP, _SVC, _LX, _PLB, _SE, _ODD = (ord(letter) for letter in f"CSLp${ODD}")
_QUOTE, _COMMA, _OPEN, _CLOSE, _BRACE = (ord(one) for one in '",[]}')
_ACCOUNT = np.frombuffer(b'"account_number":"', dtype=np.uint8)
_SEGMENTS = np.frombuffer(b'"segments":[', dtype=np.uint8)
_CONTROLS = np.frombuffer(b'"line_controls":[', dtype=np.uint8)
_ROOM = 512
_TEXTS, _NUMBERS, _UNITS = len(m.TEXTS), len(m.NUMBERS), len(m.UNITS)


@inner
def _clear(into: Word, row: Word) -> None:
    """Forget what a payment that was not plain has left in this row."""
    for field in range(_TEXTS):
        it.empty(into.texts[field, row])
    for field in range(_NUMBERS):
        into.numbers[field, row] = into.given[field, row] = 0
    for field in range(_UNITS):
        into.units_given[field, row] = 0


@inner
def _seal(into: Word, row: Word, table: Word, first_line: Word, own: Word) -> None:
    """Write the rest of what is sealed of a payment, behind its people."""
    json, raw, at = into.json, table.raw, own[it.PEOPLE_END]
    at = put_span(json, at, _ACCOUNT, 0, len(_ACCOUNT))
    at = put_span(json, at, raw, into.places[m.ACCOUNT, row], into.places[m.ACCOUNT_END, row])
    json[at], json[at + 1] = _QUOTE, _COMMA
    at += 2
    if own[it.KEPT]:
        at = put_span(json, at, _SEGMENTS, 0, len(_SEGMENTS))
        at = put_part(json, at, into.scratch, own[it.KEPT])
        json[at - 1], json[at] = _CLOSE, _COMMA
        at += 1
    at = put_span(json, at, _CONTROLS, 0, len(_CONTROLS))
    for line in range(first_line, into.counts[m.LINES]):
        start, end = into.line_controls[line]
        if start < end:
            json[at] = _OPEN
            at = put_number(json, at + 1, into.line_numbers[m.NUMBER, line])
            json[at], json[at + 1] = _COMMA, _QUOTE
            at = put_span(json, at + 2, raw, start, end)
            json[at], json[at + 1], json[at + 2] = _QUOTE, _CLOSE, _COMMA
            at += 3
    at -= json[at - 1] == _COMMA
    json[at], json[at + 1] = _CLOSE, _BRACE
    into.counts[m.JSON] = into.places[m.JSON_END, row] = at + 2


@inner
def _judge(into: Word, row: Word, first_line: Word, above: Word, own: Word) -> Word:
    """Set the balance of the payment; False where CLP05 is not the sum of the PR adjustments."""
    numbers = into.numbers
    put_int(into, m.DIFFERENCE, row, numbers[m.CHARGE, row] - above - own[it.BELOW] - numbers[m.PAID, row])
    if into.counts[m.LINES] > first_line:
        put_int(into, m.LINES_BALANCED, row, int(own[it.UNBALANCED] == 0))
    stated = into.given[m.RESPONSIBILITY, row] == 1
    return not stated or numbers[m.RESPONSIBILITY, row] == own[it.RESPONSIBILITY]


@inner
def _read_lines(into: Word, table: Word, segment: Word, end: Word, own: Word, first_line: Word) -> Word:
    """Read the lines of a payment, from its first SVC on; False when one is not plain."""
    letters = table.letters
    while segment < end:
        if not open_line(into, table, segment, first_line):
            return False
        segment += 1
        while segment < end and letters[segment] != _SVC:
            if not read_detail(into, table, segment, own):
                return False
            segment += 1
        close_line(into, own)
    return True


@inner
def _read_segments(into: Word, table: Word, first: Word, end: Word, own: Word) -> Word:
    """Read and judge a payment; False when it is not plain."""
    row, first_line, letters = into.counts[m.PAYMENTS], into.counts[m.LINES], table.letters
    if not read_clp(into, row, table, first):
        return False
    segment = first + 1
    while segment < end and letters[segment] != _SVC:
        if not read_above(into, row, table, segment, own):
            return False
        segment += 1
    above, own[it.ADJUSTED] = own[it.ADJUSTED], 0
    return _read_lines(into, table, segment, end, own, first_line) and _judge(into, row, first_line, above, own)


@inner
def _read_payment(into: Word, table: Word, first: Word, end: Word, own: Word) -> Word:
    """Read a claim payment into the next row; False when it is not plain."""
    row, first_line = into.counts[m.PAYMENTS], into.counts[m.LINES]
    size = table.ends[end - 1] - table.starts[first]
    if into.counts[m.JSON] + 2 * m.JSON_GROWTH * size + _ROOM > len(into.json):
        return False
    _clear(into, row)
    for register in range(it.REGISTERS):
        own[register] = 0
    own[it.PEOPLE_END] = into.counts[m.JSON]
    if not _read_segments(into, table, first, end, own):
        return False
    put_int(into, m.BYTE_START, row, table.starts[first])
    put_int(into, m.BYTE_END, row, table.ends[end - 1] + 1)
    for kind in range(m.IN_LINE):
        into.ends[kind, row] = into.counts[kind]
    into.ends[m.LINES, row] = into.counts[m.LINES]
    _seal(into, row, table, first_line, own)
    into.counts[m.PAYMENTS] = row + 1
    return True


def read_loops(table: Segments, into: m.Memory) -> None:
    """Read all CLP loops of a block that are complete: what ends them is there.

    Args:
        table: The segments.
        into: Memory; receives loops and payments.
    """
    _read_loops(table, into, np.zeros(it.REGISTERS, dtype=np.int64), into.counts.copy())


@inner
def _loop_end(letters: Word, segment: Word, size: Word) -> Word:
    while segment < size and letters[segment] not in (_CLP, _LX, _PLB, _SE, _ODD):
        segment += 1
    return segment


@uncounted
def _read_loops(table: Word, into: Word, own: Word, before: Word) -> None:
    letters, size = table.letters, len(table.starts)
    first = 0
    while first < size:
        if letters[first] != _CLP:
            first += 1
            continue
        end = _loop_end(letters, first + 1, size)
        if end == size:
            break
        for kind in range(len(before)):
            before[kind] = into.counts[kind]
        sound = letters[end] != _ODD and _read_payment(into, table, first, end, own)
        if not sound:
            for kind in range(len(before)):
                into.counts[kind] = before[kind]
        at = into.counts[m.UNITS_READ]
        into.counts[m.UNITS_READ] = at + 1
        loop = into.loops[at]
        loop[m.FIRST], loop[m.END], loop[m.ROW], loop[m.SOUND] = first, end, before[m.PAYMENTS], int(sound)
        first = end


@uncounted
def run_of(loops: Word, first: Word, letters: Word, crosses_groups: Word) -> Word:
    """Return the loop behind the last plain one that stands next to the ones before it, from a plain one on.

    Args:
        loops: The CLP loops of a block.
        first: Where to begin.
        letters: The letters of its segments.
        crosses_groups: Whether LX segments may stand between them.
    """
    at = first
    while at < len(loops) and loops[at, m.SOUND] == 1:
        if at > first:
            for between in range(loops[at - 1, m.END], loops[at, m.FIRST]):
                if letters[between] != _LX or not crosses_groups:
                    return at
        at += 1
    return at
