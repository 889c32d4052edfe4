"""Planned contradictions and the flags that follow from lines: facts that need claims and lines together."""

from __future__ import annotations

import numpy as np

from models.synthetic.encounters import Columns
from models.synthetic.hazards import line_flags
from models.synthetic.specialties import FAMILY_INDEX
from models.synthetic.world import World

_VISITS = ("office_visit", "preventive_visit", "hospital_visit", "emergency_visit")
_TELEHEALTH = ("office_visit", "psychiatry")
_MALE_DIAGNOSIS, _CHILD_VISIT = "R9720", "99393"
_PANEL, _PANEL_PART = "80053", "80048"


def settle(world: World, claims: Columns, lines: Columns) -> None:
    """Carry out the planned conflicts and add the flags that later steps read; changes the columns in place.

    Adds to the lines: first, visit, surgery, therapy, panel_part; to the claims: telehealth_used.
    """
    count = len(claims["family"])
    first = np.concatenate([[True], lines["claim"][1:] != lines["claim"][:-1]])
    claims["sex_conflict"] &= (claims["sex"] == "F") & (claims["age"] >= 40)
    male = int(np.argmax(world.diagnoses.code == _MALE_DIAGNOSIS))
    claims["dx1"] = np.where(claims["sex_conflict"], male, claims["dx1"])
    claims["age_conflict"] &= (claims["age"] >= 25) & (claims["claim_type"] == 0)
    child = int(np.argmax(world.procedures.code == _CHILD_VISIT))
    swapped = first & claims["age_conflict"][lines["claim"]]
    lines["code"] = np.where(swapped, child, lines["code"])
    lines["family"] = np.where(swapped, FAMILY_INDEX["preventive_visit"], lines["family"])
    lines["duplicate"] = lines["duplicate"] & ~claims["age_conflict"][lines["claim"]]
    lines["first"] = first
    lines["visit"] = np.isin(lines["family"], [FAMILY_INDEX[name] for name in _VISITS])
    lines["surgery"] = np.isin(lines["family"], [FAMILY_INDEX["surgery"], FAMILY_INDEX["endoscopy"]])
    lines["therapy"] = lines["family"] == FAMILY_INDEX["therapy"]
    _mark_panels(world, lines, count)
    remote = np.isin(claims["family"], [FAMILY_INDEX[name] for name in _TELEHEALTH])
    claims["telehealth_used"] = claims["telehealth"] & remote & (claims["claim_type"] == 0)


def _mark_panels(world: World, lines: Columns, count: int) -> None:
    lines["panel"] = world.procedures.code[lines["code"]] == _PANEL
    part = world.procedures.code[lines["code"]] == _PANEL_PART
    lines["panel_part"] = part & line_flags(lines, count, "panel")[lines["claim"]]
