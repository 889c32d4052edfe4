"""Claim frames of an 837 into claims.submitted events: professional, institutional and dental."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from processors.x12.draft import Draft, Event
from processors.x12.envelope import Envelope
from processors.x12.frame import ClaimFrame, Placed
from processors.x12.hierarchy import Level
from processors.x12.identity import complete_dates, describe_patient, describe_payer, name_claim, order_payers
from processors.x12.lineage import Intake
from processors.x12.loops import MappingStopped, read_segments
from processors.x12.parties import Billing, Patient, Subscriber, read_billing, read_patient, read_subscriber
from processors.x12.problems import ClaimRejectedError, Severity, X12Problem
from processors.x12.rejected import describe_rejected
from processors.x12.results import ParsedClaim, RejectedClaim

SCHEMA_NAME = "claims.submitted"
_NO_LEVEL = Level("", "")


class ClaimMapper:
    """Maps claim frames to events for one file.

    Args:
        intake: Tenant, keys and clock.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._set_token = lru_cache(maxsize=1)(intake.set_token)

    def map(
        self, frame: ClaimFrame, raw: bytes, envelope: Envelope
    ) -> Iterator[ParsedClaim | RejectedClaim | X12Problem]:
        """Yield the claim, or what is left of it when it cannot be read, after the problems found in it."""
        if frame.rejection is not None:
            yield from self._reject(frame, _rejected(envelope, frame), raw)
            return
        try:
            draft, oddities = read_segments(frame)
            billing, subscriber, patient = _parties(frame)
        except MappingStopped as stopped:
            problem = _problem(envelope, frame, "error", stopped.cause, stopped.segment)
            yield from self._reject(frame, problem, raw)
            return
        for code, message, element, segment in oddities:
            cause = ClaimRejectedError(element, code, message, "The claim was read without this value; check it.")
            yield _problem(envelope, frame, "warning", cause, segment)
        event = self._event(draft, frame, raw, envelope)
        self._identify(draft, event, billing, subscriber, patient)
        yield ParsedClaim(event, frame.ordinal, frame.start, frame.end, *_controls(envelope), tuple(draft.unmapped))

    def _reject(self, frame: ClaimFrame, problem: X12Problem, raw: bytes) -> Iterator[RejectedClaim | X12Problem]:
        yield problem
        yield describe_rejected(frame, problem, raw, self._intake)

    def _event(self, draft: Draft, frame: ClaimFrame, raw: bytes, envelope: Envelope) -> Event:
        """Return the event with everything that does not depend on the parties."""
        digest = hashlib.sha256(raw).hexdigest()
        event = draft.event
        event["tenant_id"] = self._intake.tenant_id
        event["source"] = "x12"
        event["_hash"] = digest
        event["source_file_hash"] = self._intake.file_hash
        event["source_byte_start"], event["source_byte_end"] = frame.start, frame.end
        if envelope.group and envelope.transaction:
            event["set_token"] = self._set_token(envelope.group, envelope.transaction)
        event["clearinghouse_id"] = envelope.receiver()
        event["submitted_at"] = self._intake.received_at
        event["claim_type"] = draft.claim_type
        event["event_id"] = self._intake.tokenizer.token(
            self._intake.tenant_id, "event", digest, *_controls(envelope), str(frame.ordinal)
        )
        return event

    def _identify(
        self, draft: Draft, event: Event, billing: Billing, subscriber: Subscriber, patient: Patient | None
    ) -> None:
        person = patient.person if patient is not None else subscriber.person
        relationship = patient.relationship if patient is not None else subscriber.relationship
        event.update(billing.clear)
        event["patient_relationship"] = relationship
        describe_payer(event, subscriber)
        if len(event["other_payers"]) > 1:
            order_payers(draft)
        describe_patient(event, person, complete_dates(draft))
        account = draft.sealed["account_number"]
        names = (billing.identity, subscriber.person.member_id, person, account)
        name_claim(event, self._intake.tokenizer, self._intake.tenant_id, names)
        sealed = {
            **draft.sealed,
            **billing.sealed,
            **subscriber.sealed,
            "subscriber": subscriber.person.sealed,
        }
        if patient is not None:
            sealed["patient"] = person.sealed
            if patient.rest:
                sealed["patient_segments"] = patient.rest
        event["phi"] = self._intake.sealer.seal_json(sealed, self._intake.tenant_id, SCHEMA_NAME, event["claim_id"])


def _parties(frame: ClaimFrame) -> tuple[Billing, Subscriber, Patient | None]:
    """Return the parties above a claim, reading each level once."""
    levels = frame.levels
    billing_level, subscriber_level = levels.get("20", _NO_LEVEL), levels["22"]
    if billing_level.parsed is None:
        billing_level.parsed = read_billing(billing_level)
    if subscriber_level.parsed is None:
        subscriber_level.parsed = read_subscriber(subscriber_level)
    patient_level = levels.get("23")
    if patient_level is None:
        return billing_level.parsed, subscriber_level.parsed, None
    if patient_level.parsed is None:
        patient_level.parsed = read_patient(patient_level)
    if patient_level.parsed is None:
        message = "The patient level above the claim names no patient (NM1 QC)"
        raise MappingStopped(ClaimRejectedError(None, "patient_missing", message), frame.segments[0])
    return billing_level.parsed, subscriber_level.parsed, patient_level.parsed


def _controls(envelope: Envelope) -> tuple[str, str, str]:
    return envelope.interchange, envelope.group, envelope.transaction


def _problem(
    envelope: Envelope,
    frame: ClaimFrame,
    severity: Severity,
    cause: ClaimRejectedError,
    segment: Placed,
) -> X12Problem:
    elements, at, position = segment
    found = envelope.problem(
        severity, "claim", cause.code, cause.message, cause.remedy, at=at, segment_id=elements[0] or "?",
        element=cause.element, ordinal=frame.ordinal, affected=int(severity == "error"),
    )  # fmt: skip
    return found.at_position(position)


def _rejected(envelope: Envelope, frame: ClaimFrame) -> X12Problem:
    why = frame.rejection
    assert why is not None  # noqa: S101 - the caller has checked it
    cause = ClaimRejectedError(None, why.code, why.message)
    return _problem(envelope, frame, "error", cause, ([why.segment_id], why.at, why.position))
