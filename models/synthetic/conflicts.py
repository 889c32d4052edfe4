"""Planned contradictions and the flags that follow from lines: facts that need claims and lines together."""

from __future__ import annotations

import numpy as np

from models.synthetic.encounters import Columns
from models.synthetic.hazards import line_flags
from models.synthetic.specialties import FAMILY_INDEX
from models.synthetic.world import World

_VISITS = ("office_visit", "preventive_visit", "hospital_visit", "emergency_visit")
_SURGICAL = ("surgery", "endoscopy")
_INCLUDING = ("surgery", "endoscopy", "vaccine")
_INJECTIONS = ("96372", "67028", "93000", "20610")
_WITHOUT_VISIT = ("90686", "90715", "90750", "90677", "59400")
_MALE_DIAGNOSIS, _CHILD_VISIT = "R9720", "99393"


def settle(world: World, claims: Columns, lines: Columns) -> None:
    """Carry out the planned conflicts and add the flags that later steps read; changes the columns in place.

    Adds to the lines: first, visit, surgery, procedure, therapy; to the claims: the conflicts carried out, and
    visit_beside (a visit stands beside a procedure that includes one).
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
    code = world.procedures.code[lines["code"]]
    lines["procedure"] = np.isin(lines["family"], [FAMILY_INDEX[f] for f in _INCLUDING]) | np.isin(code, _INJECTIONS)
    lines["procedure"] &= ~np.isin(code, _WITHOUT_VISIT)
    lines["surgery"] = np.isin(lines["family"], [FAMILY_INDEX[name] for name in _SURGICAL])
    lines["therapy"] = lines["family"] == FAMILY_INDEX["therapy"]
    claims["visit_beside"] = line_flags(lines, count, "visit") & line_flags(lines, count, "procedure")
    # Only a forgotten modifier beside an operation is a slip: elsewhere the billing system sets it.
    claims["visit_modifier_forgotten"] &= claims["visit_beside"] & line_flags(lines, count, "surgery")
    claims["therapy_modifier_forgotten"] &= line_flags(lines, count, "therapy")
    claims["telehealth_modifier_forgotten"] &= claims["remote"]
