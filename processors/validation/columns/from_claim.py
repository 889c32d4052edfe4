"""What a line sees of its claim, and what a message may show."""

from __future__ import annotations

FROM_CLAIM: dict[str, str] = {
    "claim_type": "claim_type",
    "is_professional": "is_professional",
    "is_institutional": "is_institutional",
    "is_dental": "is_dental",
    "claim_place_of_service": "place_of_service",
    "claim_service_from": "service_from",
    "claim_service_to": "service_to",
    "patient_age_years": "patient_age_years",
    "patient_sex": "patient_sex",
    "payer_type": "payer_type",
    "frequency_code": "frequency_code",
    "diagnosis_count": "diagnosis_count",
    "today": "today",
    "service_date": "service_date",
}
"""Columns of the line level that hold a column of its claim: name on the line -> name on the claim."""

MESSAGE_COLUMNS = frozenset(
    {
        "claim_type",
        "frequency_code",
        "payer_type",
        "line_count",
        "line_charge_cents",
        "total_charge_cents",
        "charge_cents",
        "patient_paid_cents",
        "diagnosis_count",
        "diagnosis_distinct_count",
        "principal_diagnosis",
        "place_of_service",
        "place",
        "type_of_bill",
        "revenue_code",
        "procedure_code",
        "modifier_list",
        "modifier_count",
        "units",
        "unit_basis",
        "highest_pointer",
        "timely_filing_days",
        "days_since_service",
        "service_span_days",
        "eligibility_age_days",
        "documentation_score",
        "coding_quality_score",
        "duplicate_of_claim",
        "near_duplicate_of_claim",
        "day_units",
        "day_unit_limit",
        "surgery_code",
        "surgery_global_days",
        "days_after_surgery",
        "group_saw_patient_days_ago",
        "earlier_lifetime_code",
    }
)
"""Columns whose values a message may show: none identifies a patient (no patient ids, dates, ages, ZIP codes).

Claim ids are keyed hashes; a message shows one only to name the earlier claim that it is about."""
