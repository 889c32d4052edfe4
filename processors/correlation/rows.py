"""Rows of claims.adjudicated: what each claim payment and each provider-level adjustment means."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from processors.adjudication.ledger import opening_balance, post
from processors.adjudication.posting import posting_verdict
from processors.adjudication.result import Adjudication
from processors.adjudication.takebacks import ProviderRow, assignment
from processors.correlation.balance import Entry, Story
from processors.correlation.facts import Fact
from processors.correlation.matching import Attempt, Lineage
from processors.correlation.policy import DAY_US

Row = dict[str, Any]

_WHO = (
    "payer_id", "payer_type", "claim_type", "rendering_npi", "provider_specialty", "place_of_service", "type_of_bill",
    "coder_id",
)  # fmt: skip
_pick_who = itemgetter(*_WHO)
_CLAIM_DATES = ("service_from", "service_to", "charge_posted_on")
_PAYMENT = ("payment_id", "trace_number", "payment_method", "transaction_balanced")
_SAID = (
    "outcome", "zero_pay", "primary_carc", "root_cause_group", "business_scenario", "unmapped_codes", "remark_codes",
    "charge_cents", "paid_cents", "allowed_cents", "patient_responsibility_cents", "contractual_cents", "denied_cents",
    "other_adjustment_cents", "interest_cents", "expected_allowed_cents", "priced_allowed_cents",
    "priced_expected_cents", "priced_lines", "variance_cents", "variance_reason", "underpaid_cents", "takeback_cents",
    "adjustments", "lines",
)  # fmt: skip


def who(attempt: Attempt | None, answer: Mapping[str, Any] | None = None) -> Row:
    """Return whom a row is about: the claim's own values, else the payer of the answer."""
    if attempt is not None:
        return dict(zip(_WHO, _pick_who(attempt.claim), strict=True))
    return {**dict.fromkeys(_WHO), "payer_id": (answer or {}).get("payer_id")}


def identity(lineage: Lineage | None) -> Row:
    """Return the identity of a lineage."""
    if lineage is None:
        return dict.fromkeys(("lineage_id", "billing_npi", "patient_control_token", "payer_level"))
    claim = lineage.latest.claim
    return {
        "lineage_id": lineage.lineage_id,
        "billing_npi": claim["billing_npi"],
        "patient_control_token": claim["patient_control_token"],
        "payer_level": claim["payer_sequence"],
    }


def attempt_facts(lineage: Lineage | None, attempt: Attempt | None) -> Row:
    """Return number, frequency, dates and verdicts of an attempt."""
    if lineage is None or attempt is None:
        blank = dict.fromkeys((
            "frequency_code", "claim_id", "claim_event_id", "accepted_999", "accepted_277ca", "first_submitted_at",
            "submitted_at", "accepted_999_at", "accepted_clearinghouse_at", "accepted_payer_at",
            "front_end_rejected_at", *_CLAIM_DATES, "price_basis", "approval_probability", "model_version",
        ))  # fmt: skip
        return {**blank, "attempt_number": 0, "attempts": 0, "voided": False}
    claim = attempt.claim
    released = [one.released_at for one in lineage.attempts if one.released]
    return {
        "attempt_number": attempt.number,
        "frequency_code": claim["frequency_code"],
        "attempts": len(lineage.attempts),
        "claim_id": claim["claim_id"],
        "claim_event_id": claim["id"],
        "voided": lineage.voided,
        "accepted_999": attempt.accepted_999,
        "accepted_277ca": attempt.accepted_277ca,
        **{name: claim[name] for name in _CLAIM_DATES},
        "first_submitted_at": min(released, default=None),
        "submitted_at": attempt.submitted_at,
        "accepted_999_at": attempt.ack_999_at if attempt.accepted_999 else None,
        "accepted_clearinghouse_at": received(attempt.accepted_clearinghouse),
        "accepted_payer_at": received(attempt.accepted_payer),
        "front_end_rejected_at": received(attempt.rejected_277ca),
        "price_basis": claim["price_basis"],
        "approval_probability": claim["approval_probability"],
        "model_version": claim["model_version"],
    }


def received(fact: Fact | None) -> int | None:
    """Return the instant of a fact."""
    return None if fact is None else fact["at"]


def touches(lineage: Lineage) -> int:
    """Return the manual touches: those before submission and every action since."""
    return sum([attempt.claim["touch_count"] or 0 for attempt in lineage.attempts]) + len(lineage.actions)


def first_pass(story: Story) -> tuple[bool, bool]:
    """Return whether the first adjudication resolved the lineage at first pass, and whether the pass was clean."""
    first = story.first
    early = first.attempt if first else story.lineage.attempts[0]
    on_first = early.number == 1 and early.rejected_277ca is None
    resolved = first is not None and on_first and first.adjudication["outcome"] in ("paid", "patient_responsibility")
    clean = first is not None and on_first and early.accepted_999 is not False and not first.denied
    return resolved, clean


def resolved_on(story: Story) -> tuple[int | None, str | None]:
    """Return the day the initial denial ended and how; None while it has not, or there was none."""
    if not story.initially_denied:
        return None, None
    recovery, written_off = story.recovery, write_off(story.lineage)
    ends = []
    if recovery is not None:
        ends.append((recovery.paid_on, "recovered"))
    if written_off is not None:
        ends.append((written_off["at"] // DAY_US, "written_off"))
    return min(ends) if ends else (None, None)


def write_off(lineage: Lineage) -> Fact | None:
    """Return the action that wrote the lineage off."""
    for action in lineage.actions:
        if action["outcome"] == "written_off":
            return action
    return None


def appeal_sent_at(story: Story) -> int | None:
    """Return the first appeal or corrected claim after a denied first adjudication."""
    if not story.initially_denied or story.first is None:
        return None
    since = story.first.remit["at"]
    appeals = [action["at"] for action in story.lineage.actions if action["outcome"] in ("appealed", "corrected")]
    corrections = [one.submitted_at for one in story.lineage.attempts if one.claim["frequency_code"] == "7"]
    return min((at for at in (*appeals, *corrections) if at >= since), default=None)


def claim_row(story: Story, entry: Entry) -> Row:
    """Return the row of a claim payment whose claim is known."""
    lineage, attempt, said = story.lineage, entry.attempt, entry.adjudication
    first = story.first
    exceptions = list(posting_verdict(entry.remit, said, entry.change, matched=True).exceptions)
    resolved, clean = first_pass(story)
    submitted_on = attempt.submitted_at // DAY_US
    accepted = received(attempt.accepted_payer)
    return {
        **_head(entry.remit, "claim"),
        **identity(lineage),
        "matched": True,
        **attempt_facts(lineage, attempt),
        **who(attempt),
        **{name: said[name] for name in _SAID},  # type: ignore[literal-required]  # the names are fields of it
        **{name: entry.remit[name] for name in (*_PAYMENT, "claim_status_code", "payer_claim_control_number")},
        "claim_balanced": entry.remit["claim_balanced"],
        **entry.change,
        "first_adjudicated_on": first.paid_on if first else None,
        "lineage_initially_denied": story.initially_denied,
        "first_pass": entry.first and resolved,
        "first_pass_clean": entry.first and clean,
        "posted_at": _posted_at(lineage, entry, exceptions),
        "appeal_sent_at": appeal_sent_at(story),
        "resolved_on": resolved_on(story)[0],
        "payer_lag_days": entry.paid_on - submitted_on,
        "accepted_lag_days": None if accepted is None else entry.paid_on - accepted // DAY_US,
        "payer_cycle_days": _days(attempt.claim["service_from"], entry.paid_on),
        "takeback_assigned_cents": said["takeback_cents"],
        "takeback_unassigned_cents": 0,
        "auto_posted": not exceptions,
        "posting_exceptions": exceptions,
        "touch_count": touches(lineage),
    }


def _days(start: int | None, end: int) -> int | None:
    return None if start is None else end - start


def _head(answer: Fact, kind: str) -> Row:
    return {
        "tenant_id": answer["tenant_id"],
        "_hash": answer["_hash"],
        "subject_id": answer["id"],
        "kind": kind,
        "received_at": answer["at"],
        "paid_on": answer["paid_on"],
        "plb_reason_code": None,
        "plb_reference_token": None,
    }


def _posted_at(lineage: Lineage, entry: Entry, exceptions: list[str]) -> int | None:
    received_at: int = entry.remit["at"]
    if not exceptions:
        return received_at
    return next((a["at"] for a in lineage.actions if a["outcome"] == "posted" and a["at"] >= received_at), None)


def orphan_row(remit: Fact, said: Adjudication) -> Row:
    """Return the row of a claim payment without a claim: it changes no ledger."""
    taken = said["takeback_cents"]
    _, change = post(opening_balance(), said)
    return {
        **_without_claim(remit, "claim"),
        **{name: said[name] for name in _SAID},  # type: ignore[literal-required]  # the names are fields of it
        **{name: remit[name] for name in ("claim_status_code", "payer_claim_control_number", "claim_balanced")},
        "patient_control_token": remit["patient_control_token"],
        "billing_npi": remit["payee_npi"],
        "service_from": remit["service_from"],
        "service_to": remit["service_to"],
        "takeback_assigned_cents": 0,
        "takeback_unassigned_cents": taken,
        "posting_exceptions": list(posting_verdict(remit, said, change, matched=False).exceptions),
    }


def _without_claim(answer: Fact, kind: str) -> Row:
    """Return the fields that say nothing while no claim is known."""
    return {
        **_head(answer, kind),
        **identity(None),
        "matched": False,
        **attempt_facts(None, None),
        **who(None, answer),
        **{name: answer[name] for name in _PAYMENT},
        **_NO_CHANGE,
        **dict.fromkeys(("first_pass", "first_pass_clean", "auto_posted"), False),
        **dict.fromkeys(("first_adjudicated_on", "posted_at", "appeal_sent_at", "resolved_on", "payer_lag_days",
                         "accepted_lag_days", "payer_cycle_days")),
        "touch_count": 0,
    }  # fmt: skip


def takes_back(plb: Fact) -> bool:
    """Return whether a provider-level adjustment takes money back, or puts some aside for it."""
    return bool(ProviderRow(*plb["row"]).takeback_cents)


def provider_row(plb: Fact, lineage: Lineage | None) -> Row:
    """Return the row of a provider-level adjustment: money that moved beside the claims."""
    row = ProviderRow(*plb["row"])
    attempt = lineage.attempt_at(plb["at"]) if lineage is not None else None
    assigned, unassigned = assignment(row, known=lineage is not None)
    return {
        **_without_claim(plb, "provider"),
        **_NOTHING_SAID,
        **identity(lineage),
        "matched": lineage is not None,
        **attempt_facts(lineage, attempt),
        **who(attempt, plb),
        **dict.fromkeys(("claim_status_code", "payer_claim_control_number", "claim_balanced")),
        "outcome": row.outcome,
        "interest_cents": row.interest_cents,
        "takeback_cents": row.takeback_cents,
        "takeback_assigned_cents": assigned,
        "takeback_unassigned_cents": unassigned,
        "plb_reason_code": row.reason_code,
        "plb_reference_token": row.reference_token,
        "auto_posted": lineage is not None and not row.takeback_cents,
        "posting_exceptions": ["takeback"] if row.takeback_cents else [],
        "touch_count": touches(lineage) if lineage is not None else 0,
    }


_NULLS = ("primary_carc", "root_cause_group", "business_scenario", "expected_allowed_cents", "variance_cents")
_LISTS = ("unmapped_codes", "remark_codes", "adjustments", "lines")
_NOTHING_SAID: Row = {
    **dict.fromkeys([name for name in _SAID if name.endswith("_cents")], 0),
    **dict.fromkeys(_NULLS),
    **{name: [] for name in _LISTS},
    "zero_pay": False,
    "priced_lines": 0,
    "variance_reason": "unpriced",
}
_FLAGS = ("first_adjudication", "initial_denial", "lineage_initially_denied", "recovered")
_AMOUNTS = ("paid", "allowed", "patient_responsibility", "contractual", "denied")
_NO_CHANGE: Row = {
    **dict.fromkeys(_FLAGS, False),
    "adjudication_number": 0,
    **dict.fromkeys([f"{name}_change_cents" for name in _AMOUNTS], 0),
    **dict.fromkeys([f"lineage_{name}_cents" for name in _AMOUNTS], 0),
    "recovered_cents": 0,
    "underpayment_recovered_cents": 0,
}
