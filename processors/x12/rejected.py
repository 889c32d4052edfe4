"""What is left of a claim that could not be read: enough to tell its sender which one it was."""

from __future__ import annotations

import hashlib
from typing import Any

from processors.x12.frame import ClaimFrame
from processors.x12.hierarchy import Level
from processors.x12.lineage import Intake
from processors.x12.parties import read_billing, read_patient, read_subscriber
from processors.x12.problems import X12Problem
from processors.x12.results import REJECTED_SCHEMA, RejectedClaim

_PATIENT_UNKNOWN = frozenset({"hierarchy", "clm_lost", "too_many_elements"})
"""Problems after which nothing above the claim can be trusted to be its own."""


def describe_rejected(frame: ClaimFrame, problem: X12Problem, raw: bytes, intake: Intake) -> RejectedClaim:
    """Return the rejected claim with what its CLM and the levels above it say, sealed."""
    subject = intake.tokenizer.token(intake.tenant_id, "rejected", hashlib.sha256(raw).hexdigest(), str(frame.ordinal))
    e = [*frame.opening, *[""] * 20]
    sealed: dict[str, Any] = {}
    if e[0] == "CLM":
        sealed = {"account_number": e[1], "charge": e[2], "facility": e[5]}
        if problem.code not in _PATIENT_UNKNOWN:
            sealed.update(_parties(frame.levels))
    phi = intake.sealer.seal_json(sealed, intake.tenant_id, REJECTED_SCHEMA, subject) if sealed else None
    return RejectedClaim(problem, frame.ordinal, frame.start, frame.end, subject, phi)


def _parties(levels: dict[str, Level]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "20" in levels:
        found["billing_provider"] = read_billing(levels["20"]).sealed.get("billing_provider", {})
    if "22" in levels:
        found["subscriber"] = read_subscriber(levels["22"]).person.sealed
    patient = read_patient(levels["23"]) if "23" in levels else None
    if patient is not None:
        found["patient"] = patient.person.sealed
    return found
