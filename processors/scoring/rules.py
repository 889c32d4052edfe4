"""The fallback without a model: additive points from flags of the claim and from findings of the rules.

Each point is a log-odds step towards a denial for one reason. The weights are judgement, ordered by what
payers check first; they are no estimate. `RULES_VERSION` changes with every change of the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from processors.features import FEATURE_NAMES

RULES_VERSION = "rules-2"
_BASE_LOG_ODDS = -2.2  # about one claim in ten is denied


@dataclass(frozen=True)
class Point:
    """Log-odds added when a feature lies above a threshold.

    Attributes:
        feature: Name in the feature catalogue.
        above: The points count where the value is greater; NaN is not.
        reason: Denial reason it speaks for.
        log_odds: Points.
    """

    feature: str
    above: float
    reason: str
    log_odds: float


POINTS: tuple[Point, ...] = (
    Point("eligibility_inactive", 0, "eligibility_inactive", 2.5),
    Point("eligibility_unknown", 0, "eligibility_inactive", 0.7),
    Point("eligibility_age_days", 45, "eligibility_inactive", 0.5),
    Point("member_id_missing", 0, "member_id_demographics", 2.5),
    Point("member_id_invalid", 0, "member_id_demographics", 2.2),
    Point("other_coverage_suspected", 0, "cob_other_payer", 1.8),
    Point("secondary_without_primary", 0, "cob_other_payer", 2.0),
    Point("accident_billed_to_health_plan", 0, "cob_other_payer", 1.5),
    Point("missing_field_count", 0, "missing_invalid_info", 1.5),
    Point("npi_invalid_count", 0, "missing_invalid_info", 2.0),
    Point("charge_off_balance", 0, "missing_invalid_info", 1.5),
    Point("pointer_invalid_count", 0, "missing_invalid_info", 1.5),
    Point("auth_missing", 0, "prior_auth_missing", 2.3),
    Point("referral_missing", 0, "referral_missing", 2.0),
    Point("coverage_waiver_count", 0, "not_covered_benefit", 2.0),
    Point("therapy_units_without_exception", 5, "benefit_limit", 1.5),
    Point("high_charge_without_records", 0, "documentation_requested", 1.5),
    Point("principal_symptom", 0, "medical_necessity", 0.3),
    Point("duplicate_line_count", 0, "duplicate", 2.0),
    Point("original_with_reference", 0, "duplicate", 2.0),
    Point("replacement_without_reference", 0, "duplicate", 1.5),
    Point("diagnosis_sex_conflict", 0, "dx_procedure_mismatch", 1.8),
    Point("age_conflict_count", 0, "dx_procedure_mismatch", 1.8),
    Point("sex_conflict_count", 0, "dx_procedure_mismatch", 1.8),
    Point("visit_modifier_missing", 0, "bundling_ncci", 1.5),
    Point("panel_part_count", 0, "bundling_ncci", 1.5),
    Point("therapy_modifier_missing_count", 0, "modifier", 1.5),
    Point("telehealth_modifier_missing_count", 0, "modifier", 1.5),
    Point("days_to_submission", 365, "timely_filing", 2.5),
    Point("days_to_submission", 90, "timely_filing", 0.8),
    Point("provider_out_of_network", 0, "provider_network", 1.2),
    Point("provider_not_credentialed", 0, "provider_network", 2.0),
)

FINDING_LOG_ODDS = {"error": 1.0, "warning": 0.5}
"""Log-odds that the gravest finding of a reason adds, by its severity."""

REASON_OF_QUEUE = {
    "edit_fix": "missing_invalid_info",
    "eligibility": "eligibility_inactive",
    "authorization": "prior_auth_missing",
    "credentialing": "provider_network",
    "coding": "dx_procedure_mismatch",
    "high_risk_review": "documentation_requested",
}
"""Denial reason that a finding speaks for, by the queue that repairs it."""

RULE_REASONS: tuple[str, ...] = tuple(dict.fromkeys(point.reason for point in POINTS))
"""The sixteen denial reasons, in the order of the output columns."""

_PLACE_OF_QUEUE = {queue: RULE_REASONS.index(reason) for queue, reason in REASON_OF_QUEUE.items()}
_Numbers = npt.NDArray[np.float64]


def rules_score(features: pl.DataFrame, findings: pl.DataFrame | None = None) -> tuple[_Numbers, _Numbers]:
    """Score claims by points.

    Args:
        features: The feature matrix; encoded features are not read.
        findings: Findings of the claims, columns of FINDINGS_SCHEMA; None when the rules did not run.

    Returns:
        The probability of a denial of each claim, and the share of each of RULE_REASONS given a denial
        (claims x reasons, rows sum to one; equal shares where no rule speaks).
    """
    none = np.zeros((features.height, len(RULE_REASONS)))
    points = none if findings is None else _finding_points(findings, features.height)
    for point in POINTS:
        hit = features[point.feature].to_numpy() > point.above
        points[:, RULE_REASONS.index(point.reason)] += point.log_odds * hit
    p_denied = 1 / (1 + np.exp(-(_BASE_LOG_ODDS + points.sum(axis=1))))
    weight = np.exp(points)
    return p_denied, weight / weight.sum(axis=1, keepdims=True)


def rules_score_of(matrix: npt.NDArray[np.float32]) -> _Numbers:
    """Return the probability of a denial by the points alone, of rows of the feature matrix."""
    return rules_score(pl.DataFrame(matrix, schema=list(FEATURE_NAMES)))[0]


def _finding_points(findings: pl.DataFrame, size: int) -> _Numbers:
    """Return what the findings add, claims x reasons: only the gravest finding of a reason counts."""
    points = np.zeros((size, len(RULE_REASONS)))
    reason = pl.col("queue").replace_strict(_PLACE_OF_QUEUE, default=None, return_dtype=pl.Int64)
    log_odds = pl.col("severity").replace_strict(FINDING_LOG_ODDS, default=None, return_dtype=pl.Float64)
    speaking = findings.select("row", reason=reason, log_odds=log_odds).drop_nulls()
    row, place, value = (column.to_numpy() for column in speaking.iter_columns())
    np.maximum.at(points, (row, place), value)
    return points


def unknown_features() -> list[str]:
    """Return features the table names that the catalogue lacks; a test keeps this empty."""
    return sorted({point.feature for point in POINTS} - set(FEATURE_NAMES))
