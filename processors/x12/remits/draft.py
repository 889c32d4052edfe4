"""The draft of one claim payment while its segments are read."""

from __future__ import annotations

from typing import Any

from processors.x12.body import kept
from processors.x12.remits.defaults import CLAIM_DEFAULTS, LINE_DEFAULTS, LINE_LISTS, LIST_FIELDS, Event


class RemitDraft:
    """One claim payment in the making.

    Args:
        component: Component separator.

    Attributes:
        event: Claim fields of remits.received known so far.
        line: The open service line, or null.
        sealed: What identifies people, for the sealed field.
        line_controls: REF 6R by line number.
        responsibility: Sum of the PR adjustments, in cents.
        warnings: (code, message, element) of oddities in the segment at hand.
    """

    __slots__ = ("component", "event", "line", "line_controls", "responsibility", "sealed", "warnings")

    def __init__(self, component: str) -> None:
        self.component = component
        self.event: Event = CLAIM_DEFAULTS.copy()
        for name in LIST_FIELDS:
            self.event[name] = []
        self.line: Event | None = None
        self.sealed: dict[str, Any] = {}
        self.line_controls: list[tuple[Event, str]] = []
        self.responsibility = 0
        self.warnings: list[tuple[str, str, int | None]] = []

    def warn(self, code: str, message: str, element: int | None = None) -> None:
        """Record an oddity of the segment at hand that does not stop the claim payment."""
        if all(code != earlier for earlier, _, _ in self.warnings):
            self.warnings.append((code, message, element))

    def start_line(self) -> Event:
        """Open a service line."""
        line = LINE_DEFAULTS.copy()
        for name in LINE_LISTS:
            line[name] = []
        lines = self.event["lines"]
        lines.append(line)
        line["line_number"] = len(lines)
        self.line = line
        return line

    def keep(self, elements: list[str]) -> None:
        """Keep a segment the contract has no field for, sealed with the number of its line (0: the claim)."""
        self.event["unmapped"].append(elements[0])
        number = 0 if self.line is None else self.line["line_number"]
        self.sealed.setdefault("segments", []).append([number, kept(elements, self.component)])
