"""Planted faults: what was done wrong on purpose, by claim."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.synthetic.encounters import Columns
from models.synthetic.hazards import line_flags
from models.synthetic.paperwork import MISTAKES
from models.synthetic.ragged import names_where
from models.synthetic.world import Flags

_CLAIM_FLAGS = (
    *MISTAKES,
    "dx_wrong",
    "member_missing",
    "member_invalid",
    "eligibility_inactive",
    "eligibility_unknown",
    "other_unpaid",
    "other_suspected",
    "out_of_network",
    "not_credentialed",
    "accident",
    "waiver",
    "visit_modifier_forgotten",
    "therapy_modifier_forgotten",
    "telehealth_modifier_forgotten",
)


def planted(claims: Columns, lines: Columns) -> dict[str, Flags]:
    """Return which claims carry each fault."""
    count = len(claims["family"])
    found: dict[str, Flags] = {name: np.asarray(claims[name], dtype=bool) for name in _CLAIM_FLAGS}
    found["line_repeated"] = line_flags(lines, count, "duplicate")
    found["panel_unbundled"] = line_flags(lines, count, "panel_part")
    found["authorisation_missing"] = claims["auth_required"] & ~claims["auth_on_file"]
    found["referral_missing"] = claims["referral_required"] & ~claims["referral_on_file"]
    found["filed_late"] = claims["filing_ratio"] > 1
    found["documentation_thin"] = claims["documentation"] < THIN_DOCUMENTATION
    return found


THIN_DOCUMENTATION = 60
"""Documentation scores below this count as a fault."""


def fault_lists(claims: Columns, lines: Columns) -> pl.Series:
    """Return the names of each claim's faults, List(String); empty for a clean claim."""
    return names_where(planted(claims, lines)).alias("faults")
