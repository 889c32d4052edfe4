"""Provider-level adjustments of an 835 (PLB): what is taken back, what is interest, and which claim it belongs to.

An 835 balances: payment = claim payments less provider adjustments. A payer that reverses a claim but cannot collect
at once puts the amount back with a negative adjustment (FB or WO) and takes it with a positive one later. So the
signed sum of reversals and adjustments counts every cent once, and no amount has to be guessed away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

TAKEBACK_REASONS = frozenset({"WO", "FB", "CS", "72"})
"""Overpayment recovery, forwarding balance, adjustment, authorized return."""

INTEREST_REASON = "L6"


class ProviderRow(NamedTuple):
    """One provider-level adjustment.

    Attributes:
        position: Its place in the event, from 1: part of its identity.
        reason_code: PLB03-1.
        reference_token: Keyed hash of PLB03-2; equal to the patient control token where the payer names the claim so.
        outcome: takeback, interest or adjustment.
        amount_cents: As stated: positive lowers the payment.
        takeback_cents: What is taken back; negative where a balance is forwarded.
        interest_cents: Interest paid to the provider.
    """

    position: int
    reason_code: str
    reference_token: str | None
    outcome: str
    amount_cents: int
    takeback_cents: int
    interest_cents: int


class Assignment(NamedTuple):
    """How much of a takeback has a claim; the two add up to the takeback."""

    assigned_cents: int
    unassigned_cents: int


def provider_rows(remit: Mapping[str, Any]) -> list[ProviderRow]:
    """Return the provider-level adjustments of a remits.received event of kind provider, in order.

    Every cent is in exactly one row. Rows without any amount are left out.
    """
    rows = []
    for position, entry in enumerate(remit["provider_adjustments"], start=1):
        amount = entry["amount_cents"]
        reason = entry["reason_code"]
        outcome = (
            "takeback" if reason in TAKEBACK_REASONS else "interest" if reason == INTEREST_REASON else "adjustment"
        )
        if amount:
            rows.append(
                ProviderRow(
                    position=position,
                    reason_code=reason,
                    reference_token=entry["reference_token"],
                    outcome=outcome,
                    amount_cents=amount,
                    takeback_cents=amount if outcome == "takeback" else 0,
                    interest_cents=-amount if outcome == "interest" else 0,
                )
            )
    return rows


def assignment(row: ProviderRow, *, known: bool) -> Assignment:
    """Return how much of a row is assigned: all of it when its reference leads to a lineage, else nothing."""
    return Assignment(row.takeback_cents, 0) if known else Assignment(0, row.takeback_cents)


def claims_named(remit: Mapping[str, Any]) -> set[str]:
    """Return the references of provider adjustments that name the claim of a remits.received event of kind claim.

    The event carries the adjustments of its transaction that name it by its patient control number or by the
    payer's number, so this leads from the reference to the lineage where the token alone does not.
    """
    return {entry["reference_token"] for entry in remit["provider_adjustments"] if entry["reference_token"]}
