"""Lines that are ranked against each other: of one claim, one day of service and one provider."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from processors.pricing.arrays import Integers, Mask
from processors.pricing.workings import Workings


def sessions(work: Workings, at: Integers) -> Integers:
    """Return a number for the claim, day and provider of these lines; equal where all three are.

    Lines of other claims of the same day are not seen here: that a claim is one encounter is what the format
    asks for.
    """
    place = work.place[at]
    keys = (work.inputs.provider_of(place), work.inputs.days[place], work.inputs.claim[place])
    order = np.lexsort(keys)
    number = np.empty(len(at), dtype=np.int64)
    number[order] = np.cumsum(_changes([key[order] for key in keys])) - 1
    return number


def in_company(work: Workings, at: Integers) -> Mask:
    """Return which of these lines share their claim with another of them."""
    claims = work.inputs.claim[work.place[at]]
    together: Mask = np.bincount(claims)[claims] > 1 if len(at) else np.empty(0, dtype=bool)
    return together


def ranked(group: Integers, value: Integers, ties: Sequence[Integers]) -> tuple[Integers, Mask]:
    """Return the order of lines by group and falling value, and which of them, in that order, begin a group.

    Args:
        group: Group of every line.
        value: What they are ranked by.
        ties: What decides between equal values, most important first, so that the order of lines does not.
    """
    order = np.lexsort((*reversed(ties), -value, group))
    return order, _changes([group[order]])


def tie_breakers(work: Workings, at: Integers) -> list[Integers]:
    """Return what decides between lines of equal value: the code, its modifiers, units and charge."""
    place = work.place[at]
    return [work.inputs.code[place], work.carried[at], -work.units_e3[at], -work.inputs.charge_cents[place]]


def _changes(sorted_keys: Sequence[Integers]) -> Mask:
    """Return where any of the sorted keys differs from the element before; true for the first."""
    changed = np.ones(len(sorted_keys[0]), dtype=bool)
    if len(changed) > 1:
        changed[1:] = False
        for key in sorted_keys:
            changed[1:] |= key[1:] != key[:-1]
    return changed
