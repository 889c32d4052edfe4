"""The segment table: where segments and elements of a block of bytes lie, found in one compiled pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.x12.compiled.text import pair_at, word
from processors.x12.delimiters import Delimiters
from processors.x12.segment_limits import ELEMENT_LIMITS
from schemas.compiled import Word, inner, uncounted

LETTERS: dict[str, str] = {
    "HL": "H", "SBR": "S", "N3": "N", "N4": "P", "DMG": "D", "REF": "R", "PER": "E", "PRV": "V", "PAT": "A",
    "CLM": "C", "HI": "h", "DTP": "d", "AMT": "a", "CL1": "c", "PWK": "w", "NTE": "t", "LX": "L", "SV1": "1",
    "SV2": "2", "K3": "k", "CRC": "k", "CN1": "k", "CR1": "k", "CR2": "k", "HCP": "k", "QTY": "k", "MEA": "k",
    "PS1": "k", "SE": "$",
}  # fmt: skip
"""One letter for each segment that a plain stretch may hold; k is kept wherever it stands."""

NAMES: dict[str, str] = {"IL": "I", "PR": "Y", "QC": "Q"}
"""Letters of NM1 segments by NM101; every other NM1 is M."""

ODD = "x"
"""Letter of a segment that a plain stretch cannot hold."""

_PLAIN, _ELEMENT, _END, _BAD = range(4)
_CR, _LF, _BLANK = 13, 10, 32
_ODD, _NM1 = ord(ODD), ord("M")
_IL, _PR, _QC = map(word, NAMES)
_I, _Y, _Q = (ord(letter) for letter in NAMES.values())
_DIGITS = 37
"""Ids are numbers of two or three digits of this base: nothing, 0 to 9, A to Z."""


class Alphabet(NamedTuple):
    """Which segments plain stretches of a kind may hold, by the number of the id.

    Attributes:
        letters: Letter of each segment; ODD where plain stretches hold none, 0 where a block ends before it.
        limits: Elements it may have.
    """

    letters: NDArray[np.uint8]
    limits: NDArray[np.int16]


class Segments(NamedTuple):
    """The segments of a block.

    Attributes:
        raw: The bytes of the block.
        starts: First byte of each segment, line ends before it left out.
        ends: Its terminator.
        firsts: Which of the marks ends its id.
        counts: Its elements, without the id.
        letters: Its letter (LETTERS, NAMES or ODD).
        marks: Where elements end, segment after segment.
        component: The component separator.
    """

    raw: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    firsts: NDArray[np.int64]
    counts: NDArray[np.int64]
    letters: NDArray[np.uint8]
    marks: NDArray[np.int64]
    component: int


def plain_marks(marks: Delimiters) -> bool:
    """Tell whether blocks with these separators can be read at all: printable ones that JSON does not escape."""
    singles = (marks.element, marks.component)
    if any(not " " < mark < "\x7f" or mark in '"\\' for mark in singles):
        return False
    return marks.segment in "\r\n" or (" " < marks.segment < "\x7f" and marks.segment not in '"\\')


def segments_of(data: bytes, marks: Delimiters, alphabet: Alphabet | None = None) -> Segments:
    """Find the segments of a block that are complete, up to an ISA or IEA.

    A segment is ODD when the other reader would do more with it than split it: unknown, too long, with blanks
    around it, or with bytes that are not printable ASCII or that JSON escapes.

    Args:
        data: Bytes that begin with a segment.
        marks: Separators of the interchange.
        alphabet: Which segments may stand there; those of a claim if not given.
    """
    known = _CLAIMS if alphabet is None else alphabet
    raw = np.frombuffer(data, dtype=np.uint8)
    classes = np.full(256, _BAD, dtype=np.uint8)
    classes[32:127] = _PLAIN
    classes[[34, 92]] = _BAD
    classes[ord(marks.component)] = _PLAIN
    classes[ord(marks.element)] = _ELEMENT
    classes[ord(marks.segment)] = _END
    ends, elements = _count(raw, classes)
    places, letters = np.empty((4, ends), dtype=np.int64), np.empty(ends, dtype=np.uint8)
    found = np.empty(ends + elements, dtype=np.int64)
    size = _split(raw, classes, (_DIGIT_OF, *known), places, letters, found)
    starts, stops, firsts, counts = places[:, :size]
    return Segments(raw, starts, stops, firsts, counts, letters[:size], found, ord(marks.component))


def _number(name: str) -> int:
    number = 0
    for character in name.ljust(3):
        number = number * _DIGITS + int(_DIGIT_OF[ord(character)])
    return number


_DIGIT_OF = np.zeros(256, dtype=np.uint8)
_DIGIT_OF[[ord(one) for one in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = np.arange(1, 37)


def alphabet_of(letters: Mapping[str, str], limits: Mapping[str, int]) -> Alphabet:
    """Return the alphabet of a kind of file; NM1 gets its letter from the name it gives.

    Args:
        letters: Letter of each segment id that plain stretches may hold.
        limits: Elements of every known segment id.
    """
    found = Alphabet(np.full(_DIGITS**3, _ODD, dtype=np.uint8), np.full(_DIGITS**3, -1, dtype=np.int16))
    for name, limit in limits.items():
        found.letters[_number(name)] = ord(letters.get(name, ODD))
        found.limits[_number(name)] = limit
    found.letters[_number("NM1")] = _NM1
    found.letters[[_number("ISA"), _number("IEA")]] = 0  # a block ends before them
    return found


_CLAIMS = alphabet_of(LETTERS, ELEMENT_LIMITS)


@uncounted
def _count(raw: Word, classes: Word) -> Word:
    ends = elements = 0
    for at in range(len(raw)):
        kind = classes[raw[at]]
        ends += kind == _END
        elements += kind == _ELEMENT
    return ends, elements


@inner
def _id_number(raw: Word, start: Word, end: Word, digits: Word) -> Word:
    """Return an id as a number; 0 where it is none."""
    if not 2 <= end - start <= 3:
        return 0
    first, second = np.int64(digits[raw[start]]), np.int64(digits[raw[start + 1]])
    third = np.int64(digits[raw[start + 2]]) if end - start == 3 else 0
    if first == 0 or second == 0 or (third == 0 and end - start == 3):
        return 0
    return (first * _DIGITS + second) * _DIGITS + third


@inner
def _named(raw: Word, start: Word, end: Word) -> Word:
    """Return the letter of an NM1 by its first element."""
    pair = pair_at(raw, start, end)
    if pair == _IL:
        return _I
    if pair == _PR:
        return _Y
    return _Q if pair == _QC else _NM1


@uncounted
def _split(raw: Word, classes: Word, ids: Word, places: Word, letters: Word, marks: Word) -> Word:  # noqa: C901 - one walk
    """Fill the table; return how many segments it has."""
    digits, letter_of, limit_of = ids
    starts, ends, firsts, counts = places[0], places[1], places[2], places[3]
    size = mark = first = start = line_end = 0
    sound = True
    for at in range(len(raw)):
        kind = classes[raw[at]]
        if kind == _PLAIN:
            continue
        if kind == _BAD:
            # One CR and one LF behind it before a segment are a line end; anything more is odd.
            if at == start and ((raw[at] == _CR and line_end == 0) or (raw[at] == _LF and line_end < 2)):
                line_end = 1 if raw[at] == _CR else 2
                start = at + 1
            else:
                sound = False
            continue
        marks[mark] = at
        mark += 1
        if kind == _ELEMENT:
            continue
        count = mark - first - 1
        number = _id_number(raw, start, marks[first], digits)
        letter = letter_of[number]
        if letter == 0:
            return size
        if not sound or at <= start or raw[at - 1] == _BLANK or count > limit_of[number]:
            letter = _ODD
        elif letter == _NM1 and count >= 2:
            letter = _named(raw, marks[first] + 1, marks[first + 1])
        starts[size], ends[size], firsts[size], counts[size] = start, at, first, count
        letters[size] = letter
        size += 1
        first, start, line_end, sound = mark, at + 1, 0, True
    return size


@inner
def element(table: Word, segment: Word, number: Word) -> Word:
    """Return the span of an element; an empty one where the segment has not so many."""
    if number > table.counts[segment]:
        return 0, 0
    at = table.firsts[segment] + number
    return table.marks[at - 1] + 1, table.marks[at]


@inner
def is_empty(table: Word, segment: Word, first: Word, last: Word) -> Word:
    """Tell whether elements from one to another say nothing."""
    for number in range(first, min(last, table.counts[segment]) + 1):
        start, end = element(table, segment, number)
        if start < end:
            return False
    return True


@inner
def part(raw: Word, start: Word, end: Word, component: Word, number: Word) -> Word:
    """Return the span of a component of an element, from 0; an empty one where there are not so many."""
    for _ in range(number):
        while start < end and raw[start] != component:
            start += 1
        if start == end:
            return end, end
        start += 1
    stop = start
    while stop < end and raw[stop] != component:
        stop += 1
    return start, stop


@inner
def parts(raw: Word, start: Word, end: Word, component: Word) -> Word:
    """Return the number of components of an element."""
    found = 1
    for at in range(start, end):
        found += raw[at] == component
    return found
