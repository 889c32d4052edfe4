"""X12 files: 837 claims read into claims.submitted events."""

from processors.x12.claims837 import ParsedClaim, read_claims
from processors.x12.problems import X12Problem

__all__ = ["ParsedClaim", "X12Problem", "read_claims"]
