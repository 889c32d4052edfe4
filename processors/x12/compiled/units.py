"""The walk over the HL levels of a block: each that is plain becomes rows of columns, each that is not leaves none."""

from __future__ import annotations

import numpy as np

from processors.x12.compiled import levels as lv
from processors.x12.compiled import memory as m
from processors.x12.compiled.claim_seal import seal
from processors.x12.compiled.heads import open_claim, put_int, read_head
from processors.x12.compiled.identity import date_claim, describe, name_patient
from processors.x12.compiled.lines import read_lines
from processors.x12.compiled.registers import BORN_ON, KEPT, ODD, REGISTERS
from processors.x12.compiled.segments import Segments, element
from processors.x12.compiled.text import day, epoch_days
from schemas.compiled import Word, inner, uncounted

_HL, _SE, _CLM, _LX = (ord(letter) for letter in "H$CL")
_ZERO = ord("0")
NO_DAY = -1_000_000
"""What a day is that is none."""


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
    own[KEPT] = open_claim(into, row, table, segment, is_institutional)
    if own[KEPT] == ODD or not read_head(into, row, table, segment + 1, lx, own):
        return False
    if not read_lines(into, row, table, lx, end, own, is_institutional):
        return False
    who = lv.PERSON * known[lv.HAS_PATIENT]
    own[BORN_ON] = day(table.raw, known[who + lv.BORN], known[who + lv.BORN_END])
    describe(into, row, table, known)
    date_claim(into, row, first_line, into.counts[m.LINES], known, own)
    name_patient(into, row, table, known)
    put_int(into, m.BYTE_START, row, table.starts[segment])
    put_int(into, m.BYTE_END, row, table.ends[end - 1] + 1)
    for kind in range(m.LISTS):
        if kind not in (m.MODIFIERS, m.POINTERS):
            into.ends[kind, row] = into.counts[kind]
    into.counts[m.CLAIMS] = row + 1
    return seal(into, row, table, (segment, lx, end), own, known, first_line)


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
    known, own = np.zeros(lv.REGISTERS, dtype=np.int64), np.zeros(REGISTERS, dtype=np.int64)
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
