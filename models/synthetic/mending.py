"""What the billing office puts right before it sends a claim again."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.synthetic.encounters import Columns
from models.synthetic.events import event_frame
from models.synthetic.facts import Facts
from models.synthetic.paperwork import MISTAKES
from models.synthetic.world import Index, the_world

_PLANNED = ("sex_conflict", "age_conflict", "reference_lost", "resubmitted_as_original")
"""Mistakes that are part of the services or of the claim's own history: they stay."""

_MENDED = (
    *(name for name in MISTAKES if name not in _PLANNED),
    "member_missing",
    "member_invalid",
    "member_unchecked",
    "eligibility_unknown",
    "visit_modifier_forgotten",
    "therapy_modifier_forgotten",
    "telehealth_modifier_forgotten",
    "other_unpaid",
)


_COSTLY_CENTS = 150_000


def mended_events(facts: Facts, events: pl.DataFrame, rows: Index) -> pl.DataFrame:
    """Return some claims as they are sent again: same services and identity, what can be corrected corrected.

    Args:
        facts: Everything drawn about the claims.
        events: Their first submissions.
        rows: The claims, ascending.
    """
    first = events[rows]
    place = np.full(events.height, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    kept = place[facts.lines["claim"]] >= 0
    lines = {name: values[kept] for name, values in facts.lines.items()}
    lines["claim"] = place[lines["claim"]]
    claims = _mended({name: values[rows] for name, values in facts.claims.items()})
    made = event_frame(the_world(), claims, lines, first["submitted_at"])
    return made.with_columns(first.select(_IDENTITY))


_IDENTITY = ("event_id", "_hash", "tenant_id", "claim_id", "patient_control_token", "patient_token", "phi")


def _mended(claims: Columns) -> Columns:
    nothing = np.zeros(len(claims["family"]), dtype=bool)
    changed: Columns = dict.fromkeys(_MENDED, nothing)
    changed["auth_on_file"] = claims["auth_on_file"] | claims["auth_required"]
    changed["referral_on_file"] = claims["referral_on_file"] | claims["referral_required"]
    changed["attachments"] = np.maximum(claims["attachments"], claims["charge"] > _COSTLY_CENTS)
    return claims | changed
