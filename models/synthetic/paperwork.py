"""How the claim was prepared: checks, authorisations, dates, scores and planned billing mistakes."""

from __future__ import annotations

import numpy as np

from models.synthetic.encounters import Columns
from models.synthetic.specialties import FAMILY_INDEX
from models.synthetic.world import World

# Probability of each billing mistake; a claim may hold several, few do. Together about four per cent.
MISTAKES: dict[str, float] = {
    "bad_npi": 0.005,
    "unbalanced_total": 0.004,
    "bad_pointer": 0.004,
    "invalid_diagnosis": 0.003,
    "sex_conflict": 0.002,
    "age_conflict": 0.002,
    "no_signature": 0.005,
    "no_taxonomy": 0.006,
    "no_release": 0.004,
    "no_area": 0.005,
    "invalid_modifier": 0.003,
    "invalid_pos": 0.002,
    "reference_lost": 0.003,
    "resubmitted_as_original": 0.007,
    "dates_swapped": 0.002,
}
_AUTH_FAMILIES = {
    "imaging": 0.42,
    "surgery": 0.40,
    "drug": 0.28,
    "therapy": 0.25,
    "endoscopy": 0.15,
    "cardiology": 0.2,
}


def draw_paperwork(world: World, rng: np.random.Generator, claims: Columns, lines: Columns) -> Columns:
    """Draw what the front office, the coder and the billing office did.

    Returns:
        One value a claim of every fact named in the parts below.
    """
    count = len(claims["family"])
    drawn: Columns = {name: rng.random(count) < share for name, share in MISTAKES.items()}
    drawn |= _coverage_checks(world, rng, claims)
    drawn |= _permissions(rng, claims, world)
    drawn |= _timing(world, rng, claims)
    drawn |= _office_work(world, rng, claims, lines)
    drawn |= _modifier_slips(rng, count)
    return drawn


def _coverage_checks(world: World, rng: np.random.Generator, claims: Columns) -> Columns:
    count = len(claims["family"])
    draw = rng.random(count)
    member = rng.random(count)
    kind = world.payers["payer_type"].to_numpy()[claims["payer"]]
    older = (claims["age"] >= 65) & np.isin(kind, ["commercial", "exchange"])
    secondary = (claims["age"] >= 65) & (rng.random(count) < 0.12)
    other_known = secondary | (older & (rng.random(count) < 0.85))
    return {
        "eligibility_inactive": draw < 0.026,
        "eligibility_unknown": draw > 0.955,
        "eligibility_age": np.minimum(rng.gamma(1.1, 9.0, count), 200).astype(np.int64),
        "member_missing": member < 0.004,
        "member_invalid": (member >= 0.004) & (member < 0.014),
        "member_unchecked": member > 0.95,
        "secondary": secondary,
        "other_known": other_known,
        "other_unpaid": secondary & (rng.random(count) < 0.12),
        "other_suspected": older & ~other_known,
        "accident": rng.random(count) < 0.015,
    }


def _permissions(rng: np.random.Generator, claims: Columns, world: World) -> Columns:
    count = len(claims["family"])
    share = np.zeros(max(FAMILY_INDEX.values()) + 1)
    for family, value in _AUTH_FAMILIES.items():
        share[FAMILY_INDEX[family]] = value
    plan = world.payers["plan_type"].to_numpy()[claims["payer"]]
    gatekeeper = np.isin(plan, ["hmo", "pos"])
    specialist = ~np.isin(claims["family"], [FAMILY_INDEX["preventive_visit"], FAMILY_INDEX["dental"]])
    out_draw, lapse_draw = rng.random(count), rng.random(count)
    auth_required = rng.random(count) < share[claims["family"]]
    referral_required = gatekeeper & specialist & (rng.random(count) < 0.3)
    return {
        "auth_required": auth_required,
        "auth_on_file": auth_required & (rng.random(count) > 0.13) | (rng.random(count) < 0.01),
        "referral_required": referral_required,
        "referral_on_file": referral_required & (rng.random(count) > 0.04),
        "out_of_network": out_draw < 0.02,
        "network_unknown": out_draw > 0.98,
        "not_credentialed": lapse_draw < 0.004,
    }


def _timing(world: World, rng: np.random.Generator, claims: Columns) -> Columns:
    count = len(claims["family"])
    limit = world.payers["timely_filing_days"].to_numpy()[claims["payer"]].astype(np.float64)
    lag = rng.gamma(1.6, 4.0, count)
    slow = rng.random(count) < 0.035
    lag = np.where(slow, limit * rng.uniform(0.1, 1.45, count), lag)
    return {
        "lag_days": np.clip(lag, 0, 540).astype(np.int64),
        "filing_ratio": lag / limit,
        "delay_reason": slow & (rng.random(count) < 0.2),
        "post_days": np.minimum(lag, rng.gamma(1.2, 1.4, count)).astype(np.int64),
        "replacement": rng.random(count) < 0.03,
    }


def _office_work(world: World, rng: np.random.Generator, claims: Columns, lines: Columns) -> Columns:
    count = len(claims["family"])
    charge = np.bincount(lines["claim"], weights=lines["charge_cents"], minlength=count)
    coder = rng.integers(0, len(world.coder_quality), count)
    poor = rng.random(count) < 0.05
    documentation = np.where(poor, rng.normal(48, 10, count), rng.normal(86, 8, count))
    records = (charge > 150_000) & (rng.random(count) < 0.7) | (rng.random(count) < 0.03)
    waiver = rng.random(count)
    return {
        "charge": charge,
        "coder": coder,
        "coding_quality": np.clip(world.coder_quality[coder] + rng.normal(0, 3, count), 30, 100).astype(np.int64),
        "documentation": np.clip(documentation, 5, 100).astype(np.int64),
        "attachments": np.where(records, 1 + rng.poisson(0.4, count), 0),
        "note": rng.random(count) < 0.06,
        "minutes": np.clip(rng.gamma(2.2, 5.0, count), 1, 240).astype(np.int64),
        "touches": rng.poisson(0.9, count),
        "waiver": waiver < 0.011,
    }


def _modifier_slips(rng: np.random.Generator, count: int) -> Columns:
    return {
        "visit_modifier_forgotten": rng.random(count) < 0.10,
        "therapy_modifier_forgotten": rng.random(count) < 0.05,
        "telehealth_modifier_forgotten": rng.random(count) < 0.06,
        "cap_exception": rng.random(count) < 0.3,
    }
