"""Segments of the claim (loops 2300 and 2310) into contract fields."""

from __future__ import annotations

from collections.abc import Callable

from processors.x12.draft import Draft
from processors.x12.problems import ClaimRejectedError
from processors.x12.values import cents, code, day, identifier, period

Handler = Callable[[Draft, list[str]], None]

_YES_NO = {"Y": True, "N": False}
_CLAIM_NPI = {
    "82": "rendering_npi", "DN": "referring_npi", "P3": "referring_npi", "DQ": "supervising_npi",
    "71": "attending_npi", "72": "operating_npi", "77": "facility_npi",
}  # fmt: skip
"""Contract field by NM101 of loop 2310."""


def read_clm(draft: Draft, e: list[str]) -> None:
    """CLM: account number, total charge, place or type of bill, frequency and the consent codes.

    Raises:
        ClaimRejectedError: It has no account number or amount, or asks for a predetermination.
    """
    event = draft.event
    if not e[1].strip():
        raise ClaimRejectedError(1, "account_number", "CLM01 (patient account number) is empty")
    total = cents(e[2])
    if total is None:
        raise ClaimRejectedError(2, "amount", "CLM02 (total charge) is not an amount")
    if e[19] == "PB":
        message = "The claim asks for a predetermination, so it is not a claim to be paid"
        raise ClaimRejectedError(19, "predetermination", message, "Send it to the payer's predetermination desk.")
    draft.sealed["account_number"] = e[1]
    event["total_charge_cents"] = total
    _read_facility(draft, e[5])
    event["signature_on_file"] = _YES_NO.get(e[6])
    event["assignment_code"] = code(e[7], 1)
    event["benefits_assigned"] = code(e[8], 1)
    event["release_code"] = code(e[9], 1)
    event["delay_reason_code"] = code(e[20], 2)
    if e[11]:
        cause = [*draft.parts(e[11]), "", "", ""]
        event["accident_cause"], event["accident_state"] = code(cause[0], 3), code(cause[3], 2)
    if any(e[3:5]) or e[10] or any(e[11:20]) or place_unread(draft, e[5]):
        held = {1, 2, 6, 7, 8, 9, 20} | ({11} if _plain_cause(draft, e[11]) else set())
        draft.retain_rest(e, frozenset(held if place_unread(draft, e[5]) else held | {5}))


def _read_facility(draft: Draft, composite: str) -> None:
    facility, _, frequency = [*draft.parts(composite), "", ""][:3]
    place, repeat = code(facility, 2), code(frequency, 1)
    if place is None:
        draft.warn("facility_code", "CLM05 (place of service or type of bill) is missing or not a code", 5)
    draft.event["frequency_code"] = repeat or "1"
    if draft.claim_type != "institutional":
        draft.event["place_of_service"] = place
    elif place is not None:
        draft.event["type_of_bill"] = f"0{place}{repeat or '1'}"


def place_unread(draft: Draft, composite: str) -> bool:
    """Tell whether CLM05 holds something that is no code."""
    return bool(composite) and draft.event["place_of_service"] is None and draft.event["type_of_bill"] is None


def _plain_cause(draft: Draft, composite: str) -> bool:
    """Tell whether CLM11 holds one cause and a state only."""
    parts = draft.parts(composite)
    return not any(part for at, part in enumerate(parts) if at not in (0, 3))


def read_dtp(draft: Draft, e: list[str]) -> None:
    """DTP of the claim: statement, admission, discharge, onset, accident and service dates."""
    event, kind, text = draft.event, e[1], e[3].strip()
    if kind == "434":
        event["statement_from"], event["statement_to"] = _span(draft, text)
    elif kind == "435":
        event["admitted_on"] = _single(draft, text)
        if len(text) > 8:
            draft.retain(e)  # the hour
    elif kind == "096":
        event["discharge_hour"] = code(text, 4)
    elif kind == "431":
        event["onset_on"] = _single(draft, text)
    elif kind == "439":
        event["accident_on"] = _single(draft, text)
    elif kind == "472":
        draft.claim_period = _span(draft, text)
    else:
        keep(draft, e)


def _single(draft: Draft, text: str) -> object:
    found = day(text[:8]) if text else None
    if found is None:
        draft.warn("date", "DTP03 is not a date", 3)
    return found


def _span(draft: Draft, text: str) -> tuple[object, object]:
    found = period(text)
    if found[0] is None:
        draft.warn("date", "DTP03 is not a date", 3)
    return found


def read_ref(draft: Draft, e: list[str]) -> None:
    """REF of the claim: original reference and CLIA in clear, authorisation, referral and others sealed."""
    kind, value, event = e[1], e[2], draft.event
    if kind == "F8":
        event["original_reference"] = found = identifier(value, 50)
        if found is None:
            draft.retain(e)
    elif kind == "X4" and event["clia_number"] is None:
        event["clia_number"] = found = code(value, 15)
        if found is None:
            draft.retain(e)
    elif kind == "G1" and value.strip():
        event["prior_auth_on_file"] = True
        draft.seal("authorizations", value)
    elif kind == "9F" and value.strip():
        event["referral_on_file"] = True
        draft.seal("referrals", value)
    else:
        keep(draft, e)


def read_amt(draft: Draft, e: list[str]) -> None:
    """AMT F5: what the patient has paid."""
    if e[1] != "F5":
        keep(draft, e)
        return
    draft.event["patient_paid_cents"] = paid = cents(e[2])
    if paid is None:
        draft.warn("amount", "AMT02 is not an amount", 2)


def read_cl1(draft: Draft, e: list[str]) -> None:
    """CL1: admission type, source and patient status."""
    event = draft.event
    event["admission_type"], event["admission_source"], event["patient_status"] = (
        code(e[1], 1),
        code(e[2], 1),
        code(e[3], 2),
    )


def read_pwk(draft: Draft, e: list[str]) -> None:
    """PWK: an attachment is announced; its control number is sealed."""
    draft.event["attachment_count"] += 1
    draft.retain(e)


def read_nte(draft: Draft, e: list[str]) -> None:
    """NTE: a note came along; its text is sealed."""
    draft.event["note_present"] = True
    draft.seal("notes", [e[1], e[2]])


def read_nm1(draft: Draft, e: list[str]) -> None:
    """NM1 after CLM: a provider of the claim."""
    draft.loop, draft.entity = "2310", e[1]
    field = _CLAIM_NPI.get(e[1])
    npi = code(e[9], 15) if e[8] == "XX" else None
    if field is not None and draft.event[field] is None:
        draft.event[field] = npi
    draft.retain(e)


def read_provider_prv(draft: Draft, e: list[str]) -> None:
    """PRV of the rendering provider: taxonomy."""
    if draft.entity == "82" and e[1] == "PE":
        draft.event["rendering_taxonomy"] = code(e[3], 10)
    else:
        keep(draft, e)


def keep(draft: Draft, e: list[str]) -> None:
    """Keep a segment the contract has no field for."""
    draft.keep(e)
