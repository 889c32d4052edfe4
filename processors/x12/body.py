"""The body of a transaction set that holds no claims: what its readers have in common."""

from __future__ import annotations

from typing import Any

from processors.x12.envelope import Envelope
from processors.x12.notes import Notes
from processors.x12.tokenizer import Segment, Tokenizer

RESEND = "Ask the sender for the transaction again; the others are not affected."
CHECK = "Tell the sender; check what is concerned."


class Body:
    """Reads the segments of one transaction set and appends frames and problems to `out`.

    Args:
        tokens: Gives separators and raw bytes.
        envelope: Gives the place of a problem.
        out: Where results go, in file order.
        start: First byte of ST.

    Attributes:
        note: Appends a problem.
        begins: Id of the segments at which a plain stretch may begin; null where none may.
    """

    begins: str | None = None

    def __init__(self, tokens: Tokenizer, envelope: Envelope, out: list[Any], start: int) -> None:
        self.tokens = tokens
        self.envelope = envelope
        self.out = out
        self.start = start
        self.note = Notes(envelope, out, RESEND).note
        self.component = tokens.delimiters.component if tokens.delimiters is not None else ":"

    def read(self, segment: Segment) -> None:
        """Read one segment between ST and SE."""
        raise NotImplementedError

    def pause(self, segment: Segment) -> bool:
        """Append what ends before a segment with the id `begins`; tell whether a stretch might begin with it."""
        raise NotImplementedError

    def take(self, segment: Segment) -> bool:
        """Append the plain stretch that begins with this segment and go on behind it; tell whether there is one."""
        raise NotImplementedError

    def close(self, why_cut: str | None) -> None:
        """End the set; why_cut says why it is not whole, or is null at its SE."""
        raise NotImplementedError


def trimmed(elements: list[str], limit: int) -> bool:
    """Drop empty elements at the end, which are sloppy and no damage; tell whether the limit then holds."""
    while len(elements) > 1 and not elements[-1]:
        elements.pop()
    return len(elements) - 1 <= limit


def kept(elements: list[str], component: str) -> list[Any]:
    """Return a segment as it is kept sealed: a composite element is a list; empty ones at the end are left out."""
    end = len(elements)
    while end > 1 and not elements[end - 1]:
        end -= 1
    return [value.split(component) if component in value else value for value in elements[:end]]
