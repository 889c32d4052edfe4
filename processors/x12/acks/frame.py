"""Frames of acknowledgements: one verdict as it stands in the file, not interpreted yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from processors.x12.frame import Rejection
from processors.x12.tokenizer import Segment


@dataclass(slots=True)
class SetAckFrame:
    """What a 999 or 997 says of a group or one of its sets.

    Attributes:
        ack_type: 999 or 997.
        group: AK1; only its id where it is missing.
        segments: AK2 to IK5 of a set, or AK9 of a group.
        is_set: Whether it is about a set.
    """

    ack_type: str
    group: list[str]
    segments: list[Segment]
    is_set: bool


@dataclass(slots=True)
class StatusLevel:
    """One HL level of a 277CA.

    Attributes:
        code: HL03: 20 source, 21 receiver, 19 provider, PT claim.
        segments: Its segments, HL first.
        above: Levels above it by HL03.
        component: Component separator.
        position: Position of its HL in the transaction.
        rejection: Why it is given up, or null.
        traces: TRN segments in it.
        names: NM1 segments in it.
        in_lines: Whether its first SVC has come.
        facts: First NM109, NM108 and TRN02 of it, for the levels below.
    """

    code: str
    segments: list[Segment]
    above: dict[str, StatusLevel]
    component: str
    position: int
    rejection: Rejection | None = None
    traces: int = 0
    names: int = 0
    in_lines: bool = False
    facts: dict[str, str] = field(default_factory=dict)
