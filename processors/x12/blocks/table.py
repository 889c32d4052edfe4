"""The segment table: where segments and elements of a block of bytes lie, found with numpy instead of one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.x12.delimiters import Delimiters
from processors.x12.segment_limits import ELEMENT_LIMITS

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CR, _LF = 13, 10
_BLANKS = (9, 10, 13, 32)

LETTERS: dict[str, str] = {
    "HL": "H", "SBR": "S", "N3": "N", "N4": "P", "DMG": "D", "REF": "R", "PER": "E", "PRV": "V", "PAT": "A",
    "CLM": "C", "HI": "h", "DTP": "d", "AMT": "a", "CL1": "c", "PWK": "w", "NTE": "t", "LX": "L", "SV1": "1",
    "SV2": "2", "K3": "k", "CRC": "k", "CN1": "k", "CR1": "k", "CR2": "k", "HCP": "k", "QTY": "k", "MEA": "k",
    "PS1": "k", "OI": "o", "MIA": "o", "MOA": "o", "CAS": "j", "SE": "$",
}  # fmt: skip
"""One letter for each segment a plain stretch may hold; k is kept wherever it stands."""

NAMES: dict[str, str] = {"IL": "I", "PR": "Y", "QC": "Q"}
"""Letters of NM1 segments by NM101; every other NM1 is M."""

ODD = "x"
"""Letter of a segment that a plain stretch cannot hold."""


def _number(name: str) -> int:
    return int.from_bytes(name.encode().ljust(3, b"\0"), "big")


_KNOWN = np.array(sorted(_number(name) for name in ELEMENT_LIMITS), dtype=np.int64)
_BY_NUMBER = {_number(name): name for name in ELEMENT_LIMITS}
_LIMITS = np.array([ELEMENT_LIMITS[_BY_NUMBER[number]] for number in _KNOWN.tolist()], dtype=np.int64)
_LETTERS = np.array([ord(LETTERS.get(_BY_NUMBER[number], ODD)) for number in _KNOWN.tolist()], dtype=np.uint8)
_NM1 = _number("NM1")
_ENTITIES = {int.from_bytes(name.encode(), "big"): ord(letter) for name, letter in NAMES.items()}
_ENDS_STRETCH = np.array([_number(name) for name in ("ISA", "IEA")], dtype=np.int64)


@dataclass(slots=True)
class SegmentTable:
    """The segments of a block that are complete.

    Attributes:
        text: The block, one character a byte.
        starts: Position of the first byte of each segment, line ends before it left out.
        ends: Position of its terminator.
        letters: One letter a segment (LETTERS, NAMES or ODD).
    """

    text: str
    starts: list[int]
    ends: list[int]
    letters: str


def plain_marks(marks: Delimiters) -> bool:
    """Tell whether blocks with these separators can be read at all: printable ones that JSON does not escape."""
    singles = (marks.element, marks.component)
    if any(not " " < mark < "\x7f" or mark in '"\\' for mark in singles):
        return False
    return marks.segment in "\r\n" or (" " < marks.segment < "\x7f" and marks.segment not in '"\\')


def segment_table(data: bytes, marks: Delimiters) -> SegmentTable:
    """Find the segments of a block, up to an ISA or IEA.

    A segment is ODD when the slow reader would do more with it than split it: unknown, too long, with blanks
    around it, or with bytes that are not printable ASCII or that JSON escapes.

    Args:
        data: Bytes that begin with a segment.
        marks: Separators of the interchange.
    """
    raw = np.frombuffer(data, dtype=np.uint8)
    after = np.flatnonzero(raw == ord(marks.segment)) + 1
    if not len(after):
        return SegmentTable("", [], [], "")
    starts, ends = _bounds(raw, after)
    separators = np.flatnonzero(raw == ord(marks.element))
    first = np.searchsorted(separators, starts)
    counts = np.searchsorted(separators, ends) - first
    numbers = _numbers(raw, starts, ends, separators[np.minimum(first, len(separators) - 1)], counts)
    at = np.minimum(np.searchsorted(_KNOWN, numbers), len(_KNOWN) - 1)
    known = (_KNOWN[at] == numbers) & (counts <= _LIMITS[at])
    letters = np.where(known, _LETTERS[at], np.uint8(ord(ODD)))
    _letter_names(raw, starts, numbers, known, letters)
    letters[_unreadable(raw, after, starts, ends, marks)] = ord(ODD)
    stop = np.flatnonzero(np.isin(numbers, _ENDS_STRETCH))
    size = int(stop[0]) if len(stop) else len(after)
    text = data[: int(after[-1])].decode("latin-1")
    return SegmentTable(text, starts[:size].tolist(), ends[:size].tolist(), letters[:size].tobytes().decode("ascii"))


def _bounds(raw: NDArray[np.uint8], after: Ints) -> tuple[Ints, Ints]:
    starts = np.zeros_like(after)
    starts[1:] = after[:-1]
    ends = after - 1
    for mark in (_CR, _LF):
        starts = starts + ((raw[starts] == mark) & (starts < ends))
    return starts, ends


def _numbers(raw: NDArray[np.uint8], starts: Ints, ends: Ints, separator: Ints, counts: Ints) -> Ints:
    """Return each segment id as a number; 0 where it is not of two or three characters."""
    length = np.where(counts > 0, separator, ends) - starts
    last = len(raw) - 1
    second, third = np.minimum(starts + 1, last), np.minimum(starts + 2, last)
    high = raw[starts].astype(np.int64) << 16
    numbers = high | (raw[second].astype(np.int64) << 8) | np.where(length == 3, raw[third], 0)
    return np.where((length == 2) | (length == 3), numbers, 0)


def _letter_names(
    raw: NDArray[np.uint8], starts: Ints, numbers: Ints, known: Bools, letters: NDArray[np.uint8]
) -> None:
    """Give NM1 segments the letter of whom they name."""
    names = np.flatnonzero((numbers == _NM1) & known)
    letters[names] = ord("M")
    last = len(raw) - 1
    begins = starts[names]
    two = (raw[np.minimum(begins + 4, last)].astype(np.int64) << 8) | raw[np.minimum(begins + 5, last)]
    whole = raw[np.minimum(begins + 6, last)] == raw[begins + 3]  # a separator behind two characters
    for code, letter in _ENTITIES.items():
        letters[names[whole & (two == code)]] = letter


def _unreadable(raw: NDArray[np.uint8], after: Ints, starts: Ints, ends: Ints, marks: Delimiters) -> Bools:
    """Tell which segments have blanks at an edge or bytes that are not taken as they are."""
    found = ends <= starts
    before_end = raw[np.maximum(ends - 1, 0)]
    for blank in _BLANKS:
        found |= before_end == blank
    table = np.ones(256, dtype=np.bool_)
    table[32:127] = False
    table[[34, 92]] = True
    for mark in (marks.element, marks.component, marks.segment):
        table[ord(mark)] = False
    at = np.flatnonzero(table[raw[: int(after[-1])]])
    segment = np.searchsorted(after, at, side="right")
    inside = at >= starts[segment]
    found[segment[inside]] = True
    return found
