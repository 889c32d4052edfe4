"""The balance of one lineage: what each adjudication or reversal adds to it, and what it recovers.

The balance is plain data; folding the remittances of a lineage in the order of their receipt gives it anew.
"""

from __future__ import annotations

from typing import TypedDict

from processors.adjudication.result import Adjudication


class Balance(TypedDict):
    """State of a lineage after some remittances; money in cents.

    `recovered_cents` and `underpayment_recovered_cents` are what the remittances so far recovered.
    """

    adjudications: int
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


def post(balance: Balance, adjudication: Adjudication) -> tuple[Balance, Change]:
    """Add a remittance to the balance of its lineage.

    Args:
        balance: The balance before; it is not changed.
        adjudication: Adjudication, reversal, or a remittance that is neither and adds nothing.

    Returns:
        The balance after, and what the remittance did.

    An adjudication that answers denied charges again relieves as much of the denied amount as it charges: payers
    reverse what they paid, but seldom what they denied.
    """
    counts = adjudication["is_adjudication"]
    first = counts and balance["adjudications"] == 0
    denied_first = first and adjudication["outcome"] == "denied"
    after = _added(balance, adjudication) if counts or adjudication["outcome"] == "reversal" else balance
    after = Balance(**{**after, "adjudications": balance["adjudications"] + counts})
    if first:
        after["initially_denied"] = denied_first
        after["first_allowed_cents"] = adjudication["allowed_cents"]
    _recover(after)
    _recover_underpayment(after, adjudication)
    return after, _change(balance, after, adjudication, first=first)


def _added(balance: Balance, adjudication: Adjudication) -> Balance:
    relieved = 0
    if adjudication["is_adjudication"]:
        relieved = min(balance["denied_cents"], max(0, adjudication["charge_cents"]))
    return Balance(
        **{
            **balance,
            "paid_cents": balance["paid_cents"] + adjudication["paid_cents"],
            "allowed_cents": balance["allowed_cents"] + adjudication["allowed_cents"],
            "patient_responsibility_cents": balance["patient_responsibility_cents"]
            + adjudication["patient_responsibility_cents"],
            "contractual_cents": balance["contractual_cents"] + adjudication["contractual_cents"],
            "denied_cents": balance["denied_cents"] + adjudication["denied_cents"] - max(0, relieved),
        }
    )


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
