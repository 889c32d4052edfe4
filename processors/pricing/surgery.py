"""Several operations of one session: both sides, endoscopies of a family, and the ranking of everything else.

Both sides (bilateral indicator): 1 pays 150 percent of one side, 0 and 2 pay one side, 3 pays each side in full;
whether the line says so by modifier 50, by two units, or two lines say RT and LT. Endoscopies of one family: the
dearest in full, the others with what they add to the base endoscopy, the base itself nothing. Then families and
single operations are ranked by amount: 100, 50, 50, 50, 50 percent, from the sixth on by report.
Sources: Medicare Claims Processing Manual chapter 12 sections 40.6 and 40.7; record layout of the relative
value file.
"""

from __future__ import annotations

import numpy as np

from processors.pricing.arrays import FULL_E4, NONE, Integers, times_e4
from processors.pricing.modifiers import bits
from processors.pricing.parts import ONE_UNIT_E3
from processors.pricing.ranking import in_company, ranked, sessions, tie_breakers
from processors.pricing.workings import Workings

STANDARD, ENDOSCOPY = 2, 3
FURTHER_E4 = 5_000
RANKS = 5
"""Operations of a session that are priced; further ones are paid by report."""

BILATERAL_E4 = np.array([FULL_E4, 15_000, FULL_E4, 20_000], dtype=np.int64)
"""What both sides pay of one, by bilateral indicator."""

_OTHER_SIDE_E4 = np.array([0, 5_000, 0, FULL_E4], dtype=np.int64)
"""What the line of the other side leaves of its fee, by bilateral indicator."""


def bundle_injections(work: Workings) -> None:
    """Give no price to services that are paid only when nothing else of the session is (status T)."""
    at = np.flatnonzero(work.tables.rates.only_alone[work.rate])
    if not len(at):
        return
    claims = np.zeros(int(work.inputs.claim.max()) + 1, dtype=bool)
    claims[work.inputs.claim[work.place[at]]] = True
    near = np.flatnonzero(claims[work.inputs.claim[work.place]])
    session = sessions(work, near)
    alone = work.tables.rates.only_alone[work.rate[near]]
    others = np.bincount(session[~alone], minlength=session.max() + 1) > 0
    work.refuse(near[alone & others[session]], "bundled")


def count_sides(work: Workings) -> None:
    """Take two units of a service that is done on two sides as one service on both."""
    at = np.flatnonzero((work.units_e3 == 2 * ONE_UNIT_E3) & ~work.anesthesia)
    indicator = work.tables.rates.bilateral[work.rate[at]]
    work.both_sides = at[(indicator == 1) | (indicator == 2)]
    work.units_e3[work.both_sides] = ONE_UNIT_E3


def pay_both_sides(work: Workings) -> None:
    """Pay services on both sides by their bilateral indicator."""
    bilateral = work.tables.rates.bilateral
    for at, step in ((work.carrying("50"), "modifier_50"), (work.both_sides, "both_sides")):
        work.multiply(at, step, BILATERAL_E4[np.minimum(bilateral[work.rate[at]], 3)])
    _, left = _pairs(work)
    work.multiply(left, "both_sides", _OTHER_SIDE_E4[bilateral[work.rate[left]]])


def _pairs(work: Workings) -> tuple[Integers, Integers]:
    """Return the lines that are two sides of one operation: those that say RT, and to each the one that says LT."""
    nothing = np.empty(0, dtype=np.int64)
    if not (work.present & bits("RT") and work.present & bits("LT")):
        return nothing, nothing
    side = work.carried & bits("RT", "LT", "50")
    indicator = work.tables.rates.bilateral[work.rate]
    single = (side == bits("RT")) | (side == bits("LT"))
    at = np.flatnonzero(single & (indicator < 3) & (work.units_e3 == ONE_UNIT_E3) & ~work.anesthesia)
    at = at[in_company(work, at)]
    if not len(at):
        return nothing, nothing
    group, code, is_left = sessions(work, at), work.rate[at], (side[at] == bits("LT")).astype(np.int64)
    order = np.lexsort((is_left, code, group))
    same = (group[order][1:] == group[order][:-1]) & (code[order][1:] == code[order][:-1])
    # A pair is two neighbours of the same group and code, RT before LT, with no third on either side.
    alone_before = np.concatenate([[True], ~same[:-1]]) if len(same) else same
    alone_after = np.concatenate([~same[1:], [True]]) if len(same) else same
    found = np.flatnonzero(same & alone_before & alone_after & (is_left[order][1:] > is_left[order][:-1]))
    return at[order[found]], at[order[found + 1]]


def pay_endoscopies(work: Workings) -> None:
    """Pay further endoscopies of a family with what they add to their base."""
    at = _operations(work)
    at = at[work.tables.rates.base_code[work.rate[at]] != NONE]
    at = at[in_company(work, at)]
    _, left = _pairs(work)
    at = np.setdiff1d(at, left)  # the second side belongs to the first
    if not len(at):
        return
    rates, rate = work.tables.rates, work.rate[at]
    base = rates.base_code[rate]
    is_base = rates.code[rate] == base
    family = sessions(work, at) * len(rates.codes.categories) + base
    order, begins = ranked(family, np.where(is_base, NONE, work.amount_cents[at]), tie_breakers(work, at))
    # In a family the dearest comes first and bases come last; a base that is first has nothing else beside it.
    base_line = at[order[is_base[order] & ~begins]]
    work.put(base_line, "endoscopy_family", np.zeros(len(base_line), dtype=np.int64))
    further = at[order[~begins & ~is_base[order]]]
    base_row = rates.base_row[work.rate[further]]
    work.refuse(further[base_row == NONE], "related_code_not_on_schedule")
    further, base_row = further[base_row != NONE], base_row[base_row != NONE]
    base_fee, _ = work.fee_of(further, base_row)
    added = work.amount_cents[further] - times_e4(base_fee, work.units_e3[further] * 10)
    work.put(further, "endoscopy_family", np.maximum(added, 0))


def _operations(work: Workings) -> Integers:
    return np.flatnonzero((work.multiple == STANDARD) | (work.multiple == ENDOSCOPY))


def rank_procedures(work: Workings) -> None:
    """Pay the dearest operation of a session in full, the second to fifth half, and leave the others to report."""
    at = _operations(work)
    procedures = -(-work.units_e3[at] // ONE_UNIT_E3)  # every unit begun
    reduced = in_company(work, at) | (procedures > 1)
    at, procedures = at[reduced], procedures[reduced]
    if not len(at):
        return
    session = sessions(work, at)
    _, member = np.unique(_families(work, at, session), return_inverse=True)
    procedures = np.where(np.bincount(member)[member] > 1, 1, procedures)  # a family counts as one
    order, rank = _ranks(work, at, session, member, procedures)
    line, count = at[order], procedures[order]
    work.refuse(line[rank + count > RANKS], "by_report")
    work.multiply(line[rank > 0], "multiple_procedure", FURTHER_E4)
    _reduce_further_units(work, line[(rank == 0) & (count > 1)])


def _families(work: Workings, at: Integers, session: Integers) -> Integers:
    """Return a number for what is ranked as one: an endoscopy family, two sides, or a line by itself."""
    rates = work.tables.rates
    base = rates.base_code[work.rate[at]]
    right, left = _pairs(work)
    partner = np.arange(len(work.place))
    partner[left] = right
    codes = len(rates.codes.categories)
    lines = len(work.place)
    return np.where(base != NONE, lines + session * codes + base, partner[at])


def _ranks(
    work: Workings, at: Integers, session: Integers, member: Integers, procedures: Integers
) -> tuple[Integers, Integers]:
    """Return the lines in order of session and family, and how many operations are ranked before the family of each.

    Args:
        work: All lines.
        at: The operations.
        session: Session of each.
        member: Number of its family.
        procedures: As how many operations it counts.
    """
    total = np.zeros(member.max() + 1, dtype=np.int64)
    np.add.at(total, member, work.amount_cents[at] // procedures)  # what one operation is worth
    place = np.empty(len(at), dtype=np.int64)
    place[np.lexsort(tie_breakers(work, at)[::-1])] = np.arange(len(at))
    lead = np.full(len(total), len(at), dtype=np.int64)
    np.minimum.at(lead, member, place)
    order, begins_session = ranked(session, total[member], [lead[member], place])
    begins_family = np.ones(len(order), dtype=bool)
    begins_family[1:] = lead[member[order]][1:] != lead[member[order]][:-1]
    weight = np.where(begins_family, procedures[order], 0)
    before = np.cumsum(weight) - weight
    rank = before - before[begins_session][np.cumsum(begins_session) - 1]
    return order, rank[begins_family][np.cumsum(begins_family) - 1]


def _reduce_further_units(work: Workings, at: Integers) -> None:
    """Pay the first unit of the dearest operation in full and its further units half."""
    if not len(at):
        return
    whole, units = work.amount_cents[at], work.units_e3[at]
    first = (whole * ONE_UNIT_E3 + units // 2) // units
    work.put(at, "further_units", whole - first)
    work.multiply(at, "multiple_procedure", FURTHER_E4)
    work.put(at, "with_first_unit", work.amount_cents[at] + first)
