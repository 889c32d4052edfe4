"""How strong the denial signals are, and how often each reason is meant to occur."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import BadInputError

BASE_DENIAL_RATE = 0.145
"""Share of claims denied at first adjudication, after the published rates of private payers and indices."""

# Shares of denials follow the Change Healthcare denials index of 2020, adjusted with KFF 2023; the split
# inside a published group is an assumption.
REASON_SHARES: dict[str, float] = {
    "eligibility_inactive": 0.16,
    "member_id_demographics": 0.06,
    "duplicate": 0.06,
    "timely_filing": 0.045,
    "cob_other_payer": 0.05,
    "missing_invalid_info": 0.14,
    "provider_network": 0.02,
    "referral_missing": 0.02,
    "prior_auth_missing": 0.10,
    "not_covered_benefit": 0.08,
    "benefit_limit": 0.04,
    "dx_procedure_mismatch": 0.035,
    "modifier": 0.015,
    "bundling_ncci": 0.03,
    "documentation_requested": 0.08,
    "medical_necessity": 0.065,
}
"""Share of each reason among denials, in the order a payer adjudicates: the first cause met is stated."""

REASONS: tuple[str, ...] = tuple(REASON_SHARES)


@dataclass(frozen=True)
class Profile:
    """A world's sharpness.

    Attributes:
        name: seed (strong pre-submission checks) or field (signals as weak as in real claim lines).
        signal: Factor on every driver of a denial; set so that an oracle that knows the true probability reaches
            an AUROC of about .90 (seed) and .80 (field).
    """

    name: str
    signal: float


_PROFILES = {profile.name: profile for profile in (Profile("seed", 2.95), Profile("field", 1.83))}


def profile_named(name: str) -> Profile:
    """Return the profile of this name.

    Raises:
        BadInputError: There is none.
    """
    try:
        return _PROFILES[name]
    except KeyError:
        msg = f"There is no synthetic profile named {name!r}."
        raise BadInputError(msg, f"Use one of: {', '.join(_PROFILES)}.") from None
