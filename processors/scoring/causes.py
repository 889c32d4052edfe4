"""The sixteen denial reasons: which features speak of each, who works on it, and what to do.

Actions are things to check or to obtain. None proposes another diagnosis, procedure, date, age or sex: whether a
code is right is for a coding review to say, or the tool would advise upcoding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from processors.features import FEATURE_NAMES, FEATURES

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cause:
    """One denial reason as explanations speak of it.

    Attributes:
        reason: Name of the reason.
        owner: Who works on such claims.
        action: What to check or obtain first.
        features: Features that speak of it; they are set to what is usual together.
    """

    reason: str
    owner: str
    action: str
    features: tuple[str, ...]


CAUSES: tuple[Cause, ...] = (
    Cause(
        "eligibility_inactive",
        "registration",
        "Run eligibility again; bill the payer that covers the date.",
        (
            "eligibility_inactive",
            "eligibility_unknown",
            "eligibility_age_days",
            "submitted_in_january",
            "payer_medicaid",
            "payer_registration_denial_rate",
        ),
    ),
    Cause(
        "member_id_demographics",
        "registration",
        "Match member id and demographics with the card.",
        ("member_id_missing", "member_id_invalid", "member_id_unchecked", "patient_area_missing", "patient_dependent"),
    ),
    Cause(
        "cob_other_payer",
        "registration",
        "Update other coverage; bill the primary payer first and attach its payment.",
        (
            "other_coverage_suspected",
            "other_payer_count",
            "other_payers_unpaid",
            "secondary_without_primary",
            "payer_sequence_rank",
            "accident",
            "accident_billed_to_health_plan",
        ),
    ),
    Cause(
        "missing_invalid_info",
        "billing",
        "Complete or correct the fields the findings name.",
        (
            "missing_field_count",
            "npi_invalid_count",
            "taxonomy_missing",
            "signature_missing",
            "pointer_invalid_count",
            "charge_off_balance",
            "finding_error_count",
            "finding_warning_count",
            "finding_rule_count",
            "finding_line_count",
        ),
    ),
    Cause(
        "prior_auth_missing",
        "authorisation",
        "Obtain the authorisation, or attach its number.",
        ("auth_required", "auth_missing", "payer_authorisation_denial_rate"),
    ),
    Cause(
        "referral_missing",
        "authorisation",
        "Obtain the referral, or attach its number.",
        ("referral_required", "referral_missing", "plan_gatekeeper"),
    ),
    Cause(
        "not_covered_benefit",
        "coverage",
        "Check the plan's benefits for the service.",
        ("coverage_waiver_count", "noncovered_share", "payer_coverage_denial_rate", "preventive_line_count"),
    ),
    Cause(
        "benefit_limit",
        "coverage",
        "Check what the benefit has left.",
        ("therapy_units", "therapy_units_without_exception", "unit_total", "unit_max"),
    ),
    Cause(
        "documentation_requested",
        "HIM",
        "Attach the records before submission.",
        (
            "documentation_score",
            "attachment_count",
            "note_present",
            "high_charge_without_records",
            "log_total_charge",
            "log_max_line_charge",
            "charge_to_typical_max",
            "charge_to_allowed",
            "unlisted_line_count",
        ),
    ),
    Cause(
        "medical_necessity",
        "clinical",
        "Clinical review against the payer's policy.",
        (
            "support_min",
            "support_mean",
            "diagnosis_denial_rate",
            "payer_clinical_denial_rate",
            "imaging_line_count",
            "laboratory_line_count",
            "principal_symptom",
            "principal_encounter",
        ),
    ),
    Cause(
        "timely_filing",
        "billing",
        "Attach proof of timely filing.",
        ("days_to_submission", "filing_limit_ratio", "delay_reason_given", "days_to_posting"),
    ),
    Cause(
        "duplicate",
        "billing",
        "Look for the earlier claim; send a replacement instead of a second original.",
        ("duplicate_line_count", "original_with_reference", "replacement_without_reference", "replacement"),
    ),
    Cause(
        "dx_procedure_mismatch",
        "coding",
        "Coding review.",
        ("diagnosis_sex_conflict", "age_conflict_count", "sex_conflict_count", "payer_coding_denial_rate"),
    ),
    Cause(
        "bundling_ncci",
        "coding",
        "Coding review of services billed together.",
        ("visit_modifier_missing", "panel_part_count", "distinct_procedure_count", "surgery_line_count"),
    ),
    Cause(
        "modifier",
        "coding",
        "Modifier review.",
        ("therapy_modifier_missing_count", "telehealth_modifier_missing_count", "modifier_count", "telehealth"),
    ),
    Cause(
        "provider_network",
        "credentialing",
        "Check enrolment and network; hold the claim until they are effective.",
        (
            "provider_out_of_network",
            "provider_not_credentialed",
            "network_unknown",
            "provider_experience_years",
            "specialty_denial_rate",
        ),
    ),
)


@dataclass(frozen=True)
class Masks:
    """The features of each cause as flags, causes x features.

    Attributes:
        all: Every feature of the cause.
        fixable: Those a biller may change before submission.
    """

    all: Flags
    fixable: Flags


@lru_cache(maxsize=1)
def masks() -> Masks:
    """Return the masks in catalogue order."""
    place = {name: number for number, name in enumerate(FEATURE_NAMES)}
    every = np.zeros((len(CAUSES), len(FEATURE_NAMES)), dtype=bool)
    for row, cause in enumerate(CAUSES):
        every[row, [place[name] for name in cause.features]] = True
    fixable = np.array([feature.actionable for feature in FEATURES])
    return Masks(every, every & fixable)
