"""Transaction sets that a 999 rejects, known before any of their claims is published: one look at the envelopes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from processors.x12.envelope import Envelope
from processors.x12.problems import X12Problem
from processors.x12.results import Seen, TransactionSeen
from processors.x12.syntax_errors import SET_ERRORS
from processors.x12.tokenizer import Tokenizer


class RefusedSets:
    """The sets of a file whose own syntax is wrong: trailer missing, or a count or control number that differs.

    Args:
        chunks: The file in pieces, from its first byte.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._wrong = False
        self._look(chunks)

    def holds(self, offset: int) -> bool:
        """Tell whether a byte of the file is part of such a set."""
        at = bisect_right(self._starts, offset) - 1
        return at >= 0 and offset < self._ends[at]

    def _look(self, chunks: Iterable[bytes]) -> None:
        envelope = Envelope()
        tokens = Tokenizer(chunks, frozenset(envelope.handlers))
        passed = 0
        for elements, start, end in tokens:
            if envelope.open_st:
                envelope.position += tokens.passed - passed + 1
            passed = tokens.passed
            envelope.handlers[elements[0]](elements, start, end)
            self._judge(envelope.found)
        if envelope.open_st:
            envelope.position += tokens.passed - passed
        envelope.end_of_file(tokens.offset)
        self._judge(envelope.found)

    def _judge(self, found: list[X12Problem | Seen]) -> None:
        for one in found:
            if isinstance(one, X12Problem):
                self._wrong = self._wrong or one.code in SET_ERRORS
            elif isinstance(one, TransactionSeen):
                if self._wrong:
                    self._starts.append(one.byte_start)
                    self._ends.append(one.byte_end)
                self._wrong = False
        found.clear()
