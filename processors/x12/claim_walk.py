"""The walk over an 837: its levels and claims, each claim handed out as a frame once it is complete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from processors.x12.envelope import Envelope
from processors.x12.frame import ClaimFrame, Rejection
from processors.x12.hierarchy import Hierarchy
from processors.x12.notes import Notes
from processors.x12.segment_limits import ELEMENT_LIMITS, hides_a_claim, hides_a_level
from processors.x12.tokenizer import Segment, Tokenizer

if TYPE_CHECKING:  # compiled code is loaded for large files only
    from processors.x12.compiled.block import Stretch
    from processors.x12.compiled.lane import Lane

MAX_CLAIM_BYTES = 4 << 20
RESEND = "Ask the sender for the claims concerned again; the others are not affected."
CHECK = "Tell the sender; check the claims concerned."
_HEADER = frozenset({"BHT", "NM1", "REF"})
_SERVICES = frozenset({"LX", "SV1", "SV2", "SV3"})
_OTHER_COMPONENT = re.compile(r"\w{1,2}([^\w\s])[AB]\1\w")
_HL_LOST = "The hierarchy is damaged, so claims are rejected until the next sound HL"


class ClaimWalk:
    """Walks the levels and claims of 837 sets.

    Args:
        tokens: The segments.
        envelope: Follows control numbers and counts.
        out: Where frames, stretches and problems go, in file order.
        lane: Finds plain stretches, which are handed out whole; without it every segment is walked.

    Attributes:
        claim: The open claim.
        stray: Whether it was said already that segments stand where none belong.
        ordinal: Claims of the file so far.
    """

    def __init__(self, tokens: Tokenizer, envelope: Envelope, out: list[Any], lane: Lane | None) -> None:
        self.claim: ClaimFrame | None = None
        self.stray = False
        self.ordinal = 0
        self._tokens = tokens
        self._envelope = envelope
        self._out = out
        self._lane = lane
        self._note = Notes(envelope, out, RESEND).note
        self._hierarchy = Hierarchy()
        self._component = ""

    def start_set(self) -> None:
        """Begin a transaction set."""
        delimiters = self._tokens.delimiters
        self._hierarchy = Hierarchy()
        self._component = delimiters.component if delimiters is not None else ":"

    def begins_level(self, elements: list[str]) -> bool:
        """Tell whether a plain stretch might begin here: one that runs into the next segment is damage."""
        if self._lane is None or elements[0] != "HL" or self._envelope.claim_type is None:
            return False
        return len(elements) - 1 <= ELEMENT_LIMITS["HL"]

    def take(self, segment: Segment) -> bool:
        """Append the plain stretch that begins with this HL segment and go on behind it; tell whether there is one."""
        assert self._lane is not None  # noqa: S101 - begins_level has looked
        stretch = self._lane.take(segment, self._hierarchy, self._component, self.ordinal)
        if stretch is None:
            return False
        self.stray = False
        self._follow(stretch)
        self._envelope.position += stretch.segments
        self._envelope.claims += stretch.claims
        self.ordinal += stretch.claims
        self._tokens.jump(stretch.end)
        self._out.append(stretch)
        return True

    def read(self, segment: Segment) -> None:
        """Read a segment that may open or end a level or claim, or may be damaged."""
        if len(segment[0]) - 1 > ELEMENT_LIMITS.get(segment[0][0], -1):
            self._read_odd(segment)
        else:
            self._read_sound(segment)

    def _follow(self, stretch: Stretch) -> None:
        """Stand in the hierarchy where a stretch ends: its last subscriber and patient are open."""
        self._hierarchy.pass_over(stretch.numbers(), stretch.counted)
        for hl, *others in stretch.open_levels():
            self._hierarchy.open_level(hl)
            for elements in others:
                self._hierarchy.describe(elements)

    def _read_sound(self, segment: Segment) -> None:
        name = segment[0][0]
        if name == "CLM":
            self._open_claim(segment)
        elif name == "HL":
            self._open_level(segment)
        elif self.claim is not None:
            self._extend(self.claim, segment)
        else:
            self.describe_level(segment)

    def _open_level(self, segment: Segment) -> None:
        self.close_claim()
        self.stray = False
        try:
            parent_known = self._hierarchy.open_level(segment[0])
        except ValueError:
            self._note("error", "transaction", "hierarchy_damaged", _HL_LOST, segment)
            return
        if not parent_known:
            message = "HL02 names a level that does not exist; the level before it was taken"
            self._note("warning", "transaction", "hl_parent", message, segment, CHECK, element=2)

    def describe_level(self, segment: Segment) -> None:
        """Read a segment that stands in a level, before its first claim."""
        if segment[0][0] in _SERVICES and not self.stray:
            self.stray = True
            message = "Service lines stand without a claim; a CLM segment may be lost"
            self._note("error", "claim", "lines_without_claim", message, segment, affected=1)
        if not self._hierarchy.describe(segment[0]) and segment[0][0] in _HEADER and len(self._envelope.header) < 20:
            self._envelope.header.append(tuple(segment[0]))

    def _open_claim(self, segment: Segment) -> None:
        self.close_claim()
        kind = self._envelope.claim_type
        assert kind is not None  # noqa: S101 - callers read claims only where there are some
        elements, start, end = segment
        self.ordinal += 1
        self._envelope.claims += 1
        self.stray = False
        self._watch_component(segment)
        placed = (elements, start, self._envelope.position)
        levels = dict(self._hierarchy.levels)
        self.claim = ClaimFrame(kind, self.ordinal, self._component, levels, [placed], start, end, elements)
        self._tokens.keep_from = start
        fault = self._hierarchy.fault()
        if fault is not None:
            self._reject("hierarchy", f"The claim cannot be given to a patient: {fault}", segment)

    def _watch_component(self, segment: Segment) -> None:
        """Take the component separator from CLM05 where it is plainly not the one of ISA16."""
        elements = segment[0]
        facility = elements[5] if len(elements) > 5 else ""
        match = None if self._component in facility else _OTHER_COMPONENT.fullmatch(facility)
        if match is not None:
            self._component = match[1]
            message = "Composites are not split by the separator ISA16 names; the one used was taken"
            self._note("warning", "transaction", "component_separator", message, segment, CHECK, element=5)

    def _extend(self, claim: ClaimFrame, segment: Segment) -> None:
        """Add a segment that may show that a CLM or HL before it is lost."""
        elements, start, end = segment
        claim.end = end
        name = elements[0]
        if name == "LX":
            text = elements[1] if len(elements) > 1 else ""
            number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
            if claim.damaged and number <= claim.last_line:
                self._reject("clm_lost", "Line numbers begin again; a CLM segment may be lost", segment)
            claim.last_line = max(number, 1)
        elif name == "PAT" or (claim.last_line and name in ("HI", "SBR")):
            message = f"{name} follows service lines; a CLM or HL segment may be lost"
            self._reject("clm_lost", message, segment)
            if name != "HI":
                self._hierarchy.lose("a subscriber or patient begins without HL")
        if end - claim.start > MAX_CLAIM_BYTES:
            self._reject("claim_too_large", "The claim is larger than 4 MiB", segment)
        if claim.rejection is None:
            claim.segments.append((elements, start, self._envelope.position))

    def _reject(self, code: str, message: str, segment: Segment) -> None:
        """Give up the open claim; the first reason stands."""
        claim = self.claim
        if claim is not None and claim.rejection is None:
            position = self._envelope.position
            claim.rejection = Rejection(code, message, segment[0][0], segment[1], position)
            claim.segments.clear()
            self._tokens.keep_from = None

    def close_claim(self) -> None:
        """Hand out the open claim."""
        claim, self.claim = self.claim, None
        self._tokens.keep_from = None  # the buffer shrinks only when more is read: the slice still holds
        if claim is not None:
            self._out.append(claim)

    def cut_claim(self, why: str) -> None:
        """Hand out the open claim as rejected: it is not complete."""
        claim = self.claim
        if claim is not None:
            self._reject("claim_cut_off", f"The claim is not complete: {why}", (["CLM"], claim.start, claim.end))
            self.close_claim()

    def _read_odd(self, segment: Segment) -> None:
        """Read a segment of an unknown id or with more elements than its id allows."""
        elements = segment[0]
        while not elements[-1] and len(elements) > 1:
            elements.pop()  # separators at the end are sloppy, not damage
        limit = ELEMENT_LIMITS.get(elements[0])
        if limit is None:
            self._read_unknown(segment)
        elif len(elements) - 1 > limit:
            self._read_overlong(segment)
        else:
            self._read_sound(segment)

    def _read_unknown(self, segment: Segment) -> None:
        elements, start, end = segment
        if hides_a_level(elements):
            self.close_claim()
            self._hierarchy.lose("an HL segment is unreadable")
            self._note("error", "transaction", "hierarchy_damaged", _HL_LOST, segment)
            return
        if hides_a_claim(elements, self._component):
            self._open_claim(segment)
            self._reject("clm_unreadable", "The CLM segment is unreadable", segment)
            return
        message = "A segment id is not one of an 837; the segment was left aside"
        self._note("warning", "transaction", "unknown_segment", message, segment, CHECK)
        claim = self.claim
        if claim is None:
            self._hierarchy.describe(elements)
            return
        claim.damaged = True
        claim.end = end
        if claim.rejection is None:
            claim.segments.append((elements, start, self._envelope.position))

    def _read_overlong(self, segment: Segment) -> None:
        """A segment with too many elements has swallowed the next one: its terminator is lost."""
        elements = segment[0]
        message = "A segment has more elements than its kind allows; a terminator may be lost"
        self._reject("too_many_elements", message, segment)
        if self.claim is None:
            self._hierarchy.distrust("a segment of its HL level runs into the next")
            self._note("error", "transaction", "too_many_elements", message, segment)
        if hides_a_level(elements):
            self.close_claim()
            self._hierarchy.lose("an HL segment is unreadable")
            self._note("error", "transaction", "hierarchy_damaged", _HL_LOST, segment)
        elif hides_a_claim(elements, self._component):
            self._open_claim(segment)
            self._reject("clm_unreadable", "The CLM segment is unreadable", segment)
