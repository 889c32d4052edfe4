"""Problems found while reading X12: records with a position and plain words, never with data values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["fatal", "error", "warning"]
Level = Literal["file", "interchange", "group", "transaction", "claim"]

_GUIDE_SEGMENTS = """
    ISA IEA TA1 GS GE ST SE BHT HL NM1 N1 N2 N3 N4 PER REF DTP DTM PRV SBR PAT DMG CLM CL1 PWK CN1 AMT K3 NTE
    CR1 CR2 CR3 CR4 CR5 CR6 CR7 CR8 CRC HI HCP HSD LX SV1 SV2 SV3 SV4 SV5 SV6 SV7 QTY MEA CTP LIN SVD CAS LQ
    FRM OI MOA MIA PS1 IMM TOO DN1 DN2 DSB UM CUR TRN BPR RDM TS2 TS3 CLP SVC PLB AK1 AK2 AK3 AK4 AK5 AK9 IK3
    IK4 IK5 CTX STC
"""
_SEGMENT_IDS = frozenset(_GUIDE_SEGMENTS.split())
"""Of the guides that are read. A short name would pass for an id by its looks, so only these are repeated."""

_CONTROL_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class X12Problem:
    """One thing that is wrong with a file, an envelope or a claim.

    Attributes:
        severity: fatal: reading stopped here; error: the claim, transaction or envelope is not accepted as it
            is; warning: it was read, but something is odd.
        level: What the problem is about. A claim with an error is not yielded as a claim.
        code: Stable short name of the kind of problem.
        message: What is wrong, in plain words, without values from the file.
        remedy: What the operator or the sender can do.
        byte_offset: Where the segment begins in the file.
        segment_position: Number of the segment in its transaction set, ST is 1; 0 outside one.
        segment_id: Segment id, or ? when what stands there is not an id.
        element: Element number in the segment, or null when the segment as a whole is meant.
        interchange_control: ISA13, or empty.
        group_control: GS06, or empty.
        transaction_control: ST02, or empty.
        claim_ordinal: Number of the claim in the file, from 1; null when no claim is meant.
        claims_affected: How many claims of the file are not yielded because of this problem.
    """

    severity: Severity
    level: Level
    code: str
    message: str
    remedy: str
    byte_offset: int = 0
    segment_position: int = 0
    segment_id: str = ""
    element: int | None = None
    interchange_control: str = ""
    group_control: str = ""
    transaction_control: str = ""
    claim_ordinal: int | None = None
    claims_affected: int = 0

    def at_position(self, position: int) -> X12Problem:
        """Return the problem at another segment of its transaction."""
        return replace(self, segment_position=position)

    def __str__(self) -> str:
        place = f"byte {self.byte_offset}"
        if self.segment_position:
            place += f", segment {self.segment_position} {self.segment_id}".rstrip()
            place += f", element {self.element}" if self.element is not None else ""
        return f"{self.severity}: {self.message} ({place}). {self.remedy}"


class ClaimRejectedError(Exception):
    """Raised inside the mapper to give up one claim; becomes an X12Problem and never leaves the reader."""

    def __init__(self, element: int | None, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.element = element
        self.remedy = remedy or "Correct the claim in the billing system and send it again."


def shown_segment_id(text: str) -> str:
    """Return a segment id, or ? for anything that is not one: damaged files have data in its place."""
    return text if text in _SEGMENT_IDS else "?"


def shown_control_number(text: str) -> str:
    """Return a control number, or nothing for anything that is not one."""
    stripped = text.strip()
    return stripped if _CONTROL_NUMBER.fullmatch(stripped) else ""
