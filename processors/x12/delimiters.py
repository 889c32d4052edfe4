"""Delimiters of an interchange, read from its ISA segment."""

from __future__ import annotations

import re
from dataclasses import dataclass

ISA_BYTES = 106
ISA_LOOKAHEAD = 512
"""Bytes to have at hand before an ISA is read: a sloppy one may be longer than the standard's 106."""

_BARE_START = re.compile(
    r"(?:GS(?P<gs>[^\w\s])(?:(?!(?P=gs))[^\r\n]){0,20}(?:(?P=gs)(?:(?!(?P=gs))[^\r\n]){0,20}){6}(?P=gs)[0-9A-Z]{1,12}"
    r"|ST(?P<st>[^\w\s])\d{3}(?P=st)\w{1,9}(?:(?P=st)[0-9A-Z]{0,12})?)[ ]*(?P<terminator>[^\w ])",
    re.ASCII,
)
_COMPOSITE = re.compile(r"(?:SV[123]|SVC|HI)[^\w\s][A-Z]{2,3}(?P<component>[^\w\s])\w", re.ASCII)
"""The first component separator to be seen: qualifier and code of a procedure or diagnosis."""

_LAST_SEPARATOR = 103
_REPETITION_SINCE = "00402"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The four separators of one interchange.

    Attributes:
        element: Between elements.
        component: Between components of a composite element (ISA16).
        segment: After each segment.
        repetition: Between repetitions (ISA11); empty before version 00402 and for a letter or digit there.
        exact: Whether the ISA has its fixed width; else it was read by counting separators.
    """

    element: str
    component: str
    segment: str
    repetition: str
    exact: bool


def read_delimiters(header: str) -> Delimiters | None:
    """Read the delimiters of an ISA segment.

    Args:
        header: Text from "ISA" on, one character a byte, at least up to the segment's end.

    Returns:
        The delimiters, or null when this is no usable ISA segment.
    """
    if len(header) < 4 or not header.startswith("ISA"):
        return None
    element = header[3]
    exact = len(header) >= ISA_BYTES and header[_LAST_SEPARATOR] == element
    exact = exact and header.count(element, 0, ISA_BYTES) == 16
    last = _LAST_SEPARATOR if exact else _sixteenth(header, element)
    if last < 0 or last + 2 >= len(header):
        return None
    component, segment = header[last + 1], header[last + 2 :].lstrip(" ")[:1]  # sloppy ones put blanks before it
    marks = (element, component, segment)
    if len(set(marks)) != 3 or any(not mark or mark.isalnum() or mark == " " for mark in marks):
        return None
    elements = header[:last].split(element)
    return Delimiters(element, component, segment, _repetition(elements, marks), exact)


def guess_delimiters(text: str) -> Delimiters | None:
    """Guess the delimiters of a file that begins with GS or ST: its interchange envelope was cut away.

    Args:
        text: The beginning of the file, one character a byte.

    Returns:
        The delimiters, or null when it does not begin with a whole GS or ST.
    """
    match = _BARE_START.match(text)
    if match is None:
        return None
    element, segment = match["gs"] or match["st"], match["terminator"]
    if element == segment:
        return None
    seen = (found["component"] for found in _COMPOSITE.finditer(text))
    component = next((mark for mark in seen if mark not in (element, segment)), ":")
    return Delimiters(element, component, segment, "", exact=True)


def _sixteenth(header: str, element: str) -> int:
    """Position of the 16th element separator near the start, or -1."""
    at = -1
    for _ in range(16):
        at = header.find(element, at + 1, ISA_LOOKAHEAD)
        if at < 0:
            return -1
    return at


def _repetition(elements: list[str], marks: tuple[str, str, str]) -> str:
    mark, version = elements[11].strip(), elements[12].strip()
    usable = len(mark) == 1 and not mark.isalnum() and mark not in marks
    return mark if usable and mark != " " and version >= _REPETITION_SINCE else ""
