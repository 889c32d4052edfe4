"""The claim frame: one claim as it stands in the file, not interpreted yet."""

from __future__ import annotations

from dataclasses import dataclass

from processors.x12.guides import ClaimType
from processors.x12.hierarchy import Level

Placed = tuple[list[str], int, int]
"""Elements, first byte, position in the transaction."""


@dataclass(slots=True)
class Rejection:
    """Why a claim is given up before it is mapped, and where."""

    code: str
    message: str
    segment_id: str
    at: int
    position: int


@dataclass(slots=True)
class ClaimFrame:
    """One claim with the levels above it.

    Attributes:
        claim_type: professional, institutional or dental.
        ordinal: Number of the claim in the file, from 1, rejected ones included.
        component: Component separator.
        levels: Levels above the claim by HL03.
        segments: Segments from CLM on; none once it is rejected.
        start: First byte of CLM.
        end: First byte after the last segment.
        opening: The elements of CLM, or of what stands in its place.
        rejection: Why it is given up, or null.
        damaged: Whether a segment was unreadable.
        last_line: Highest LX01 so far, at least 1 after an LX; 0 before.
    """

    claim_type: ClaimType
    ordinal: int
    component: str
    levels: dict[str, Level]
    segments: list[Placed]
    start: int
    end: int
    opening: list[str]
    rejection: Rejection | None = None
    damaged: bool = False
    last_line: int = 0


class PlainStretch:
    """Claims that compiled code has read together (compiled.block)."""

    __slots__ = ()

    @property
    def claims(self) -> int:
        """Number of claims."""
        raise NotImplementedError


@dataclass(slots=True)
class InterchangeAckFrame:
    """One TA1 segment: elements, first byte, first byte after it."""

    elements: list[str]
    start: int
    end: int
