"""An interchange in the making: separators that no value holds, control numbers and counts that are right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime

Value = str | Sequence[str]
"""An element; a composite is a sequence of its components."""

OutSegment = Sequence[Value]
"""Segment id and elements, without separators; empty ones at the end are dropped."""

_ELEMENTS = "*|^!\x1d"
_COMPONENTS = ":>\\<@\x1f"
_TERMINATORS = "~'`\x1c"
_REPETITIONS = "^{}\x1e"


@dataclass(frozen=True, slots=True)
class Address:
    """Who sends an interchange to whom.

    Attributes:
        sender: ISA06.
        receiver: ISA08.
        sender_qualifier: ISA05.
        receiver_qualifier: ISA07.
        group_sender: GS02; empty takes the sender.
        group_receiver: GS03; empty takes the receiver.
        usage: ISA15: P production, T test.
    """

    sender: str
    receiver: str
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    group_sender: str = ""
    group_receiver: str = ""
    usage: str = "P"


@dataclass(slots=True)
class OutGroup:
    """One functional group.

    Attributes:
        functional_id: GS01, such as HC, FA or HN.
        guide: GS08 and ST03.
        set_id: ST01 of its sets.
        sets: Segments between ST and SE of each set.
    """

    functional_id: str
    guide: str
    set_id: str
    sets: list[list[OutSegment]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Marks:
    element: str
    component: str
    segment: str
    repetition: str


def render(
    address: Address, groups: Iterable[OutGroup], at: datetime, control: int, first: Iterable[OutSegment] = ()
) -> bytes:
    """Return the bytes of an interchange, one segment a line.

    Separators are the usual ones unless a value holds them; then others are taken, so that no value is changed.

    Args:
        address: Sender and receiver.
        groups: What it carries; groups without sets are left out.
        at: Instant it is made, UTC.
        control: ISA13; groups count on from it.
        first: Segments between ISA and the first GS (TA1).
    """
    filled = [group for group in groups if group.sets]
    before = list(first)
    inside = [segment for group in filled for one in group.sets for segment in one]
    marks = _choose_marks([*before, *inside, list(astuple(address))])
    body: list[OutSegment] = list(before)
    for number, group in enumerate(filled, control):
        body += _group(group, address, at, number)
    body.append(["IEA", str(len(filled)), f"{control % 10**9:09d}"])
    end = marks.segment + "\n"
    head = marks.element.join([*_isa(address, at, control, marks), marks.component]) + end
    return (head + "".join(_text(segment, marks) + end for segment in body)).encode()


def _group(group: OutGroup, address: Address, at: datetime, number: int) -> Iterator[OutSegment]:
    yield ["GS", group.functional_id, address.group_sender or address.sender, address.group_receiver or
        address.receiver, f"{at:%Y%m%d}", f"{at:%H%M}", str(number), "X", group.guide]  # fmt: skip
    for count, segments in enumerate(group.sets, 1):
        yield ["ST", group.set_id, f"{count:04d}", group.guide]
        yield from segments
        yield ["SE", str(len(segments) + 2), f"{count:04d}"]
    yield ["GE", str(len(group.sets)), str(number)]


def _isa(address: Address, at: datetime, control: int, marks: _Marks) -> list[str]:
    return [
        "ISA", "00", " " * 10, "00", " " * 10, _fixed(address.sender_qualifier, 2), _fixed(address.sender, 15),
        _fixed(address.receiver_qualifier, 2), _fixed(address.receiver, 15), f"{at:%y%m%d}", f"{at:%H%M}",
        marks.repetition, "00501", f"{control % 10**9:09d}", "0", _fixed(address.usage, 1),
    ]  # fmt: skip


def _fixed(text: str, width: int) -> str:
    """Return a text in the fixed width of an ISA element, which is counted in bytes: ASCII only."""
    return text.encode("ascii", "replace").decode("ascii").ljust(width)[:width]


def _choose_marks(segments: list[OutSegment]) -> _Marks:
    held: set[str] = set()
    for segment in segments:
        for value in segment:
            if isinstance(value, str):
                held.update(value)
            else:
                for part in value:
                    held.update(part)
    free = [next((mark for mark in marks if mark not in held), "") for marks in (_ELEMENTS, _TERMINATORS)]
    element, segment_mark = free[0] or _ELEMENTS[0], free[1] or _TERMINATORS[0]
    component = next((mark for mark in _COMPONENTS if mark not in held and mark != element), _COMPONENTS[0])
    repetition = next(mark for mark in _REPETITIONS if mark not in (element, component, segment_mark))
    return _Marks(element, component, segment_mark, repetition)


def _text(segment: OutSegment, marks: _Marks) -> str:
    values = [value if isinstance(value, str) else _joined(value, marks.component) for value in segment]
    while len(values) > 1 and not values[-1]:
        values.pop()
    return marks.element.join(values)


def _joined(parts: Sequence[str], component: str) -> str:
    return component.join(parts).rstrip(component)
