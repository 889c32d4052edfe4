"""Frames of an 835: one claim payment, or the provider adjustments of a transaction, not interpreted yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from processors.x12.frame import Placed, Rejection
from processors.x12.remits.totals import Totals


@dataclass(slots=True)
class PaymentHeader:
    """What stands before the first claim of a transaction and holds for all of them.

    Attributes:
        segments: Segments from BPR to the last of loop 1000B.
        totals: Sums of the transaction.
        summary_provider: TS301 of the open LX group.
        reversed_claims: CLP01 and CLP07 of the reversals so far.
        parsed: What the mapper has read from it, kept for the next claim.
    """

    totals: Totals
    segments: list[list[str]] = field(default_factory=list)
    summary_provider: str = ""
    reversed_claims: set[str] = field(default_factory=set)
    parsed: Any = None


@dataclass(slots=True)
class RemitFrame:
    """One claim payment.

    Attributes:
        ordinal: Number of the claim payment in the file, from 1, rejected ones included.
        component: Component separator.
        header: What stands above it.
        segments: Segments from CLP on.
        start: First byte of CLP.
        end: First byte after the last segment.
        summary_provider: TS301 of its LX group.
        rejection: Why it is given up, or null.
        in_lines: Whether its first SVC has come.
        patients: NM1 QC segments in it.
    """

    ordinal: int
    component: str
    header: PaymentHeader
    segments: list[Placed]
    start: int
    end: int
    summary_provider: str
    rejection: Rejection | None = None
    in_lines: bool = False
    patients: int = 0


@dataclass(slots=True)
class ProviderFrame:
    """The provider adjustments of a transaction; without any, its payment.

    Attributes:
        component: Component separator.
        header: What stands above.
        segments: PLB segments; none in a transaction that pays no claims and adjusts nothing.
        start: First byte of the first PLB, or of BPR.
        end: First byte after the last.
    """

    component: str
    header: PaymentHeader
    segments: list[Placed]
    start: int
    end: int
