"""What reading an X12 file yields: typed results with byte ranges, in file order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from processors.x12.delimiters import Delimiters
from processors.x12.guides import Guide
from processors.x12.problems import X12Problem

Event = dict[str, Any]
Elements = tuple[str, ...]


class EventBatch:
    """Claims or claim payments that compiled code has read together (compiled.batch, compiled.remits.batch)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ParsedClaim:
    """One claim of an 837 that was read whole.

    Attributes:
        event: Fields of claims.submitted; identifying data is sealed in phi.
        ordinal: Number of the claim in the file, from 1, rejected ones counted.
        byte_start: First byte of its CLM segment.
        byte_end: First byte after its last segment.
        interchange_control: ISA13.
        group_control: GS06.
        transaction_control: ST02.
        unmapped: Ids of the segments the contract has no field for, in order; they are sealed in phi.
    """

    event: Event
    ordinal: int
    byte_start: int
    byte_end: int
    interchange_control: str
    group_control: str
    transaction_control: str
    unmapped: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Message key of claims.submitted."""
        return f"{self.event['tenant_id']}|{self.event['patient_token']}"


@dataclass(frozen=True, slots=True)
class RejectedClaim:
    """One claim of an 837 that could not be read; the problem stands before it among the results.

    Attributes:
        problem: Why.
        ordinal: Number of the claim in the file, from 1.
        byte_start: First byte of its CLM segment.
        byte_end: First byte after its last segment.
        subject_token: Names the claim for the sealed field: no claim id could be made.
        phi: What could be read of account number, charge, patient and provider, sealed; null when nothing can
            be trusted. Schema name for opening it: REJECTED_SCHEMA.
    """

    problem: X12Problem
    ordinal: int
    byte_start: int
    byte_end: int
    subject_token: str
    phi: bytes | None


REJECTED_SCHEMA = "claims.rejected"
"""Schema name that the sealed field of a rejected claim is bound to."""


@dataclass(frozen=True, slots=True)
class ParsedRemit:
    """One claim payment of an 835 (a CLP loop), or the provider-level adjustments of a transaction.

    Attributes:
        event: Fields of remits.received; identifying data is sealed in phi.
        ordinal: Number of the claim payment in the file, from 1; 0 for provider-level adjustments.
        byte_start: First byte of its CLP, PLB or BPR segment.
        byte_end: First byte after its last segment.
    """

    event: Event
    ordinal: int
    byte_start: int
    byte_end: int

    @property
    def key(self) -> str:
        """Message key of remits.received."""
        return f"{self.event['tenant_id']}|{self.event['patient_control_token'] or self.event['payment_id']}"


@dataclass(frozen=True, slots=True)
class ParsedAck:
    """One verdict of a 999, 997, 277CA or TA1.

    Attributes:
        event: Fields of acks.received; identifying data is sealed in phi.
        byte_start: First byte of its segments.
        byte_end: First byte after them.
    """

    event: Event
    byte_start: int
    byte_end: int

    @property
    def key(self) -> str:
        """Message key of acks.received."""
        return f"{self.event['tenant_id']}|{self.event['subject_token']}"


@dataclass(frozen=True, slots=True)
class TransactionSeen:
    """A transaction set has ended; what belongs to it stands before it.

    Attributes:
        elements: ST.
        guide: What it is.
        byte_start: First byte of ST.
        byte_end: First byte after SE, or where the set was given up.
        segments: Segments from ST to SE.
        claims: CLM segments (837) or CLP segments (835) in it.
        header: BHT and the names of submitter and receiver (loop 1000) of an 837.
        balanced: Verdict on an 835: payments against claims and provider adjustments; null for others and when
            it cannot be told.
    """

    elements: Elements
    guide: Guide
    byte_start: int
    byte_end: int
    segments: int
    claims: int
    header: tuple[Elements, ...] = ()
    balanced: bool | None = None


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A functional group has ended.

    Attributes:
        elements: GS.
        trailer: GE; empty when it is missing.
        byte_start: First byte of GS.
        byte_end: First byte after GE, or where the group was given up.
        transactions: Transaction sets in it.
    """

    elements: Elements
    trailer: Elements
    byte_start: int
    byte_end: int
    transactions: int


@dataclass(frozen=True, slots=True)
class InterchangeSeen:
    """An interchange has ended.

    Attributes:
        elements: ISA.
        byte_start: First byte of ISA.
        byte_end: First byte after IEA, or where the interchange was given up.
        groups: Groups in it.
        delimiters: Its separators.
    """

    elements: Elements
    byte_start: int
    byte_end: int
    groups: int
    delimiters: Delimiters | None


Seen = TransactionSeen | GroupSeen | InterchangeSeen
Result = ParsedClaim | RejectedClaim | ParsedRemit | ParsedAck | X12Problem | Seen
