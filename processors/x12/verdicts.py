"""Verdicts on a received file: what its acknowledgements say of interchanges, groups, sets and claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from processors.x12.problems import X12Problem
from processors.x12.results import (
    REJECTED_SCHEMA,
    GroupSeen,
    InterchangeSeen,
    ParsedClaim,
    RejectedClaim,
    Result,
    TransactionSeen,
)
from processors.x12.syntax_errors import SET_ERRORS
from processors.x12.values import cents
from schemas.phi import Sealer

ACCEPTED_STATUS = "A2:20"
_REJECTIONS = {
    "account_number": "A6:478", "amount": "A7:178", "quantity": "A7:476", "no_lines": "A6:247",
    "line_without_service": "A6:247", "line_without_lx": "A6:247", "patient_missing": "A6:125:QC",
    "predetermination": "A3:481",
}  # fmt: skip
_UNREADABLE = "A3:21"
"""Claim status category and code of the 277CA by problem code; code source: X12 external lists 507 and 508."""


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """One claim and what is said of it.

    Attributes:
        ordinal: Number of the claim in the file.
        account_number: CLM01, exactly as it was sent.
        charge_cents: CLM02; null when it is not an amount.
        statuses: Category, code and entity of each status, such as A7:562:85.
        accepted: Whether it goes into adjudication.
        patient: Sealed fields of the patient, opened.
        provider: Sealed fields of the billing provider, opened.
        provider_npi: NPI of the billing provider.
        claim_id: Our own id of the claim; empty for a rejected one.
        clearinghouse_trace: REF D9 of the claim.
        type_of_bill: Of an institutional claim, without the leading zero.
        service_from: First service date.
        service_to: Last service date.
    """

    ordinal: int
    account_number: str
    charge_cents: int | None
    statuses: tuple[str, ...]
    accepted: bool
    patient: Mapping[str, Any]
    provider: Mapping[str, Any]
    provider_npi: str | None = None
    claim_id: str = ""
    clearinghouse_trace: str = ""
    type_of_bill: str | None = None
    service_from: date | None = None
    service_to: date | None = None


@dataclass(slots=True)
class SetVerdict:
    """One transaction set: what was seen, what is wrong, and its claims."""

    seen: TransactionSeen
    problems: list[X12Problem]
    claims: list[ClaimVerdict]

    @property
    def decision(self) -> str:
        """IK501: A accepted, E accepted with errors, R rejected: only for errors of syntax of the whole set."""
        if any(problem.code in SET_ERRORS and problem.severity != "warning" for problem in self.problems):
            return "R"
        return "E" if self.problems else "A"


@dataclass(slots=True)
class GroupVerdict:
    """One functional group."""

    seen: GroupSeen
    problems: list[X12Problem]
    sets: list[SetVerdict]


@dataclass(slots=True)
class InterchangeVerdict:
    """One interchange; seen is null where the file has none around its groups."""

    seen: InterchangeSeen | None
    problems: list[X12Problem]
    groups: list[GroupVerdict]


@dataclass(slots=True)
class _Open:
    problems: dict[str, list[X12Problem]] = field(default_factory=lambda: {"set": [], "group": [], "interchange": []})
    claims: list[ClaimVerdict] = field(default_factory=list)
    sets: list[SetVerdict] = field(default_factory=list)
    groups: list[GroupVerdict] = field(default_factory=list)

    def take(self, level: str) -> list[X12Problem]:
        taken, self.problems[level] = self.problems[level], []
        return taken

    def end(self, seen: TransactionSeen | GroupSeen) -> None:
        """End a set or a group with what belongs to it."""
        if isinstance(seen, TransactionSeen):
            self.sets.append(SetVerdict(seen, self.take("set"), self.claims))
            self.claims = []
        else:
            self.groups.append(GroupVerdict(seen, [*self.take("group"), *self.take("set")], self.sets))
            self.sets = []


_LEVELS = {"claim": "set", "transaction": "set", "group": "group", "interchange": "interchange", "file": "interchange"}


def judge_file(
    results: Iterable[Result], sealer: Sealer, tenant_id: str, findings: Mapping[str, Sequence[str]] | None = None
) -> list[InterchangeVerdict]:
    """Gather what the acknowledgements of a file say.

    Args:
        results: What read_file yielded.
        sealer: Opens the sealed fields of the claims.
        tenant_id: Tenant of the file.
        findings: Claim statuses (such as A7:562:85) by claim id for claims that validation rejects.

    Returns:
        Verdicts in file order.
    """
    found: list[InterchangeVerdict] = []
    now = _Open()
    for result in results:
        if isinstance(result, X12Problem):
            now.problems[_LEVELS[result.level]].append(result)
        elif isinstance(result, ParsedClaim):
            now.claims.append(_accepted(result, sealer, findings or {}))
        elif isinstance(result, RejectedClaim):
            now.claims.append(_rejected(result, sealer, tenant_id))
        elif isinstance(result, InterchangeSeen):
            found.append(InterchangeVerdict(result, now.take("interchange"), now.groups))
            now.groups = []
        elif isinstance(result, (TransactionSeen, GroupSeen)):
            now.end(result)
    if now.groups:
        found.append(InterchangeVerdict(None, now.take("interchange"), now.groups))
    return found


def _accepted(claim: ParsedClaim, sealer: Sealer, findings: Mapping[str, Sequence[str]]) -> ClaimVerdict:
    event = claim.event
    sealed = sealer.open_json(event["phi"], event["tenant_id"], "claims.submitted", event["claim_id"])
    statuses = tuple(findings.get(event["claim_id"], ()))
    bill = event["type_of_bill"]
    return ClaimVerdict(
        claim.ordinal, sealed["account_number"], event["total_charge_cents"], statuses or (ACCEPTED_STATUS,),
        not statuses, _patient(sealed), sealed.get("billing_provider", {}),
        event["billing_npi"], event["claim_id"], _trace(sealed), bill[1:] if bill else None, event["service_from"],
        event["service_to"],
    )  # fmt: skip


def _patient(sealed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return who the patient is; a dependent goes by the subscriber's member id."""
    subscriber: Mapping[str, Any] = sealed.get("subscriber", {})
    patient: Mapping[str, Any] | None = sealed.get("patient")
    return subscriber if patient is None else {"id": subscriber.get("id", ""), **patient}


def _trace(sealed: Mapping[str, Any]) -> str:
    for loop, _, segment in sealed.get("segments", ()):
        if loop == "2300" and segment[:2] == ["REF", "D9"] and len(segment) > 2 and isinstance(segment[2], str):
            return str(segment[2])
    return ""


def _rejected(claim: RejectedClaim, sealer: Sealer, tenant_id: str) -> ClaimVerdict:
    sealed: Mapping[str, Any] = {}
    if claim.phi is not None:
        sealed = sealer.open_json(claim.phi, tenant_id, REJECTED_SCHEMA, claim.subject_token)
    provider = sealed.get("billing_provider", {})
    npi = provider.get("id") if provider.get("qualifier") == "XX" else None
    status = _REJECTIONS.get(claim.problem.code, _UNREADABLE)
    return ClaimVerdict(
        claim.ordinal, sealed.get("account_number", ""), cents(sealed.get("charge", "")), (status,), False,
        _patient(sealed), provider, npi,
    )  # fmt: skip
