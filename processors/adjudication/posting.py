"""Whether a claim payment posts by itself, and what a person would do with it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from processors.adjudication.denial_groups import UNMAPPED
from processors.adjudication.ledger import Change
from processors.adjudication.result import Adjudication

FIXABLE_GROUPS = frozenset(
    {
        "eligibility",
        "coordination_of_benefits",
        "missing_information",
        "coding",
        "duplicate",
        "enrolment",
    }
)
"""Denials that a corrected claim answers; the others need an appeal or a dispute."""


@dataclass(frozen=True)
class PostingVerdict:
    """How a claim payment is posted.

    Attributes:
        verdict: post; resubmit (a corrected claim is due); challenge (appeal or dispute); no_threshold (paid, but no
            promised price to hold it against). The verdict is advice; only the exceptions keep a payment from posting.
        exceptions: Why a person must post it: unbalanced, unmatched, credit_balance, secondary_due, unmapped_code,
            takeback.
        auto_posted: Balanced, matched and without exception.
    """

    verdict: str
    exceptions: tuple[str, ...]

    @property
    def auto_posted(self) -> bool:
        """Whether no person is needed to post it."""
        return not self.exceptions


def posting_verdict(
    remit: Mapping[str, Any],
    adjudication: Adjudication,
    change: Change,
    *,
    matched: bool,
    further_payer: bool = False,
) -> PostingVerdict:
    """Return how a claim payment is posted.

    Args:
        remit: The remits.received event of kind claim.
        adjudication: What it says.
        change: What it did to the balance of its lineage.
        matched: Whether its claim is known.
        further_payer: Whether the claim names a payer that comes after this one.
    """
    owed = adjudication["patient_responsibility_cents"] > 0 and not remit["crossover_payer_id"]
    checks = {
        "unbalanced": not remit["claim_balanced"] or remit["transaction_balanced"] is False,
        "unmatched": not matched,
        "credit_balance": change["lineage_paid_cents"] > change["lineage_allowed_cents"],
        "secondary_due": further_payer and owed,
        "unmapped_code": bool(adjudication["unmapped_codes"]),
        "takeback": adjudication["takeback_cents"] > 0,
    }
    return PostingVerdict(_advice(adjudication), tuple(name for name, holds in checks.items() if holds))


def _advice(adjudication: Adjudication) -> str:
    if adjudication["outcome"] in ("denied", "partial"):
        group = adjudication["root_cause_group"] or UNMAPPED
        return "resubmit" if group in FIXABLE_GROUPS else "challenge"
    if adjudication["underpaid_cents"] > 0:
        return "challenge"
    unheld = adjudication["outcome"] == "paid" and adjudication["priced_lines"] == 0
    return "no_threshold" if unheld and adjudication["paid_cents"] > 0 else "post"
