"""The body of an 835: header, claim payments and provider adjustments, resynchronised at every CLP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processors.x12.body import CHECK, Body, trimmed
from processors.x12.envelope import Envelope
from processors.x12.frame import Rejection
from processors.x12.remits.frame import PaymentHeader, ProviderFrame, RemitFrame
from processors.x12.remits.limits import LIMITS, SIZES, hides_a_payment, swallows
from processors.x12.remits.totals import Totals
from processors.x12.tokenizer import Segment, Tokenizer

if TYPE_CHECKING:  # compiled code is loaded for large files only
    from processors.x12.compiled.remits.lane import PaymentLane

MAX_PAYMENT_BYTES = 4 << 20
_ABOVE_LINES = frozenset({"NM1", "MIA", "MOA"})
_PER_GROUP = frozenset({"TS3", "TS2"})


class RemitBody(Body):
    """Reads one 835.

    Args:
        tokens: Gives separators and raw bytes.
        envelope: Gives the place of a problem.
        out: Where frames and problems go.
        start: First byte of ST.
        totals: Sums of the transaction.
        ordinal: Number of the last claim payment before this transaction.
        lane: Finds plain stretches, which are handed out whole; without it every segment is read.
    """

    def __init__(
        self,
        tokens: Tokenizer,
        envelope: Envelope,
        out: list[Any],
        start: int,
        *,
        totals: Totals,
        ordinal: int,
        lane: PaymentLane | None = None,
    ) -> None:
        super().__init__(tokens, envelope, out, start)
        self._lane = lane
        if lane is not None and totals.claims:
            self.begins = "CLP"
            lane.start_set()
        self.ordinal = ordinal
        self._header = PaymentHeader(totals)
        self._frame: RemitFrame | None = None
        self._provider: ProviderFrame | None = None
        self._payment: tuple[int, int] = (start, start)
        self._in_header = True
        self._stray = False

    def read(self, segment: Segment) -> None:  # noqa: C901 - the hot path, kept in one piece
        """Read one segment between ST and SE."""
        elements, start, end = segment
        name, frame = elements[0], self._frame
        if len(elements) > SIZES.get(name, 0) and self._set_aside(segment):
            return
        if name == "CLP":
            self._open(segment)
        elif name == "PLB":
            self._adjust(segment)
        elif name == "LX":
            self._close_frame()
            self._in_header = False
            self._header.summary_provider = ""
        elif frame is not None:
            frame.end = end
            if name == "SVC":
                frame.in_lines = True
            elif name in _ABOVE_LINES:
                self._watch(frame, segment)
            if frame.rejection is None:
                frame.segments.append((elements, start, self.envelope.position))
                if end - frame.start > MAX_PAYMENT_BYTES:
                    self._reject(frame, "claim_too_large", "The claim payment is larger than 4 MiB", segment)
        else:
            self._describe(segment)

    def pause(self, segment: Segment) -> bool:
        """Append the claim payment that ends before CLP: its bytes are at hand only until the lane looks ahead."""
        if self._provider is not None or len(segment[0]) > SIZES["CLP"]:
            return False
        self._close_frame()
        return True

    def take(self, segment: Segment) -> bool:
        """Append the plain stretch that begins with this CLP; tell whether there is one."""
        assert self._lane is not None  # noqa: S101 - asked with a lane only
        stretch = self._lane.take(segment, self._header, self._header.summary_provider, self.ordinal)
        if stretch is None:
            return False
        self._in_header = self._stray = False
        self.ordinal += stretch.claims
        self.envelope.claims += stretch.claims
        self.envelope.position += stretch.segments
        self.out.append(stretch)
        return True

    def close(self, why_cut: str | None) -> None:
        """End the set."""
        frame = self._frame
        if why_cut is not None and frame is not None:
            self._reject(frame, "claim_cut_off", f"The claim payment is not complete: {why_cut}",
                (["CLP"], frame.start, frame.end))  # fmt: skip
        self._close_frame()
        if self._provider is None and not self._header.totals.claims and self._header.segments:
            self._provider = ProviderFrame(self.component, self._header, [], *self._payment)
        if self._provider is not None:
            self.out.append(self._provider)
        self.tokens.keep_from = None
        self.envelope.balanced = self._header.totals.balanced

    def _open(self, segment: Segment) -> None:
        self._close_frame()
        elements, start, end = segment
        self._in_header = self._stray = False
        self.ordinal += 1
        self.envelope.claims += 1
        placed = (elements, start, self.envelope.position)
        header = self._header
        self._frame = RemitFrame(self.ordinal, self.component, header, [placed], start, end, header.summary_provider)
        self.tokens.keep_from = start if self._provider is None else self._provider.start

    def _close_frame(self) -> None:
        frame, self._frame = self._frame, None
        if frame is not None:
            self.tokens.keep_from = None if self._provider is None else self._provider.start
            self.out.append(frame)

    def _adjust(self, segment: Segment) -> None:
        self._close_frame()
        self._in_header = False
        elements, start, end = segment
        if self._provider is None:
            self._provider = ProviderFrame(self.component, self._header, [], start, end)
            self.tokens.keep_from = start
        self._provider.segments.append((elements, start, self.envelope.position))
        self._provider.end = end

    def _describe(self, segment: Segment) -> None:
        """Read a segment that stands under no claim payment."""
        elements, start, end = segment
        name = elements[0]
        if self._in_header:
            self._header.segments.append(elements)
            if name == "BPR":
                self._payment = (start, end)
                if not self._header.totals.claims:
                    self.tokens.keep_from = start
        elif name in _PER_GROUP:
            if name == "TS3" and len(elements) > 1:
                self._header.summary_provider = elements[1]
        elif not self._stray:
            self._stray = True
            message = "Segments stand under no claim payment; a CLP segment may be lost"
            self.note("error", "claim", "lines_without_claim", message, segment, affected=1)

    def _watch(self, frame: RemitFrame, segment: Segment) -> None:
        """Reject a claim payment in which another one seems to begin without its CLP."""
        elements = segment[0]
        frame.patients += elements[0] == "NM1" and len(elements) > 1 and elements[1] == "QC"
        if frame.in_lines or frame.patients > 1:
            self._reject(frame, "clp_lost", f"{elements[0]} stands where no claim payment has it; a CLP may be lost",
                segment)  # fmt: skip

    def _reject(self, frame: RemitFrame, code: str, message: str, segment: Segment) -> None:
        if frame.rejection is None:
            position = self.envelope.position
            frame.rejection = Rejection(code, message, segment[0][0], segment[1], position)
            frame.segments.clear()

    def _set_aside(self, segment: Segment) -> bool:
        """Deal with an unknown or overlong segment; tell whether it is done with."""
        elements = segment[0]
        limit = LIMITS.get(elements[0])
        if limit is not None and trimmed(elements, limit):
            return False
        frame = self._frame
        if limit is not None and not swallows(elements):
            message = "A segment has more elements than its kind allows; those beyond were left aside"
            self.note("warning", "transaction", "extra_elements", message, segment, CHECK)
            del elements[limit + 1 :]
            return False
        if limit is not None:
            message = "A segment has more elements than its kind allows; a terminator may be lost"
            if frame is not None:
                self._reject(frame, "too_many_elements", message, segment)
            else:
                self.note("error", "transaction", "too_many_elements", message, segment)
        if hides_a_payment(elements):
            self._open(segment)
            assert self._frame is not None  # noqa: S101 - just opened
            self._reject(self._frame, "clp_unreadable", "The CLP segment is unreadable", segment)
        elif limit is None:
            message = "A segment id is not one of an 835; the segment was left aside"
            self.note("warning", "transaction", "unknown_segment", message, segment, CHECK)
            if frame is not None and frame.rejection is None:
                frame.end = segment[2]
                frame.segments.append((elements, segment[1], self.envelope.position))
        return True
