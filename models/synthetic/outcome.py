"""First adjudication: which claims are denied, for which stated reason, and with what true probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.synthetic.profiles import BASE_DENIAL_RATE, REASON_SHARES, REASONS
from models.synthetic.world import Flags, Index, Numbers

_ITERATIONS = 40
_CEILING = 0.76
_CONFUSION, _VAGUE_SHARE = 0.08, 0.6
# Payers state CARC 16 (missing or invalid information) for almost anything; else a neighbouring code.
_VAGUE = REASONS.index("missing_invalid_info")
_NEIGHBOUR = {
    "eligibility_inactive": "member_id_demographics",
    "member_id_demographics": "eligibility_inactive",
    "duplicate": "bundling_ncci",
    "timely_filing": "duplicate",
    "cob_other_payer": "eligibility_inactive",
    "missing_invalid_info": "documentation_requested",
    "provider_network": "referral_missing",
    "referral_missing": "prior_auth_missing",
    "prior_auth_missing": "not_covered_benefit",
    "not_covered_benefit": "medical_necessity",
    "benefit_limit": "not_covered_benefit",
    "dx_procedure_mismatch": "medical_necessity",
    "modifier": "bundling_ncci",
    "bundling_ncci": "modifier",
    "documentation_requested": "medical_necessity",
    "medical_necessity": "documentation_requested",
}


@dataclass(frozen=True)
class Outcome:
    """Result of the first adjudication.

    Attributes:
        denied: Whether the claim was denied.
        reason: Index into REASONS of the stated reason; -1 when paid.
        cause: Index into REASONS of the true first cause; -1 when paid.
        true_p_denied: 1 - product of (1 - hazard).
        reason_posterior: Probability of each stated reason given a denial, claims x reasons.
    """

    denied: Flags
    reason: Index
    cause: Index
    true_p_denied: Numbers
    reason_posterior: Numbers


def hazards_of(logits: Numbers) -> Numbers:
    """Return the hazard of each log-odds: logistic, below a ceiling since payers do not check everything."""
    result: Numbers = _CEILING / (1.0 + np.exp(-logits))
    return result


def first_causes(hazards: Numbers) -> Numbers:
    """Return P(reason k is the first cause met) for each claim: h_k times the survival of earlier ones."""
    survival = np.cumprod(1 - hazards, axis=1)
    before = np.concatenate([np.ones((len(hazards), 1)), survival[:, :-1]], axis=1)
    result: Numbers = hazards * before
    return result


def solve_intercepts(logits: Numbers) -> Numbers:
    """Find a_k so that each reason's share of claims is its share of the base rate.

    Damped fixed-point iteration on the log of wanted over obtained share.

    Args:
        logits: Log-odds without intercept of a representative sample, claims x reasons.
    """
    stated = BASE_DENIAL_RATE * np.array([REASON_SHARES[reason] for reason in REASONS])
    wanted = np.linalg.solve(confusion_matrix().T, stated)
    intercepts = np.full(len(REASONS), -5.0)
    for _ in range(_ITERATIONS):
        obtained = first_causes(hazards_of(logits + intercepts)).mean(axis=0)
        intercepts = intercepts + 1.3 * np.log(wanted / obtained)
    return intercepts


def adjudicate(logits: Numbers, intercepts: Numbers, rng: np.random.Generator) -> Outcome:
    """Draw the outcome of every claim.

    Args:
        logits: Log-odds without intercept, claims x reasons in adjudication order.
        intercepts: From `solve_intercepts`.
        rng: Source of randomness.
    """
    causes = first_causes(hazards_of(logits + intercepts))
    p_denied = causes.sum(axis=1)
    draw = rng.random(len(logits))
    edges = np.cumsum(causes, axis=1)
    cause = (draw[:, None] >= edges).sum(axis=1)
    denied = cause < len(REASONS)
    stated = _confused(np.minimum(cause, len(REASONS) - 1), rng)
    return Outcome(
        denied=denied,
        reason=np.where(denied, stated, -1),
        cause=np.where(denied, cause, -1),
        true_p_denied=p_denied,
        reason_posterior=causes @ confusion_matrix() / p_denied[:, None],
    )


def confusion_matrix() -> Numbers:
    """Return P(stated reason | cause), causes x reasons."""
    size = len(REASONS)
    matrix = np.eye(size) * (1 - _CONFUSION)
    for row, reason in enumerate(REASONS):
        vague = 0.0 if row == _VAGUE else _CONFUSION * _VAGUE_SHARE
        matrix[row, _VAGUE] += vague
        matrix[row, REASONS.index(_NEIGHBOUR[reason])] += _CONFUSION - vague
    return matrix


def _confused(cause: Index, rng: np.random.Generator) -> Index:
    edges = np.cumsum(confusion_matrix(), axis=1)[cause]
    result: Index = (rng.random(len(cause))[:, None] >= edges).sum(axis=1)
    return np.minimum(result, len(REASONS) - 1)
