"""The lane of an 835: looks ahead of the other reader for plain stretches of claim payments, block by block."""

from __future__ import annotations

from processors.x12.compiled.ahead import Ahead
from processors.x12.compiled.remits.block import PaymentBlock, PaymentStretch
from processors.x12.remits.frame import PaymentHeader
from processors.x12.tokenizer import Segment, Tokenizer

WARM_UP = 16
"""Claim payments of a transaction that are read one by one first: small ones are not worth a look ahead."""
FEWEST_PAYMENTS = 4
"""Claim payments that are worth a batch."""


class PaymentLane:
    """Finds plain stretches of claim payments ahead of the other reader.

    A stretch ends where that reader could do anything but read on: at a payment or value that is not plain, at
    a reversal, at provider adjustments, at the end of the set. What it gives is what that reader would have given.

    Args:
        tokens: Gives bytes ahead of the other reader.
        warm_up: Claim payments of each set that are left to the other reader; where it leaves none, single ones
            are taken too.
    """

    def __init__(self, tokens: Tokenizer, warm_up: int = WARM_UP) -> None:
        self._tokens = tokens
        self._warm_up = warm_up
        self._fewest = FEWEST_PAYMENTS if warm_up else 0
        self._seen = 0
        self._ahead = Ahead(tokens, PaymentBlock)

    def start_set(self) -> None:
        """Begin a transaction set, perhaps with other separators than the one before."""
        self._seen = 0
        self._ahead.forget()

    def take(
        self, segment: Segment, header: PaymentHeader, summary_provider: str, ordinal: int
    ) -> PaymentStretch | None:
        """Return the plain stretch that begins with this CLP segment, the tokenizer behind it; or null.

        Args:
            segment: CLP; no claim payment may be open.
            header: What stands above it.
            summary_provider: TS301 of its LX group; empty without one.
            ordinal: Claim payments of the file so far.
        """
        self._seen += 1
        marks, start = self._tokens.delimiters, segment[1]
        if self._seen <= self._warm_up or marks is None:
            return None
        block = self._ahead.block_at(start, marks.component)
        if block is None:
            return None
        first, last = block.run(start, crosses_groups=not summary_provider)
        if first == last or last - first < self._fewest:
            return None
        found = PaymentStretch(block, first, last, header, summary_provider, ordinal)
        self._tokens.jump(found.end)
        return found
