"""Therapy services: one unit of a day is paid in full, all others with half their practice expense.

The full one is the unit with the highest practice expense, over all codes and disciplines of the session.
Source: Medicare Claims Processing Manual chapter 5 section 10.7 (reduction of 50 percent since April 2013).
"""

from __future__ import annotations

import numpy as np

from processors.pricing.arrays import Integers
from processors.pricing.parts import ONE_UNIT_E3, Block
from processors.pricing.ranking import in_company, ranked, sessions, tie_breakers
from processors.pricing.rate_table import MALPRACTICE, PRACTICE, WORK
from processors.pricing.workings import Workings

THERAPY = 5


def split(work: Workings) -> list[Block]:
    """Return the parts of therapy lines: the unit paid in full and the others."""
    at = np.flatnonzero(work.multiple == THERAPY)
    at = at[in_company(work, at) | (work.units_e3[at] > ONE_UNIT_E3)]
    if not len(at):
        return []
    practice = work.tables.rates.figures[work.rate[at] * 2 + work.facility[at], PRACTICE]
    order, first = ranked(sessions(work, at), practice, tie_breakers(work, at))
    full = np.zeros(len(at), dtype=np.int64)
    dearest = order[first]
    full[dearest] = np.minimum(work.units_e3[at[dearest]], ONE_UNIT_E3)
    fee, cap = work.fee_cents[at], work.cap_cents[at]
    return [
        Block(at, "fee", fee, cap, full),
        Block(at, "fee", fee, cap, work.units_e3[at] - full, therapy_cents=_half_practice_cents(work, at)),
    ]


def _half_practice_cents(work: Workings, at: Integers) -> Integers:
    """Return the fee of one service with half its practice expense, rounded half up once."""
    figures = work.tables.rates.figures[work.rate[at] * 2 + work.facility[at]]
    indices = work.indices_e3[at]
    # Twice the units keep half a hundredth exact.
    doubled = (
        2 * figures[:, WORK] * indices[:, 0]
        + figures[:, PRACTICE] * indices[:, 1]
        + 2 * figures[:, MALPRACTICE] * indices[:, 2]
    )
    cents: Integers = (doubled * work.factor_e4[at] + 10_000_000) // 20_000_000
    return cents
