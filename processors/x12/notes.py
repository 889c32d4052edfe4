"""Notes: problems with the place of the segment they are about."""

from __future__ import annotations

from typing import Any

from processors.x12.envelope import Envelope
from processors.x12.problems import Level, Severity
from processors.x12.tokenizer import Segment


class Notes:
    """Appends problems to results.

    Args:
        envelope: Gives their place.
        out: The results.
        remedy: What is said where a problem has no remedy of its own.
    """

    def __init__(self, envelope: Envelope, out: list[Any], remedy: str) -> None:
        self._envelope = envelope
        self._out = out
        self._remedy = remedy

    def note(  # noqa: PLR0913 - one argument for each thing a problem says
        self,
        severity: Severity,
        level: Level,
        code: str,
        message: str,
        segment: Segment,
        remedy: str | None = None,
        *,
        element: int | None = None,
        ordinal: int | None = None,
        affected: int = 0,
    ) -> None:
        """Append a problem."""
        problem = self._envelope.problem(severity, level, code, message, remedy or self._remedy,
            at=segment[1], segment_id=segment[0][0], element=element, ordinal=ordinal, affected=affected)  # fmt: skip
        self._out.append(problem)
