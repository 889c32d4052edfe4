"""The walker: takes a file segment by segment through envelopes, claims and the bodies of other sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from processors.x12.body import Body
from processors.x12.claim_walk import CHECK, RESEND, ClaimWalk
from processors.x12.envelope import Envelope
from processors.x12.frame import InterchangeAckFrame
from processors.x12.notes import Notes
from processors.x12.segment_limits import PLAIN_SIZES
from processors.x12.tokenizer import Segment, Tokenizer

if TYPE_CHECKING:  # compiled code is loaded for large files only
    from processors.x12.compiled.lane import Lane

_CLOSERS = frozenset({"SE", "GE", "IEA"})
OpenBody = Callable[[list[Any], int], Body | None]
"""Makes the reader of the transaction set that has just begun, given where results go and the first byte of ST."""


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
        self._out: list[Any] = []
        self._claims = ClaimWalk(tokens, envelope, self._out, lane)
        self._note = Notes(envelope, self._out, RESEND).note

    def walk(self) -> Iterator[Any]:  # noqa: C901, PLR0912 - the hot loop, kept in one piece
        """Yield claims, other frames, problems and ended units in file order.

        When a frame is yielded, the envelope still is the one it stands in, and its raw bytes are at hand.
        """
        envelope, out, claims, sizes = self._envelope, self._out, self._claims, PLAIN_SIZES
        for segment in self._tokens:
            elements = segment[0]
            # Nearly all segments end here: ordinary ones inside a claim or a level.
            if envelope.claim_type is not None and len(elements) <= sizes.get(elements[0], 0):
                envelope.position += 1
                claim = claims.claim
                if claim is None:
                    claims.describe_level(segment)
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
            elif claims.begins_level(elements):
                claims.close_claim()
                yield from out  # its bytes are at hand only until the lane looks ahead
                out.clear()
                if not claims.take(segment):
                    self._read(segment)
            else:
                self._read(segment)
            if out:
                yield from out
                out.clear()
        claims.cut_claim("the file ends inside the claim")
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
        else:
            self._claims.read(segment)

    def _leave(self, segment: Segment) -> None:
        """Close what is open before a segment of the envelope."""
        if self._envelope.open_st:
            self._envelope.position += 1
        why = None if segment[0][0] in _CLOSERS else "a new envelope begins before its transaction has ended"
        if why is None:
            self._claims.close_claim()
        else:
            self._claims.cut_claim(why)
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
            self._claims.start_set()
        envelope.handlers[name](elements, start, end)
        if name == "ISA":
            envelope.delimiters = delimiters
            if delimiters is not None and not delimiters.exact:
                message = "ISA does not have its fixed width; its separators were found by counting"
                remedy = "Tell the sender to pad the ISA elements; the claims were read."
                self._note("warning", "interchange", "isa_width", message, segment, remedy)
        self._claims.stray = False
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
            self._claims.ordinal += 1
            message = "A claim stands outside a transaction set that holds claims"
            self._note("error", "claim", "clm_outside", message, segment, affected=1)
        elif not self._claims.stray:
            self._claims.stray = True
            message = "Segments stand outside a transaction set"
            self._note("warning", "file", "stray_segment", message, segment, CHECK)

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
