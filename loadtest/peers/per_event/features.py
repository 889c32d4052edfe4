"""The features of the comparison's model, for one claim as fastavro reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FEATURES = (
    "patient_age_years",
    "patient_female",
    "payer_commercial",
    "payer_medicare",
    "payer_medicare_advantage",
    "payer_medicaid",
    "payer_exchange",
    "plan_gatekeeper",
    "payer_secondary",
    "provider_experience_years",
    "out_of_network",
    "not_credentialed",
    "coding_quality_score",
    "documentation_score",
    "processing_minutes",
    "touch_count",
    "attachment_count",
    "diagnosis_count",
    "line_count",
    "total_charge",
    "max_line_charge",
    "unit_total",
    "modifier_count",
    "auth_missing",
    "referral_missing",
    "eligibility_inactive",
    "eligibility_age_days",
    "days_to_submission",
    "institutional",
    "member_id_invalid",
)
"""Names in the order of the model's columns; a missing value is NaN."""

NAN = float("nan")


def features(claim: Mapping[str, Any]) -> list[float]:
    """Return the features of a claim."""
    lines = claim["lines"]
    payer_type = claim["payer_type"]
    checked, start = claim["eligibility_checked_on"], claim["service_from"]
    end = claim["service_to"] or start
    return [
        _number(claim["patient_age_years"]),
        claim["patient_sex"] == "F",
        payer_type == "commercial",
        payer_type == "medicare",
        payer_type == "medicare_advantage",
        payer_type == "medicaid",
        payer_type == "exchange",
        claim["plan_type"] in ("hmo", "pos"),
        claim["payer_sequence"] in ("S", "T"),
        _number(claim["provider_experience_years"]),
        claim["provider_in_network"] is False,
        claim["provider_credentialed"] is False,
        _number(claim["coding_quality_score"]),
        _number(claim["documentation_score"]),
        _number(claim["processing_minutes"]),
        _number(claim["touch_count"]),
        claim["attachment_count"],
        len(claim["diagnosis_codes"]),
        len(lines),
        claim["total_charge_cents"] / 100,
        max((line["charge_cents"] for line in lines), default=0) / 100,
        sum(line["units"] for line in lines),
        sum(len(line["modifiers"]) for line in lines),
        claim["prior_auth_required"] is True and not claim["prior_auth_on_file"],
        claim["referral_required"] is True and not claim["referral_on_file"],
        claim["eligibility_active"] is False,
        (start - checked).days if start and checked else NAN,
        (claim["submitted_at"].date() - end).days if end else NAN,
        claim["claim_type"] == "institutional",
        claim["member_id_valid"] is False,
    ]


def _number(value: float | None) -> float:
    return NAN if value is None else value
