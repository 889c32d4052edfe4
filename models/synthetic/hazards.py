"""Competing denial mechanisms: the drivers of each of the sixteen reasons.

For reason k the hazard is sigmoid(a_k + payer + provider + payer x family effect + signal * driver_k). The
intercepts a_k are solved so that each reason takes its share of the base rate (see `outcome`).
"""

from __future__ import annotations

import numpy as np

from models.synthetic.encounters import Columns
from models.synthetic.profiles import REASONS
from models.synthetic.specialties import FAMILY_INDEX
from models.synthetic.world import Numbers, World

_REGISTRATION, _CODING, _DOCUMENTATION, _CREDENTIALING = range(4)
_QUALITY_OF = {
    "eligibility_inactive": _REGISTRATION,
    "member_id_demographics": _REGISTRATION,
    "cob_other_payer": _REGISTRATION,
    "referral_missing": _REGISTRATION,
    "prior_auth_missing": _REGISTRATION,
    "missing_invalid_info": _CODING,
    "duplicate": _CODING,
    "timely_filing": _CODING,
    "dx_procedure_mismatch": _CODING,
    "modifier": _CODING,
    "bundling_ncci": _CODING,
    "not_covered_benefit": _DOCUMENTATION,
    "benefit_limit": _DOCUMENTATION,
    "documentation_requested": _DOCUMENTATION,
    "medical_necessity": _DOCUMENTATION,
    "provider_network": _CREDENTIALING,
}


def drivers(world: World, claims: Columns, lines: Columns) -> dict[str, Numbers]:
    """Return the driver of every reason: about 0 for a clean claim, 2 to 3 where the fact is plainly bad.

    Args:
        world: Hidden structure.
        claims: Facts of the claims (encounters, diagnoses and paperwork).
        lines: Facts of the lines.
    """
    found = _front_office(world, claims) | _billing(claims, lines) | _coding(claims, lines)
    found |= _clinical(world, claims, lines)
    return {reason: found[reason].astype(np.float64) for reason in REASONS}


def logits(world: World, claims: Columns, lines: Columns, signal: float) -> Numbers:
    """Return the log-odds of every hazard without its intercept, claims x reasons in adjudication order."""
    count = len(claims["family"])
    table = np.empty((count, len(REASONS)))
    cell = world.cell_effect[claims["payer"], claims["family"]]
    driven = drivers(world, claims, lines)
    for column, reason in enumerate(REASONS):
        quality = world.provider_quality[claims["provider"], _QUALITY_OF[reason]]
        effects = world.payer_effect[claims["payer"], column] + quality + cell
        table[:, column] = effects + signal * driven[reason]
    table[:, REASONS.index("not_covered_benefit")] += world.excluded[claims["payer"], claims["family"]]
    return table


def _front_office(world: World, c: Columns) -> dict[str, Numbers]:
    kind = world.payers["payer_type"].to_numpy()[c["payer"]]
    churn = np.isin(kind, ["medicaid", "exchange"])
    health_plan = ~np.isin(kind, ["workers_comp", "other"])
    return {
        "eligibility_inactive": 2.9 * c["eligibility_inactive"]
        + 1.3 * c["eligibility_unknown"]
        + 0.5 * np.minimum(c["eligibility_age"] / 60, 1)
        + 0.2 * churn,
        "member_id_demographics": 3.1 * c["member_invalid"]
        + 3.4 * c["member_missing"]
        + 1.0 * c["member_unchecked"]
        + 0.25 * c["dependent"],
        "cob_other_payer": 2.8 * c["other_suspected"] + 2.8 * c["other_unpaid"] + 2.2 * (c["accident"] & health_plan),
        "provider_network": 2.4 * c["out_of_network"] + 3.2 * c["not_credentialed"],
        "referral_missing": 3.4 * (c["referral_required"] & ~c["referral_on_file"]),
        "prior_auth_missing": 3.3 * (c["auth_required"] & ~c["auth_on_file"]) + 0.3 * c["auth_required"],
    }


def _billing(c: Columns, lines: Columns) -> dict[str, Numbers]:
    count = len(c["family"])
    twice = np.bincount(lines["claim"], weights=lines["duplicate"], minlength=count) > 0
    missing = c["no_signature"] + c["no_taxonomy"] + c["no_release"] + c["no_area"]
    wrong = c["bad_npi"] | c["unbalanced_total"] | c["bad_pointer"] | c["invalid_modifier"]
    wrong = wrong | c["invalid_diagnosis"] | c["invalid_pos"] | c["dates_swapped"]
    lost = c["reference_lost"] | (c["replacement"] & c["reference_lost"])
    ratio = c["filing_ratio"]
    return {
        "missing_invalid_info": 2.5 * np.minimum(missing, 2) + 2.6 * wrong + 0.015 * (90 - c["coding_quality"]),
        "duplicate": 2.7 * twice + 2.9 * c["resubmitted_as_original"] + 2.0 * lost + 0.15 * c["touches"],
        "timely_filing": 3.5 * (ratio > 1) + 0.8 * np.clip(ratio, 0, 1) - 0.9 * c["delay_reason"],
        "not_covered_benefit": 3.0 * c["waiver"] + 0.5 * (c["family"] == FAMILY_INDEX["other"]),
    }


def _coding(c: Columns, lines: Columns) -> dict[str, Numbers]:
    count = len(c["family"])
    panel = line_flags(lines, count, "panel_part")
    bare_visit = c["visit_modifier_forgotten"]
    bare_therapy = c["therapy_modifier_forgotten"]
    bare_telehealth = c["telehealth_modifier_forgotten"]
    conflict = c["sex_conflict"] | c["age_conflict"]
    return {
        "dx_procedure_mismatch": 3.0 * c["dx_wrong"] + 2.6 * conflict + 0.01 * (90 - c["coding_quality"]),
        "modifier": 3.4 * (bare_therapy | bare_telehealth) + 1.5 * c["invalid_modifier"],
        "bundling_ncci": 3.2 * bare_visit + 2.6 * panel,
    }


def _clinical(world: World, c: Columns, lines: Columns) -> dict[str, Numbers]:
    count = len(c["family"])
    tested = np.isin(c["family"], [FAMILY_INDEX[f] for f in ("imaging", "laboratory", "drug", "surgery", "cardiology")])
    limited = world.policy_limited[c["dx1"]]
    therapy = lines["family"] == FAMILY_INDEX["therapy"]
    units = np.bincount(lines["claim"], weights=lines["units"] * therapy, minlength=count)
    over = units * ~c["cap_exception"]
    thin = np.clip((75 - c["documentation"]) / 25, 0, 1.5)
    costly = (c["charge"] > 150_000) & (c["attachments"] == 0)
    return {
        "benefit_limit": 0.42 * np.minimum(over, 7) + 0.5 * (c["family"] == FAMILY_INDEX["psychiatry"]),
        "documentation_requested": 1.9 * thin + 1.8 * costly,
        "medical_necessity": 2.7 * (limited & tested) + 0.9 * thin + 0.3 * tested,
    }


def line_flags(lines: Columns, count: int, name: str) -> np.ndarray:
    """Tell which claims have a line with this flag."""
    result: np.ndarray = np.bincount(lines["claim"], weights=lines[name], minlength=count) > 0
    return result
