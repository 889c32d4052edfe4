"""Diagnostic tests that are paid by component: which parts are reduced when several are done in one session.

Imaging (indicator 4): technical components after the dearest are paid at 50 percent, professional ones at 95.
Cardiovascular (6) and ophthalmology (7): technical components after the dearest at 75 and 80 percent, professional
ones in full. Technical and professional components are ranked apart, a unit beyond the first is a further service.
Sources: Medicare Claims Processing Manual chapter 4 section 250.16 and chapter 13; record layout of the
relative value file, field multiple procedure.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from processors.pricing.arrays import FULL_E4, NONE, Integers, Mask
from processors.pricing.modifiers import FILMS, SEPARATE_SESSION, bits
from processors.pricing.parts import ONE_UNIT_E3, Block
from processors.pricing.ranking import in_company, ranked, sessions, tie_breakers
from processors.pricing.rates import COMPONENTS
from processors.pricing.workings import Workings

IMAGING, CARDIOVASCULAR, OPHTHALMOLOGY = 4, 6, 7
TECHNICAL_E4 = {IMAGING: 5_000, CARDIOVASCULAR: 7_500, OPHTHALMOLOGY: 8_000}
PROFESSIONAL_E4 = {IMAGING: 9_500}

_KINDS = 8  # more than there are indicators


def split(work: Workings) -> list[Block]:
    """Return the parts of the lines whose components are paid at different shares."""
    tests = np.flatnonzero(_is_test(work.multiple) & ~_separate(work))
    tests = tests[in_company(work, tests) | (work.units_e3[tests] > ONE_UNIT_E3)]
    old_film = _mask(work, work.carrying(*FILMS))
    is_test = _mask(work, tests)
    at = np.flatnonzero(is_test | old_film)
    if not len(at):
        return []
    rates, rate = work.tables.rates, work.rate[at]
    whole = (rates.professional_row[rate] >= 0) & (rates.technical_row[rate] >= 0)
    technical = rates.technical[rate]
    professional = rates.component[rate] == COMPONENTS.index("26")
    group = _groups(work, at, is_test[at])
    split_up = _in_company_of_its_kind(work.multiple[at], group, ~professional, ~technical)
    split_up |= (work.units_e3[at] > ONE_UNIT_E3) | old_film[at]
    unknown = split_up & ~whole & ~technical & ~professional
    work.refuse(at[unknown], "related_code_not_on_schedule")
    known = split_up & ~unknown
    return _blocks(work, at[known], whole[known], technical[known], group[known])


def _in_company_of_its_kind(multiple: Integers, group: Integers, has_technical: Mask, has_professional: Mask) -> Mask:
    """Return the lines whose group has several of a component that is ranked."""
    ranked_apart = (has_technical, has_professional & (multiple == IMAGING))
    several = np.zeros(len(group), dtype=bool)
    for has_part in ranked_apart:
        several |= np.bincount(group + 1, weights=has_part)[group + 1] > 1
    found: Mask = several & (group != NONE)
    return found


def _is_test(multiple: Integers) -> Mask:
    found: Mask = (multiple == IMAGING) | (multiple == CARDIOVASCULAR) | (multiple == OPHTHALMOLOGY)
    return found


def _separate(work: Workings) -> Mask:
    """Return the imaging lines that say they belong to another session of the day."""
    if not work.present & bits(*SEPARATE_SESSION):
        return np.zeros(len(work.place), dtype=bool)
    separate: Mask = ((work.carried & bits(*SEPARATE_SESSION)) != 0) & (work.multiple == IMAGING)
    return separate


def _mask(work: Workings, at: Integers) -> Mask:
    """Return for every line whether it is among these."""
    mask = np.zeros(len(work.place), dtype=bool)
    mask[at] = True
    return mask


def _groups(work: Workings, at: Integers, is_ranked: Mask) -> Integers:
    """Return session and kind of test as one number; NONE for a line that is not ranked."""
    group = np.full(len(at), NONE, dtype=np.int64)
    group[is_ranked] = sessions(work, at[is_ranked]) * _KINDS + work.multiple[at[is_ranked]]
    return group


def _blocks(work: Workings, at: Integers, whole: Mask, technical: Mask, group: Integers) -> list[Block]:
    """Return the parts of these lines: professional and technical components, in full and reduced."""
    rates, rate = work.tables.rates, work.rate[at]
    units, multiple, no_cap = work.units_e3[at], work.multiple[at], np.full(len(at), NONE)
    professional_fee, _ = work.fee_of(at, np.where(whole, rates.professional_row[rate], rate))
    technical_fee, cap = work.fee_of(at, np.where(whole, rates.technical_row[rate], rate))
    full_technical = _full_units(work, at, group, technical_fee, whole | technical)
    of_imaging = np.where(multiple == IMAGING, group, NONE)
    full_professional = _full_units(work, at, of_imaging, professional_fee, ~technical)

    def component(among: Mask, step: str, *, is_technical: bool) -> tuple[Block, Block]:
        """Return what is paid in full of one component, and what is reduced."""
        fee, caps = (technical_fee, cap) if is_technical else (professional_fee, no_cap)
        full = full_technical if is_technical else full_professional
        left = _left(multiple, TECHNICAL_E4 if is_technical else PROFESSIONAL_E4)
        in_full = np.where(among, full, 0)
        reduced = np.where(among, units - full, 0)
        return (
            Block(at, step, fee, caps, in_full, technical=is_technical),
            Block(at, step, fee, caps, reduced, reduction_e4=left, technical=is_technical),
        )

    return [
        *component(whole, "professional_fee", is_technical=False),
        *component(whole, "technical_fee", is_technical=True),
        *component(~whole & ~technical, "fee", is_technical=False),
        *component(~whole & technical, "fee", is_technical=True),
    ]


def _left(multiple: Integers, shares_e4: Mapping[int, int]) -> Integers:
    """Return the share that a further service leaves, by multiple-procedure indicator."""
    left = np.full(len(multiple), FULL_E4, dtype=np.int64)
    for indicator, share in shares_e4.items():
        left[multiple == indicator] = share
    return left


def _full_units(work: Workings, at: Integers, group: Integers, fee: Integers, has_part: Mask) -> Integers:
    """Return how many thousandths of a unit are paid in full: the first unit of the dearest line of each group."""
    full = np.where(group == NONE, work.units_e3[at], 0)
    rank = np.flatnonzero((group != NONE) & has_part)
    order, first = ranked(group[rank], fee[rank], tie_breakers(work, at[rank]))
    dearest = rank[order[first]]
    full[dearest] = np.minimum(work.units_e3[at[dearest]], ONE_UNIT_E3)
    return full
