"""Features about how the claim was prepared, and flags of known denial risks."""

from __future__ import annotations

from processors.features.definition import Feature, Group, Maker
from processors.features.formula import col, text

_HIGH_CHARGE_CENTS = 150_000


def process_features() -> list[Feature]:
    """Return the features about eligibility, authorisation, timing and work on the claim."""
    make = Maker(Group.PROCESS)
    days = col("days_to_submission")
    required = col("prior_auth_required")
    referral = col("referral_required")
    return [
        make.flag("eligibility_inactive", ~col("eligibility_active"), "eligibility_active", actionable=True),
        make.flag("eligibility_unknown", col("eligibility_active").missing(), "eligibility_active", actionable=True),
        make.number(
            "eligibility_age_days",
            col("days_since_eligibility"),
            "eligibility_checked_on, service_from",
            (-30, 365),
            actionable=True,
        ),
        make.flag("auth_required", required, "prior_auth_required"),
        make.flag(
            "auth_missing",
            required.or_else(0) & ~col("has_auth"),
            "prior_auth_required, prior_auth_on_file",
            actionable=True,
        ),
        make.flag("referral_required", referral, "referral_required"),
        make.flag(
            "referral_missing",
            referral.or_else(0) & ~col("referral_on_file"),
            "referral_required, referral_on_file",
            actionable=True,
        ),
        make.number("days_to_submission", days, "submitted_at, service_to", (-30, 1000)),
        make.number(
            "filing_limit_ratio",
            days / col("payer_filing_days"),
            "submitted_at, service_to, payer_id",
            (-1, 5),
        ),
        make.flag("delay_reason_given", text("delay_reason_code").given(), "delay_reason_code"),
        make.number("days_to_posting", col("days_to_posting"), "charge_posted_on, service_to", (-30, 400)),
        make.number(
            "documentation_score",
            col("documentation_score"),
            "documentation_score",
            (0, 100),
            actionable=True,
        ),
        make.number("processing_minutes", col("processing_minutes"), "processing_minutes", (0, 600)),
        make.count("touch_count", col("touch_count"), "touch_count", 50),
        make.count("attachment_count", col("attachment_count"), "attachment_count", 20, actionable=True),
        make.flag("note_present", col("note_present"), "note_present", actionable=True),
        make.flag("submitted_in_january", col("submitted_month").equals(1), "submitted_at"),
        *_frequency_features(make),
    ]


def _frequency_features(make: Maker) -> list[Feature]:
    original = text("frequency_code").one_of("1")
    referenced = text("original_reference").given()
    return [
        make.flag("replacement", ~original, "frequency_code"),
        make.flag(
            "replacement_without_reference",
            ~original & ~referenced,
            "frequency_code, original_reference",
            actionable=True,
        ),
        make.flag(
            "original_with_reference",
            original & referenced,
            "frequency_code, original_reference",
            actionable=True,
        ),
    ]


def risk_features() -> list[Feature]:
    """Return the flags that stand for a known denial mechanism each."""
    make = Maker(Group.RISK)
    commercial = text("payer_type").one_of("commercial", "exchange")
    alone = col("other_payer_count").equals(0)
    required = ("patient_zip3", "billing_taxonomy", "billing_npi", "release_code", "assignment_code")
    signature = (~col("signature_on_file")).or_else(1)
    missing = sum((~text(name).given() for name in required), start=signature)
    accident = text("accident_cause").given()
    return [
        make.flag("member_id_missing", ~col("member_id_present"), "member_id_present", actionable=True),
        make.flag("member_id_invalid", ~col("member_id_valid"), "member_id_valid", actionable=True),
        make.flag("member_id_unchecked", col("member_id_valid").missing(), "member_id_valid", actionable=True),
        make.flag(
            "other_coverage_suspected",
            (col("patient_age_years") >= 65) & commercial & alone & text("payer_sequence").one_of("P"),
            "patient_age_years, payer_type, other_payers",
            actionable=True,
        ),
        make.flag("accident", accident, "accident_cause"),
        make.flag(
            "accident_billed_to_health_plan",
            accident & text("payer_type").none_of("workers_comp", "other"),
            "accident_cause, payer_type",
            actionable=True,
        ),
        make.flag(
            "secondary_without_primary",
            text("payer_sequence").none_of("P") & (alone | (col("other_payers_unpaid") > 0)),
            "payer_sequence, other_payers",
            actionable=True,
        ),
        make.flag("signature_missing", signature, "signature_on_file", actionable=True),
        make.count("missing_field_count", missing, ", ".join(required), 6, actionable=True),
        make.flag(
            "facility_setting",
            text("place_of_service").one_of("19", "21", "22", "23", "24"),
            "place_of_service",
        ),
        make.flag("telehealth", text("place_of_service").one_of("02", "10"), "place_of_service"),
        make.flag("emergency", col("line_emergency"), "emergency"),
        make.flag(
            "high_charge_without_records",
            (col("total_charge_cents") > _HIGH_CHARGE_CENTS) & col("attachment_count").equals(0),
            "total_charge_cents, attachment_count",
            actionable=True,
        ),
    ]
