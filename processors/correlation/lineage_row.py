"""Rows of claims.lineage: the state of a lineage with every milestone."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Literal, get_args

from processors.adjudication.takebacks import ProviderRow
from processors.correlation.balance import Story
from processors.correlation.matching import ACCEPTED_BY_PAYER, Attempt, Lineage
from processors.correlation.policy import DAY_US, CorrelationPolicy
from processors.correlation.rows import (
    appeal_sent_at,
    first_pass,
    identity,
    received,
    resolved_on,
    touches,
    who,
    write_off,
)

Row = dict[str, Any]
_Amount = Literal[
    "paid_cents", "allowed_cents", "patient_responsibility_cents", "contractual_cents", "denied_cents",
    "underpayment_recovered_cents", "recovered_cents",
]  # fmt: skip
_BALANCE: tuple[_Amount, ...] = get_args(_Amount)
_AS_CLAIMED = (
    "service_from", "service_to", "charge_posted_on", "expected_allowed_cents", "price_basis", "approval_probability",
    "model_version",
)  # fmt: skip
_UNDECIDED: Row = dict.fromkeys((
    "first_adjudicated_on", "first_adjudicated_at", "first_adjudication_attempt", "first_outcome", "first_carc",
    "first_root_cause_group", "first_allowed_cents", "first_denied_cents", "first_pass_resolved",
))  # fmt: skip
_pick_balance, _pick_claimed = itemgetter(*_BALANCE), itemgetter(*_AS_CLAIMED)


def lineage_row(story: Story, policy: CorrelationPolicy) -> Row:
    """Return the state of a lineage; `queues` is left to the caller."""
    lineage, balance = story.lineage, story.balance
    latest = lineage.latest.claim
    written_off = _written_off_cents(story)
    state = state_of(story)
    settled = balance["paid_cents"] + balance["patient_responsibility_cents"] + balance["contractual_cents"]
    open_cents = max(0, latest["total_charge_cents"] - settled - written_off)
    closed = state in ("paid", "patient_responsibility", "written_off", "voided")
    taken = sum([e.adjudication["takeback_cents"] for e in story.entries])
    recouped = sum([ProviderRow(*adjustment["row"]).takeback_cents for adjustment in lineage.adjustments])
    resolved = resolved_on(story)
    return {
        "tenant_id": latest["tenant_id"],
        "_hash": latest["_hash"],
        **identity(lineage),
        "state": state,
        "closed": closed,
        "closed_on": _closed_on(story) if closed else None,
        **who(lineage.latest),
        **_claims(lineage),
        **_acknowledged(lineage),
        **_first_adjudication(story),
        "outcome": story.entries[-1].adjudication["outcome"] if story.entries else None,
        "adjudications": balance["adjudications"],
        **dict(zip(_BALANCE, _pick_balance(balance), strict=True)),
        "net_paid_cents": balance["paid_cents"] - recouped,
        "underpaid_cents": story.underpaid_cents,
        "recovered_on": story.recovery.paid_on if story.recovery else None,
        "takeback_cents": taken + recouped,
        "written_off_cents": written_off,
        "written_off_on": _day(write_off(lineage)),
        "appeal_sent_at": appeal_sent_at(story),
        "resolved_on": resolved[0],
        "resolution": resolved[1],
        "touch_count": touches(lineage),
        "open_balance_cents": 0 if closed else open_cents,
        "remits": len(story.entries),
        "queues": [],
        "attempt_list": [_attempt(attempt, policy) for attempt in lineage.attempts],
    }


def state_of(story: Story) -> str:
    """Return the one word for where a lineage stands."""
    lineage, balance = story.lineage, story.balance
    if lineage.voided:
        return "voided"
    if write_off(lineage) is not None:
        return "written_off"
    decision = story.decision
    if decision is None or lineage.latest.submitted_at > story.entries[-1].remit["at"]:
        return _before_adjudication(lineage.latest)
    if not decision.decides:
        return "reversed" if balance["paid_cents"] <= 0 else "paid"
    return "underpaid" if story.underpaid_cents > 0 else decision.adjudication["outcome"]


def _before_adjudication(attempt: Attempt) -> str:
    if attempt.rejected_277ca is not None:
        return "rejected_277ca"
    if attempt.accepted_payer is not None:
        return "accepted_payer"
    if attempt.accepted_clearinghouse is not None:
        return "accepted_clearinghouse"
    if attempt.accepted_999 is not None:
        return "accepted_999" if attempt.accepted_999 else "rejected_999"
    return "released" if attempt.released else "screened"


def _written_off_cents(story: Story) -> int:
    action = write_off(story.lineage)
    if action is None:
        return 0
    named: int | None = action["written_off_cents"]
    return story.balance["denied_cents"] if named is None else named


def _closed_on(story: Story) -> int:
    days = [entry.paid_on for entry in story.entries]
    written_off = _day(write_off(story.lineage))
    if written_off is not None:
        days.append(written_off)
    if story.lineage.voided:
        days.append(story.lineage.latest.submitted_at // DAY_US)
    return max(days)


def _day(fact: dict[str, Any] | None) -> int | None:
    return None if fact is None else fact["at"] // DAY_US


def _claims(lineage: Lineage) -> Row:
    first, latest = lineage.attempts[0], lineage.latest
    claim = first.claim
    released = [attempt.released_at for attempt in lineage.attempts if attempt.released]
    clean = not claim["error_count"] and not claim["warning_count"] and not claim["touch_count"]
    return {
        "first_claim_id": claim["claim_id"],
        "claim_id": latest.claim["claim_id"],
        "attempts": len(lineage.attempts),
        "voided": lineage.voided,
        **dict(zip(_AS_CLAIMED, _pick_claimed(latest.claim), strict=True)),
        "screened_at": first.submitted_at,
        "first_screening_passed": claim["disposition"] == "ready" and clean,
        "first_disposition": claim["disposition"],
        "first_submitted_at": min(released, default=None),
        "charge_cents": latest.claim["total_charge_cents"],
    }


def _acknowledged(lineage: Lineage) -> Row:
    rejections = [attempt.rejected_277ca for attempt in lineage.attempts if attempt.rejected_277ca is not None]
    accepted = [attempt.accepted_payer["at"] for attempt in lineage.attempts if attempt.accepted_payer is not None]
    return {
        "first_999_accepted": lineage.attempts[0].accepted_999,
        "front_end_rejections": len(rejections),
        "first_front_end_rejected_at": min((one["at"] for one in rejections), default=None),
        "accepted_payer_at": min(accepted, default=None),
    }


def _first_adjudication(story: Story) -> Row:
    first = story.first
    if first is None:
        rejected = any(attempt.rejected_277ca is not None for attempt in story.lineage.attempts)
        return {**_UNDECIDED, "first_pass_clean": False if rejected else None}
    resolved, clean = first_pass(story)
    said = first.adjudication
    return {
        "first_adjudicated_on": first.paid_on,
        "first_adjudicated_at": first.remit["at"],
        "first_adjudication_attempt": first.attempt.number,
        "first_outcome": said["outcome"],
        "first_carc": said["primary_carc"],
        "first_root_cause_group": said["root_cause_group"],
        "first_allowed_cents": said["allowed_cents"],
        "first_denied_cents": said["denied_cents"],
        "first_pass_resolved": resolved,
        "first_pass_clean": clean and not story.lineage.attempts[0].rejected_277ca,
    }


def due_at(attempt: Attempt, name: str, policy: CorrelationPolicy) -> int:
    """Return when an answer to a released attempt is due."""
    payer = attempt.claim["payer_id"]
    house = policy.clearinghouse(attempt.claim["clearinghouse_id"], payer)
    start = attempt.released_at
    if name == "remit_days" and attempt.accepted_payer is not None:
        start = attempt.accepted_payer["at"]
    return start + policy.deadline(name, payer, house)


def _attempt(attempt: Attempt, policy: CorrelationPolicy) -> Row:
    claim, decided = attempt.claim, attempt.deciding_277ca
    by_payer = decided is not None and (
        ACCEPTED_BY_PAYER in decided["categories"] or decided["payer_id"] == claim["payer_id"]
    )
    return {
        "attempt_number": attempt.number,
        "claim_id": claim["claim_id"],
        "claim_event_id": claim["id"],
        "frequency_code": claim["frequency_code"],
        "submitted_at": attempt.submitted_at,
        "disposition": claim["disposition"],
        "released": attempt.released,
        "charge_cents": claim["total_charge_cents"],
        "expected_allowed_cents": claim["expected_allowed_cents"],
        "accepted_999": attempt.accepted_999,
        "ack_999_at": attempt.ack_999_at,
        "accepted_277ca": attempt.accepted_277ca,
        "ack_277ca_at": received(decided),
        "ack_277ca_category": next(iter(decided["categories"]), None) if decided else None,
        "ack_277ca_level": ("payer" if by_payer else "clearinghouse") if decided else None,
        "first_277ca_at": received(next(iter(attempt.acks_277ca), None)),
        "any_277ca": bool(attempt.acks_277ca),
        "accepted_payer_at": received(attempt.accepted_payer),
        "front_end_rejected": attempt.rejected_277ca is not None,
        "due_999_at": due_at(attempt, "ack_999_hours", policy) if attempt.released else None,
        "due_277ca_at": due_at(attempt, "ack_277ca_hours", policy) if _expects_277ca(attempt) else None,
    }


def _expects_277ca(attempt: Attempt) -> bool:
    """Return whether a 277CA should come: none follows a set that the 999 rejects."""
    return attempt.released and attempt.accepted_999 is not False
