"""X12 files: claims, remittances and acknowledgements read into events, acknowledgements and claims written."""

from processors.x12.lineage import Intake
from processors.x12.problems import X12Problem
from processors.x12.reader import read_claims, read_file
from processors.x12.results import (
    GroupSeen,
    InterchangeSeen,
    ParsedAck,
    ParsedClaim,
    ParsedRemit,
    RejectedClaim,
    Result,
    TransactionSeen,
)

__all__ = [
    "GroupSeen", "Intake", "InterchangeSeen", "ParsedAck", "ParsedClaim", "ParsedRemit", "RejectedClaim", "Result",
    "TransactionSeen", "X12Problem", "read_claims", "read_file",
]  # fmt: skip
