"""The walker: turns segments into claim frames, one claim with its hierarchy at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from processors.x12.body import Body
from processors.x12.envelope import Envelope
from processors.x12.frame import ClaimFrame, InterchangeAckFrame, Rejection
from processors.x12.hierarchy import Hierarchy
from processors.x12.problems import Level as ProblemLevel
from processors.x12.problems import Severity
from processors.x12.segment_limits import ELEMENT_LIMITS, PLAIN_SIZES, hides_a_claim, hides_a_level
from processors.x12.tokenizer import Segment, Tokenizer

if TYPE_CHECKING:  # compiled code is loaded for large files only
    from processors.x12.compiled.block import Stretch
    from processors.x12.compiled.lane import Lane

MAX_CLAIM_BYTES = 4 << 20
_RESEND = "Ask the sender for the claims concerned again; the others are not affected."
_CHECK = "Tell the sender; check the claims concerned."
_CLOSERS = frozenset({"SE", "GE", "IEA"})
_HEADER = frozenset({"BHT", "NM1", "REF"})
_SERVICES = frozenset({"LX", "SV1", "SV2", "SV3"})
_OTHER_COMPONENT = re.compile(r"\w{1,2}([^\w\s])[AB]\1\w")
OpenBody = Callable[[list[Any], int], Body | None]
"""Makes the reader of the transaction set that has just begun, given where results go and the first byte of ST."""

_HL_LOST = "The hierarchy is damaged, so claims are rejected until the next sound HL"


class Walker:
    """Walks a file segment by segment and hands out claims as soon as they are complete.

    A claim is complete when the next CLM, HL or trailer is seen; one that the file ends in is reported, not
    handed out.

    Args:
        tokens: The segments.
        envelope: Follows control numbers and counts.
        open_body: Makes the reader of a transaction set that holds no claims; without it those are passed over.
        lane: Finds plain stretches, which are handed out whole; without it every segment is walked.
    """

    def __init__(
        self, tokens: Tokenizer, envelope: Envelope, open_body: OpenBody | None = None, lane: Lane | None = None
    ) -> None:
        self._tokens = tokens
        self._envelope = envelope
        self._open_body = open_body
        self._lane = lane
        self._body: Body | None = None
        self._hierarchy = Hierarchy()
        self._claim: ClaimFrame | None = None
        self._stray = False
        self._component = ""
        self._ordinal = 0
        self._out: list[Any] = []

    def walk(self) -> Iterator[Any]:  # noqa: C901, PLR0912 - the hot loop, kept in one piece
        """Yield claims, other frames, problems and ended units in file order.

        When a frame is yielded, the envelope still is the one it stands in, and its raw bytes are at hand.
        """
        envelope, out, sizes = self._envelope, self._out, PLAIN_SIZES
        for segment in self._tokens:
            elements = segment[0]
            # Nearly all segments end here: ordinary ones inside a claim or a level.
            if envelope.claim_type is not None and len(elements) <= sizes.get(elements[0], 0):
                envelope.position += 1
                claim = self._claim
                if claim is None:
                    self._describe_level(segment)
                else:
                    claim.end = segment[2]
                    if claim.rejection is None:
                        claim.segments.append((elements, segment[1], envelope.position))
                if not out:
                    continue
            elif elements[0] in envelope.handlers:
                self._leave(segment)
                yield from out
                out.clear()
                self._enter_envelope(segment)
            elif self._body is not None:
                if elements[0] == self._body.begins and self._body.pause(segment):
                    yield from out  # as below
                    out.clear()
                    self._read_stretch(self._body, segment)
                else:
                    envelope.position += 1
                    self._body.read(segment)
            elif self._begins_level(elements):
                self._close_claim()
                yield from out  # its bytes are at hand only until the lane looks ahead
                out.clear()
                self._read_levels(segment)
            else:
                self._read(segment)
            if out:
                yield from out
                out.clear()
        self._cut_claim("the file ends inside the claim")
        self._close_body("the file ends inside it")
        yield from out
        out.clear()
        self._end_of_file()
        yield from out

    def _read_stretch(self, body: Body, segment: Segment) -> None:
        """Give a segment to its body, or all of the plain stretch that begins with it."""
        if not body.take(segment):
            self._envelope.position += 1
            body.read(segment)

    def _read(self, segment: Segment) -> None:
        """Read a segment that may change where the walker stands."""
        envelope = self._envelope
        if envelope.open_st:
            envelope.position += 1
        if envelope.claim_type is None:
            self._skip(segment)
        elif len(segment[0]) - 1 > ELEMENT_LIMITS.get(segment[0][0], -1):
            self._read_odd(segment)
        else:
            self._read_sound(segment)

    def _begins_level(self, elements: list[str]) -> bool:
        """Tell whether a plain stretch might begin here: one that runs into the next segment is damage."""
        if self._lane is None or elements[0] != "HL" or self._envelope.claim_type is None:
            return False
        return len(elements) - 1 <= ELEMENT_LIMITS["HL"]

    def _read_levels(self, segment: Segment) -> None:
        """Read an HL segment, or all of the plain stretch that begins with it."""
        assert self._lane is not None  # noqa: S101 - the caller has checked it
        stretch = self._lane.take(segment, self._hierarchy, self._component, self._ordinal)
        if stretch is None:
            self._read(segment)
            return
        self._stray = False
        self._follow(stretch)
        self._envelope.position += stretch.segments
        self._envelope.claims += stretch.claims
        self._ordinal += stretch.claims
        self._tokens.jump(stretch.end)
        self._out.append(stretch)

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
        elif self._claim is not None:
            self._extend(self._claim, segment)
        else:
            self._describe_level(segment)

    # --- envelope -----------------------------------------------------------------------------------------

    def _leave(self, segment: Segment) -> None:
        """Close what is open before a segment of the envelope."""
        if self._envelope.open_st:
            self._envelope.position += 1
        why = None if segment[0][0] in _CLOSERS else "a new envelope begins before its transaction has ended"
        if why is None:
            self._close_claim()
        else:
            self._cut_claim(why)
        self._close_body(why)

    def _close_body(self, why_cut: str | None) -> None:
        body, self._body = self._body, None
        if body is not None:
            body.close(why_cut)

    def _enter_envelope(self, segment: Segment) -> None:
        elements, start, end = segment
        name, envelope, delimiters = elements[0], self._envelope, self._tokens.delimiters
        if name == "ISA" and self._tokens.skipped:
            message = "Bytes that are no X12 stand before the first interchange; they were left aside"
            remedy = "Tell the sender to send the interchange alone; what follows was read."
            self._note("warning", "file", "leading_bytes", message, segment, remedy)
            self._tokens.skipped = 0
        if self._lane is not None and name == "IEA":
            self._lane.leave_interchange()
        if name == "ST":
            self._hierarchy = Hierarchy()
            self._component = delimiters.component if delimiters is not None else ":"
        envelope.handlers[name](elements, start, end)
        if name == "ISA":
            envelope.delimiters = delimiters
            if delimiters is not None and not delimiters.exact:
                message = "ISA does not have its fixed width; its separators were found by counting"
                remedy = "Tell the sender to pad the ISA elements; the claims were read."
                self._note("warning", "interchange", "isa_width", message, segment, remedy)
        self._stray = False
        self._take_found()
        if name == "ST" and self._lane is not None:
            self._lane.start_set()
        if name == "ST" and self._open_body is not None:
            self._body = self._open_body(self._out, start)

    def _take_found(self) -> None:
        self._out.extend(self._envelope.found)
        self._envelope.found.clear()

    def _skip(self, segment: Segment) -> None:
        """Pass over a segment of a transaction that holds no claims, or of none."""
        name = segment[0][0]
        if name == "TA1" and not self._envelope.open_st:
            self._out.append(InterchangeAckFrame(*segment))
        elif self._envelope.open_st:
            self._envelope.claims += name == "CLM"
        elif name == "CLM":
            self._ordinal += 1
            message = "A claim stands outside a transaction set that holds claims"
            self._note("error", "claim", "clm_outside", message, segment, affected=1)
        elif not self._stray:
            self._stray = True
            message = "Segments stand outside a transaction set"
            self._note("warning", "file", "stray_segment", message, segment, _CHECK)

    def _end_of_file(self) -> None:
        tokens = self._tokens
        if tokens.problem is not None:
            self._out.append(tokens.problem)
        elif tokens.rest:
            message = "The file ends in the middle of a segment"
            remedy = "Ask for the whole file and read it again; claims read already keep their ids."
            self._note("error", "file", "cut_off", message, ([""], tokens.offset, tokens.offset), remedy)
        self._envelope.end_of_file(tokens.offset)
        self._take_found()

    # --- levels and claims --------------------------------------------------------------------------------

    def _open_level(self, segment: Segment) -> None:
        self._close_claim()
        self._stray = False
        try:
            parent_known = self._hierarchy.open_level(segment[0])
        except ValueError:
            self._note("error", "transaction", "hierarchy_damaged", _HL_LOST, segment)
            return
        if not parent_known:
            message = "HL02 names a level that does not exist; the level before it was taken"
            self._note("warning", "transaction", "hl_parent", message, segment, _CHECK, element=2)

    def _describe_level(self, segment: Segment) -> None:
        if segment[0][0] in _SERVICES and not self._stray:
            self._stray = True
            message = "Service lines stand without a claim; a CLM segment may be lost"
            self._note("error", "claim", "lines_without_claim", message, segment, affected=1)
        if not self._hierarchy.describe(segment[0]) and segment[0][0] in _HEADER and len(self._envelope.header) < 20:
            self._envelope.header.append(tuple(segment[0]))

    def _open_claim(self, segment: Segment) -> None:
        self._close_claim()
        kind = self._envelope.claim_type
        assert kind is not None  # noqa: S101 - callers read claims only where there are some
        elements, start, end = segment
        self._ordinal += 1
        self._envelope.claims += 1
        self._stray = False
        self._watch_component(segment)
        placed = (elements, start, self._envelope.position)
        levels = dict(self._hierarchy.levels)
        self._claim = ClaimFrame(kind, self._ordinal, self._component, levels, [placed], start, end, elements)
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
            self._note("warning", "transaction", "component_separator", message, segment, _CHECK, element=5)

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
        claim = self._claim
        if claim is not None and claim.rejection is None:
            position = self._envelope.position
            claim.rejection = Rejection(code, message, segment[0][0], segment[1], position)
            claim.segments.clear()
            self._tokens.keep_from = None

    def _close_claim(self) -> None:
        claim, self._claim = self._claim, None
        self._tokens.keep_from = None  # the buffer shrinks only when more is read: the slice still holds
        if claim is not None:
            self._out.append(claim)

    def _cut_claim(self, why: str) -> None:
        claim = self._claim
        if claim is not None:
            self._reject("claim_cut_off", f"The claim is not complete: {why}", (["CLM"], claim.start, claim.end))
            self._close_claim()

    # --- damage -------------------------------------------------------------------------------------------

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
            self._close_claim()
            self._hierarchy.lose("an HL segment is unreadable")
            self._note("error", "transaction", "hierarchy_damaged", _HL_LOST, segment)
            return
        if hides_a_claim(elements, self._component):
            self._open_claim(segment)
            self._reject("clm_unreadable", "The CLM segment is unreadable", segment)
            return
        message = "A segment id is not one of an 837; the segment was left aside"
        self._note("warning", "transaction", "unknown_segment", message, segment, _CHECK)
        claim = self._claim
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
        if self._claim is None:
            self._hierarchy.distrust("a segment of its HL level runs into the next")
            self._note("error", "transaction", "too_many_elements", message, segment)
        if hides_a_level(elements):
            self._close_claim()
            self._hierarchy.lose("an HL segment is unreadable")
            self._note("error", "transaction", "hierarchy_damaged", _HL_LOST, segment)
        elif hides_a_claim(elements, self._component):
            self._open_claim(segment)
            self._reject("clm_unreadable", "The CLM segment is unreadable", segment)

    def _note(  # noqa: PLR0913 - one argument for each thing a problem says
        self,
        severity: Severity,
        level: ProblemLevel,
        code: str,
        message: str,
        segment: Segment,
        remedy: str = _RESEND,
        *,
        element: int | None = None,
        affected: int = 0,
    ) -> None:
        problem = self._envelope.problem(severity, level, code, message, remedy, at=segment[1],
            segment_id=segment[0][0], element=element, affected=affected)  # fmt: skip
        self._out.append(problem)
