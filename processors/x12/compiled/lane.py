"""The lane: looks ahead of the other reader for plain stretches, block by block."""

from __future__ import annotations

from processors.x12.compiled.ahead import Ahead
from processors.x12.compiled.block import SERVICES, Block, Stretch
from processors.x12.delimiters import Delimiters
from processors.x12.envelope import Envelope
from processors.x12.hierarchy import Hierarchy
from processors.x12.tokenizer import Segment, Tokenizer

WARM_UP = 16
"""Subscribers of a transaction set that are read one by one first: small sets are not worth a look ahead."""
FEWEST_CLAIMS = 4
"""Claims that are worth a batch."""


class Lane:
    """Finds plain stretches.

    A stretch ends where the other reader could do anything but read on: at a level, claim or value that is not
    plain, at another billing provider, at the end of the set. What a stretch gives is what that reader would
    have given.

    Args:
        tokens: Gives bytes ahead of the other reader.
        envelope: Tells which claims are being read.
        warm_up: Subscribers of each set that are left to the other reader; where it leaves none, single claims are
            taken too.
    """

    def __init__(self, tokens: Tokenizer, envelope: Envelope, warm_up: int = WARM_UP) -> None:
        self._envelope = envelope
        self._warm_up = warm_up
        self._fewest = FEWEST_CLAIMS if warm_up else 0
        self._seen = 0
        self._ahead = Ahead(tokens, self._block)

    def start_set(self) -> None:
        """Begin a transaction set."""
        self._seen = 0
        block = self._ahead.block
        if block is not None and block.claim_type != self._envelope.claim_type:
            self._ahead.forget()

    def leave_interchange(self) -> None:
        """Forget what was found: other separators may follow."""
        self._ahead.forget()

    def take(self, segment: Segment, hierarchy: Hierarchy, component: str, ordinal: int) -> Stretch | None:
        """Return the plain stretch that begins with this HL segment, or null.

        Args:
            segment: HL; no claim may be open.
            hierarchy: The levels above; unchanged by this.
            component: Component separator in use.
            ordinal: Claims of the file so far.
        """
        elements, start, _ = segment
        above = hierarchy.levels.get("20")
        if len(elements) < 4 or elements[3] != "22" or above is None or above.broken is not None:
            return None
        self._seen += 1
        if self._seen <= self._warm_up or elements[2] != above.number:
            return None
        if self._envelope.claim_type not in SERVICES:
            return None
        block = self._ahead.block_at(start, component)
        if block is None:
            return None
        first, end = block.run(start, above.number)
        if first == end:
            return None
        found = Stretch(block, first, end, above, ordinal)
        return found if found.claims >= self._fewest else None

    def _block(self, data: bytes, base: int, marks: Delimiters) -> Block:
        kind = self._envelope.claim_type
        assert kind is not None  # noqa: S101 - take has looked
        return Block(data, base, marks, kind)
