"""The balance of one lineage: what each adjudication or reversal adds to it, and what it recovers.

The balance is plain data; folding the remittances of a lineage in the order of their receipt gives it anew.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from processors.adjudication.result import Adjudication

_Decided = Literal[
    "charge_cents", "paid_cents", "allowed_cents", "patient_responsibility_cents", "contractual_cents", "denied_cents"
]
_DECIDED: tuple[_Decided, ...] = (
    "charge_cents",
    "paid_cents",
    "allowed_cents",
    "patient_responsibility_cents",
    "contractual_cents",
    "denied_cents",
)


class Balance(TypedDict):
    """State of a lineage after some remittances; money in cents.

    `charge_cents` is the charge that has been decided, each part of it once.
    `recovered_cents` and `underpayment_recovered_cents` are what the remittances so far recovered.
    """

    adjudications: int
    charge_cents: int
    paid_cents: int
    allowed_cents: int
    patient_responsibility_cents: int
    contractual_cents: int
    denied_cents: int
    initially_denied: bool
    first_allowed_cents: int
    recovered_cents: int
    first_underpaid_allowed_cents: int | None
    underpayment_recovered_cents: int


class Change(TypedDict):
    """What one remittance does to the balance; fields as in the contract claims.adjudicated.

    The `_change_` amounts of all rows of a lineage add up to its balance; so do the two recovered amounts.
    """

    first_adjudication: bool
    initial_denial: bool
    lineage_initially_denied: bool
    adjudication_number: int
    paid_change_cents: int
    allowed_change_cents: int
    patient_responsibility_change_cents: int
    contractual_change_cents: int
    denied_change_cents: int
    lineage_paid_cents: int
    lineage_allowed_cents: int
    lineage_patient_responsibility_cents: int
    lineage_contractual_cents: int
    lineage_denied_cents: int
    recovered: bool
    recovered_cents: int
    underpayment_recovered_cents: int


def opening_balance() -> Balance:
    """Return the balance of a lineage without a remittance."""
    return Balance(
        adjudications=0,
        charge_cents=0,
        paid_cents=0,
        allowed_cents=0,
        patient_responsibility_cents=0,
        contractual_cents=0,
        denied_cents=0,
        initially_denied=False,
        first_allowed_cents=0,
        recovered_cents=0,
        first_underpaid_allowed_cents=None,
        underpayment_recovered_cents=0,
    )


def post(balance: Balance, adjudication: Adjudication, claim_charge_cents: int | None = None) -> tuple[Balance, Change]:
    """Add a remittance to the balance of its lineage.

    Args:
        balance: The balance before; it is not changed.
        adjudication: Adjudication, reversal, or a remittance that is neither and adds nothing.
        claim_charge_cents: Charge of the claim that it answers; without it no remittance is taken for a new decision
            on the whole claim.

    Returns:
        The balance after, and what the remittance did.

    An adjudication that answers denied charges again relieves as much of the denied amount as it charges: payers
    reverse what they paid, but seldom what they denied. One that answers the whole claim again, without a reversal
    of what was decided before, replaces what is allowed, written off, left to the patient and denied. Not what is
    paid: money that came twice is there until it is taken back, and stands out above the allowed amount. A claim
    that is denied as a whole (as a duplicate, mostly) after a part of it was allowed keeps that part.
    """
    counts = adjudication["is_adjudication"]
    first = counts and balance["adjudications"] == 0
    after = balance.copy()
    if counts:
        _decide(after, adjudication, claim_charge_cents)
        after["adjudications"] += 1
    elif adjudication["outcome"] == "reversal":
        _add(after, adjudication)
    if first:
        after["initially_denied"] = adjudication["outcome"] == "denied"
        after["first_allowed_cents"] = adjudication["allowed_cents"]
    _recover(after)
    _recover_underpayment(after, adjudication)
    return after, _change(balance, after, adjudication, first=first)


def _decide(after: Balance, adjudication: Adjudication, claim_charge_cents: int | None) -> None:
    """Take an adjudication into the balance, which is changed in place."""
    charge = max(0, adjudication["charge_cents"])
    granted = after["charge_cents"] - after["denied_cents"]
    again = claim_charge_cents is not None and 0 < claim_charge_cents <= charge and granted > 0
    if not again:
        relieved = max(0, min(after["denied_cents"], charge))
        _add(after, adjudication)
        after["denied_cents"] -= relieved
        after["charge_cents"] -= relieved
    elif adjudication["outcome"] == "denied":
        after["paid_cents"] += adjudication["paid_cents"]
        after["denied_cents"] = max(0, charge - granted)
        after["charge_cents"] = granted + after["denied_cents"]
    else:
        paid = after["paid_cents"]
        for name in _DECIDED:
            after[name] = 0
        _add(after, adjudication)
        after["paid_cents"] += paid


def _add(after: Balance, adjudication: Adjudication) -> None:
    for name in _DECIDED:
        after[name] += adjudication[name]


def _recover(after: Balance) -> None:
    """Recovered is what is allowed now beyond the first denial; a later reversal takes it back."""
    if after["initially_denied"]:
        after["recovered_cents"] = max(0, after["allowed_cents"] - after["first_allowed_cents"])


def _recover_underpayment(after: Balance, adjudication: Adjudication) -> None:
    first = after["first_underpaid_allowed_cents"]
    if first is None:
        if adjudication["underpaid_cents"] > 0:
            after["first_underpaid_allowed_cents"] = after["allowed_cents"]
        return
    gained = max(0, after["allowed_cents"] - first)
    after["underpayment_recovered_cents"] = max(after["underpayment_recovered_cents"], gained)


def _change(before: Balance, after: Balance, adjudication: Adjudication, *, first: bool) -> Change:
    counts = adjudication["is_adjudication"]
    positive = any(adjudication[name] > 0 for name in ("allowed_cents", "paid_cents", "patient_responsibility_cents"))
    later = before["initially_denied"] and counts and adjudication["outcome"] != "denied"
    return Change(
        first_adjudication=first,
        initial_denial=first and after["initially_denied"],
        lineage_initially_denied=after["initially_denied"],
        adjudication_number=after["adjudications"] if counts else 0,
        paid_change_cents=after["paid_cents"] - before["paid_cents"],
        allowed_change_cents=after["allowed_cents"] - before["allowed_cents"],
        patient_responsibility_change_cents=after["patient_responsibility_cents"]
        - before["patient_responsibility_cents"],
        contractual_change_cents=after["contractual_cents"] - before["contractual_cents"],
        denied_change_cents=after["denied_cents"] - before["denied_cents"],
        lineage_paid_cents=after["paid_cents"],
        lineage_allowed_cents=after["allowed_cents"],
        lineage_patient_responsibility_cents=after["patient_responsibility_cents"],
        lineage_contractual_cents=after["contractual_cents"],
        lineage_denied_cents=after["denied_cents"],
        recovered=later and positive,
        recovered_cents=after["recovered_cents"] - before["recovered_cents"],
        underpayment_recovered_cents=after["underpayment_recovered_cents"] - before["underpayment_recovered_cents"],
    )
