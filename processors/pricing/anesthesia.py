"""Anesthesia: base units and time, at the anesthesia factor of the locality.

Time units are minutes by fifteen to one decimal. Of several anesthesia services of a session the one with the
highest base is paid, for the time of all of them. A supervisor of more than four (AD) is paid three base
units and no time, and one more unit when present at induction. Physical status and qualifying circumstances add
nothing under Medicare. Source: Medicare Claims Processing Manual chapter 12 section 50.
"""

from __future__ import annotations

import numpy as np

from processors.pricing.arrays import NONE, Integers, Mask
from processors.pricing.inputs import LineInputs
from processors.pricing.modifiers import bits
from processors.pricing.ranking import in_company, ranked, sessions, tie_breakers
from processors.pricing.tables import PriceTables
from processors.pricing.workings import Workings

_SUPERVISED_E3 = 3_000
_INDUCTION_E3 = 1_000


def refusals(lines: LineInputs, at: Integers, unit_cents: Integers, tables: PriceTables) -> list[tuple[Mask, str]]:
    """Return which of these anesthesia lines have no price, and why.

    Args:
        lines: The lines.
        at: Those of anesthesia codes.
        unit_cents: What their locality pays for a unit, NONE where unknown.
        tables: Base units.
    """
    supervised = (lines.carried[at] & bits("AD")) != 0
    return [
        (unit_cents == NONE, "anesthesia_factor_unknown"),
        (~supervised & (tables.base_units[lines.code[at]] == NONE), "anesthesia_base_units_unknown"),
        (~supervised & (lines.minutes[at] == NONE), "units_not_priced"),
    ]


def count_units(work: Workings) -> None:
    """Set the units of anesthesia lines."""
    at = np.flatnonzero(work.anesthesia)
    if not len(at):
        return
    place = work.place[at]
    supervised = (work.carried[at] & bits("AD")) != 0
    induction = np.zeros(len(at), dtype=bool)
    if work.inputs.at_induction is not None:
        induction = work.inputs.at_induction[place]
    work.units_e3[at] = np.where(induction, _SUPERVISED_E3 + _INDUCTION_E3, _SUPERVISED_E3)
    timed = at[~supervised]
    minutes, base = work.inputs.minutes[work.place[timed]], work.tables.base_units[work.inputs.code[work.place[timed]]]
    paid, total = _paid_minutes(work, timed, minutes, base)
    work.units_e3[timed] = np.where(paid, base * 1_000 + time_units_e3(total), 0)


def time_units_e3(minutes: Integers) -> Integers:
    """Return time units in thousandths: minutes by fifteen, rounded half up to one decimal."""
    units: Integers = (minutes * 20 + 15) // 30 * 100
    return units


def _paid_minutes(work: Workings, at: Integers, minutes: Integers, base: Integers) -> tuple[Mask, Integers]:
    """Return which anesthesia line of each session is paid, and the minutes of the session."""
    if not in_company(work, at).any():
        return np.ones(len(at), dtype=bool), minutes
    session = sessions(work, at)
    total = np.zeros(session.max() + 1, dtype=np.int64)
    np.add.at(total, session, minutes)
    order, first = ranked(session, base, tie_breakers(work, at))
    paid = np.zeros(len(at), dtype=bool)
    paid[order[first]] = True
    return paid, total[session]
