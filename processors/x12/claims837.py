"""Claims out of 837 files: professional, institutional and dental, one claim at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from processors.x12.draft import Draft, Event
from processors.x12.envelope import Envelope
from processors.x12.frame import ClaimFrame, Placed
from processors.x12.hierarchy import Level
from processors.x12.identity import complete_dates, describe_patient, describe_payer, name_claim
from processors.x12.loops import MappingStopped, read_segments
from processors.x12.parties import Billing, Patient, Subscriber, read_billing, read_patient, read_subscriber
from processors.x12.problems import ClaimRejectedError, Severity, X12Problem
from processors.x12.tokenizer import Tokenizer as SegmentTokenizer
from processors.x12.walker import Walker
from schemas.phi import Sealer, Tokenizer

SCHEMA_NAME = "claims.submitted"
_NO_LEVEL = Level("", "")


@dataclass(frozen=True, slots=True)
class ParsedClaim:
    """One claim that was read whole.

    Attributes:
        event: Fields of claims.submitted; identifying data is sealed in phi.
        ordinal: Number of the claim in the file, from 1, rejected ones counted.
        byte_start: First byte of its CLM segment.
        byte_end: First byte after its last segment.
        interchange_control: ISA13.
        group_control: GS06.
        transaction_control: ST02.
    """

    event: Event
    ordinal: int
    byte_start: int
    byte_end: int
    interchange_control: str
    group_control: str
    transaction_control: str


def read_claims(
    chunks: Iterable[bytes] | bytes,
    *,
    tenant_id: str,
    sealer: Sealer,
    tokenizer: Tokenizer,
    received_at: datetime,
    file_hash: str | None = None,
) -> Iterator[ParsedClaim | X12Problem]:
    """Read the claims of an 837 file in constant memory.

    A claim that cannot be read becomes a problem and the next one is read. Nothing is raised for bad input: a
    file that is empty, cut off, of another kind or no X12 at all gives problems that say so. The same bytes
    always give the same event ids.

    Args:
        chunks: The file, in pieces of any size or at once.
        tenant_id: Tenant the claims belong to.
        sealer: Seals identifying data.
        tokenizer: Makes claim and patient tokens.
        received_at: Instant of receipt, UTC; becomes submitted_at.
        file_hash: SHA-256 (hex) of the whole file where it is known.

    Yields:
        Claims and problems in file order; the warnings about a claim stand before it.
    """
    mapper = _Mapper(tenant_id, sealer, tokenizer, received_at, file_hash)
    tokens, envelope = SegmentTokenizer(chunks), Envelope()
    for found in Walker(tokens, envelope).walk():
        if isinstance(found, X12Problem):
            yield found
        elif found.rejection is not None:
            yield _rejected(envelope, found)
        else:
            yield from mapper.map(found, tokens.slice(found.start, found.end), envelope)


class _Mapper:
    """Maps claim frames to events for one file."""

    def __init__(
        self,
        tenant_id: str,
        sealer: Sealer,
        tokenizer: Tokenizer,
        received_at: datetime,
        file_hash: str | None,
    ) -> None:
        self._tenant_id = tenant_id
        self._sealer = sealer
        self._tokenizer = tokenizer
        self._received_at = received_at
        self._file_hash = file_hash

    def map(self, frame: ClaimFrame, raw: bytes, envelope: Envelope) -> Iterator[ParsedClaim | X12Problem]:
        try:
            draft, oddities = read_segments(frame)
            billing, subscriber, patient = _parties(frame)
        except MappingStopped as stopped:
            yield _problem(envelope, frame, "error", stopped.cause, stopped.segment)
            return
        for code, message, element, segment in oddities:
            cause = ClaimRejectedError(element, code, message, "The claim was read without this value; check it.")
            yield _problem(envelope, frame, "warning", cause, segment)
        event = self._event(draft, frame, raw, envelope)
        self._identify(draft, event, billing, subscriber, patient)
        yield ParsedClaim(event, frame.ordinal, frame.start, frame.end, *_controls(envelope))

    def _event(self, draft: Draft, frame: ClaimFrame, raw: bytes, envelope: Envelope) -> Event:
        """Return the event with everything that does not depend on the parties."""
        digest = hashlib.sha256(raw).hexdigest()
        event = draft.event
        event["tenant_id"] = self._tenant_id
        event["source"] = "x12"
        event["_hash"] = digest
        event["source_file_hash"] = self._file_hash
        event["source_byte_start"], event["source_byte_end"] = frame.start, frame.end
        event["submitted_at"] = self._received_at
        event["claim_type"] = draft.claim_type
        event["event_id"] = self._tokenizer.token(
            self._tenant_id, "event", digest, *_controls(envelope), str(frame.ordinal)
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
        describe_patient(event, person, complete_dates(draft))
        account = draft.sealed["account_number"]
        name_claim(event, self._tokenizer, self._tenant_id, (billing, subscriber, person, account))
        sealed = {
            **draft.sealed,
            **billing.sealed,
            **subscriber.sealed,
            "subscriber": subscriber.person.sealed,
        }
        if patient is not None:
            sealed["patient"] = person.sealed
        event["phi"] = self._sealer.seal_json(sealed, self._tenant_id, SCHEMA_NAME, event["claim_id"])


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
