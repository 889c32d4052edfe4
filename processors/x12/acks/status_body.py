"""The body of a 277CA: one level after the other, resynchronised at every HL."""

from __future__ import annotations

from processors.x12.acks.frame import StatusLevel
from processors.x12.body import CHECK, Body, trimmed
from processors.x12.frame import Rejection
from processors.x12.tokenizer import Segment

LIMITS: dict[str, int] = {
    "BHT": 6, "HL": 4, "NM1": 12, "TRN": 4, "DTP": 3, "STC": 12, "QTY": 4, "AMT": 3, "REF": 4, "SVC": 7, "PER": 9,
    "N3": 2, "N4": 7, "DMG": 11, "PWK": 9,
}  # fmt: skip
"""Highest element number by segment id."""

LEVELS = ("20", "21", "19", "PT")
"""HL03 from the top: information source, information receiver, provider, patient (claim)."""


class StatusBody(Body):
    """Reads one 277CA."""

    _level: StatusLevel | None = None
    _lost = False

    def read(self, segment: Segment) -> None:
        """Read one segment between ST and SE."""
        elements = segment[0]
        name = elements[0]
        limit = LIMITS.get(name)
        if limit is None or not trimmed(elements, limit):
            self._set_aside(segment, known=limit is not None)
        elif name == "HL":
            self._open(segment)
        elif self._level is None:
            if self._lost or name != "BHT":
                self._stray(segment)
        else:
            self._extend(self._level, segment)

    def close(self, why_cut: str | None) -> None:
        """End the set."""
        level = self._level
        if why_cut is not None and level is not None:
            self._reject(level, "claim_cut_off", f"The claim status is not complete: {why_cut}", level.segments[0])
        self._emit()
        self._level = None

    def _open(self, segment: Segment) -> None:
        self._emit()
        elements = segment[0]
        code = elements[3].strip() if len(elements) > 3 else ""
        before = self._level
        if code not in LEVELS:
            self._level, self._lost = None, True
            message = "HL03 names no level of a claim acknowledgement; what follows is left aside until the next"
            self.note("error", "transaction", "hierarchy_damaged", message, segment, affected=1)
            return
        above = {} if before is None else {**before.above, before.code: before}
        depth = LEVELS.index(code)
        above = {name: level for name, level in above.items() if LEVELS.index(name) < depth}
        self._level = StatusLevel(code, [segment], above, self.component, self.envelope.position)
        self._lost = False
        self.tokens.keep_from = segment[1]

    def _emit(self) -> None:
        level = self._level
        if level is not None:
            self.out.append(level)
        self.tokens.keep_from = None

    def _extend(self, level: StatusLevel, segment: Segment) -> None:
        elements = segment[0]
        name = elements[0]
        level.segments.append(segment)
        level.names += name == "NM1"
        level.traces += name == "TRN"
        if name == "SVC":
            level.in_lines = True
        e = [*elements, "", "", ""]
        if name == "NM1" and level.names == 1:
            level.facts |= {"name": e[1], "qualifier": elements[8] if len(elements) > 8 else "",
                "id": elements[9] if len(elements) > 9 else ""}  # fmt: skip
        elif name == "TRN" and level.traces == 1:
            level.facts["trace"] = e[2]
        if (level.names > 1 or level.traces > 1) and name in ("NM1", "TRN"):
            self._reject(level, "hl_lost", f"A second {name} stands in one level; an HL segment may be lost", segment)

    def _reject(self, level: StatusLevel, code: str, message: str, segment: Segment) -> None:
        if level.rejection is None:
            level.rejection = Rejection(code, message, segment[0][0], segment[1], self.envelope.position)

    def _stray(self, segment: Segment) -> None:
        if not self._lost:
            self._lost = True
            message = "Segments stand under no level; an HL segment may be lost"
            self.note("error", "transaction", "hierarchy_damaged", message, segment, affected=1)

    def _set_aside(self, segment: Segment, *, known: bool) -> None:
        elements, level = segment[0], self._level
        if known and level is not None:
            message = "A segment has more elements than its kind allows; a terminator may be lost"
            self._reject(level, "too_many_elements", message, segment)
            return
        if len(elements) > 3 and elements[3] in LEVELS and elements[1].isdecimal():
            self._emit()
            self._level, self._lost = None, True
            message = "An HL segment is unreadable; what follows is left aside until the next"
            self.note("error", "transaction", "hierarchy_damaged", message, segment, affected=1)
            return
        message = "A segment id is not one of a 277CA; the segment was left aside"
        self.note("warning", "transaction", "unknown_segment", message, segment, CHECK)
        if level is not None:
            level.segments.append(segment)
