"""The body of a 999 or 997: verdicts on a group and its sets."""

from __future__ import annotations

from processors.x12.acks.frame import SetAckFrame
from processors.x12.body import CHECK, Body, trimmed
from processors.x12.tokenizer import Segment

LIMITS: dict[str, int] = {
    "AK1": 3, "AK2": 3, "IK3": 4, "AK3": 4, "CTX": 10, "IK4": 4, "AK4": 4, "IK5": 6, "AK5": 6, "AK9": 9,
}  # fmt: skip
"""Highest element number by segment id."""

_CLOSES = frozenset({"IK5", "AK5"})


class SetAckBody(Body):
    """Reads one 999 or 997."""

    _group: list[str] | None = None
    _frame: SetAckFrame | None = None

    @property
    def ack_type(self) -> str:
        """What the set is."""
        return "997" if self._old else "999"

    _old = False

    def read(self, segment: Segment) -> None:
        """Read one segment between ST and SE."""
        elements = segment[0]
        name = elements[0]
        limit = LIMITS.get(name)
        if limit is None or not trimmed(elements, limit):
            self._set_aside(segment)
            return
        self._old = self._old or name in ("AK3", "AK4", "AK5")
        frame = self._frame
        if name == "AK1":
            self._group = elements
        elif name == "AK9":
            self._lose(segment)
            self.out.append(SetAckFrame(self.ack_type, self._group or ["AK1"], [segment], is_set=False))
        elif name == "AK2":
            self._lose(segment)
            self._frame = SetAckFrame(self.ack_type, self._group or ["AK1"], [segment], is_set=True)
            self.tokens.keep_from = segment[1]
        elif frame is None:
            self._stray(segment)
        else:
            frame.segments.append(segment)
            if name in _CLOSES:
                self._emit()

    def close(self, why_cut: str | None) -> None:
        """End the set."""
        del why_cut  # the envelope says that SE is missing
        self._lose((["SE"], self.tokens.offset, self.tokens.offset))

    def _emit(self) -> None:
        frame, self._frame = self._frame, None
        if frame is not None:
            frame.ack_type = self.ack_type
            self.out.append(frame)
        self.tokens.keep_from = None

    def _lose(self, segment: Segment) -> None:
        """Hand out a set whose verdict is missing; it is an event without a decision."""
        if self._frame is not None:
            message = "The verdict on a set (IK5) is missing"
            self.note("error", "transaction", "verdict_missing", message, segment)
            self._emit()

    def _stray(self, segment: Segment) -> None:
        message = "A verdict stands under no set; an AK2 segment may be lost"
        self.note("error", "transaction", "ak2_lost", message, segment)

    def _set_aside(self, segment: Segment) -> None:
        """Report a segment that is not of a 999: a verdict may be hidden in it, so it is no mere oddity."""
        if segment[0][0] in LIMITS:
            code, message = (
                "too_many_elements",
                "A segment has more elements than its kind allows; a terminator may be lost",
            )
        else:
            code, message = "unknown_segment", "A segment id is not one of a 999; the segment was left aside"
        self.note("error", "transaction", code, message, segment, CHECK)
        if self._frame is not None:
            self._frame.segments.append(segment)
