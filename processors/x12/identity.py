"""Who and what a claim is: patient's age and token, ids, service dates, payer type."""

from __future__ import annotations

from datetime import date

from processors.x12.draft import Draft, Event
from processors.x12.parties import Person, Subscriber
from processors.x12.values import age_in_years, day
from schemas.phi import Tokenizer

PAYER_TYPES: dict[str, str] = {
    "MA": "medicare", "MB": "medicare", "16": "medicare_advantage", "MC": "medicaid", "CH": "tricare",
    "WC": "workers_comp", "BL": "commercial", "CI": "commercial", "12": "commercial", "13": "commercial",
    "14": "commercial", "15": "commercial", "17": "commercial", "HM": "commercial", "FI": "commercial",
    "DS": "commercial", "LM": "commercial", "AM": "other", "LI": "other", "OF": "other", "TV": "other",
    "VA": "other", "11": "other", "ZZ": "other",
}  # fmt: skip
"""Payer type by claim filing indicator (SBR09, X12 code source 1032)."""

_SEQUENCES = "PSTABCDEFGHU"


def complete_dates(draft: Draft) -> date | None:
    """Set the claim's service dates from its lines and return the day the patient's age is taken at.

    A date given for the claim as a whole (dental) stands for the lines without one.
    """
    event = draft.event
    lines: list[Event] = event["lines"]
    first, last = draft.claim_period
    if first is not None and draft.claim_type == "dental":
        for line in lines:
            if line["service_from"] is None:
                line["service_from"], line["service_to"] = first, last
    starts = [line["service_from"] for line in lines if line["service_from"] is not None]
    ends = [line["service_to"] for line in lines if line["service_to"] is not None]
    event["service_from"] = min(starts, default=first or event["statement_from"])
    event["service_to"] = max(ends, default=last or event["statement_to"])
    taken_at: date | None = event["service_from"] or event["admitted_on"]
    return taken_at


def describe_patient(event: Event, person: Person, on: date | None) -> None:
    """Set what may be known of the patient in clear."""
    event["patient_age_years"] = age_in_years(day(person.born), on)
    event["patient_sex"] = person.sex
    event["patient_state"] = person.state
    event["patient_zip3"] = person.zip3


def describe_payer(event: Event, subscriber: Subscriber) -> None:
    """Set the payer the claim goes to."""
    event["payer_id"] = subscriber.payer_id
    event["claim_filing_code"] = subscriber.filing_code
    event["payer_type"] = PAYER_TYPES.get(subscriber.filing_code, "other") if subscriber.filing_code else None
    event["payer_sequence"] = subscriber.sequence
    event["member_id_present"] = bool(subscriber.person.member_id.strip())


def order_payers(draft: Draft) -> None:
    """Put other payers in order, primary first, and what is kept of them with them."""
    payers = draft.event["other_payers"]
    order = sorted(range(len(payers)), key=lambda at: _rank(payers[at]["payer_sequence"]))
    draft.event["other_payers"] = [payers[at] for at in order]
    place = {before + 1: after + 1 for after, before in enumerate(order)}
    for segment in draft.sealed.get("segments", ()):
        if segment[0] in ("2320", "2330"):
            segment[1] = place.get(segment[1], segment[1])


def _rank(sequence: str) -> int:
    return _SEQUENCES.find(sequence) % len(_SEQUENCES)


def name_claim(event: Event, tokenizer: Tokenizer, tenant_id: str, names: tuple[str, str, Person, str]) -> None:
    """Set patient token, claim id and control token.

    The claim id is made of billing provider, account number, patient, payer sequence, frequency and first
    service date: account numbers alone are reused for later visits. A patient known by neither member id nor
    name with birth date gets a token of the claim's own, so that unknown patients are never taken for one
    another.

    Args:
        event: The claim so far; needs its dates and payer.
        tokenizer: Makes the tokens.
        tenant_id: Tenant of the claim.
        names: Identity of the billing provider, member id, patient and the account number.
    """
    billing, member, person, account = names
    if member.strip() or (person.last.strip() and person.born):
        patient = tokenizer.patient_token(tenant_id, member, person.born, person.last, person.first)
    else:
        patient = tokenizer.token(tenant_id, "unknown patient", event["_hash"])
    event["patient_token"] = patient
    event["claim_id"] = tokenizer.token(
        tenant_id, "claim", billing, account, patient, event["payer_sequence"],
        event["frequency_code"], str(event["service_from"]),
    )  # fmt: skip
    event["patient_control_token"] = tokenizer.token(tenant_id, "patient_control", account)
