"""Which keys of the store a batch needs, and what is found there.

Keys are text: `Q` with year and quarter, then tenant and patient token; or `L` for what holds for life. The
quarter comes first, so that all of an old quarter lies in one range.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.history.calendar import MAJOR_SURGERY_DAYS, NEW_PATIENT_QUARTERS, quarter_name, quarter_of
from processors.history.entry import NO_GLOBAL, Entries, Flags, Integers, unpack
from processors.history.facts import BatchFacts
from processors.history.patients import Patients
from processors.history.procedures import NO_GROUP
from processors.history.view import HistoryView

LIFETIME = 0
"""Stands for the quarter of what holds for life."""

_QUARTERS = 1 << 12
"""More than there are quarters: a patient times this plus a quarter is one integer."""


@dataclass(frozen=True, eq=False)
class Stored:
    """What was remembered of the patients of a batch.

    Attributes:
        slots: The keys that were asked for, ascending: patient times _QUARTERS plus quarter, or LIFETIME.
        entries: Everything found there.
        slot: For each entry the position of its key in `slots`.
    """

    slots: Integers
    entries: Entries
    slot: Integers

    @property
    def patient(self) -> Integers:
        """For each entry the number of its patient."""
        return patient_of(self.slots[self.slot])

    @property
    def day(self) -> Integers:
        """For each entry its service date, days since 1970-01-01."""
        return self.entries["day"].astype(np.int64)

    @property
    def of_life(self) -> Flags:
        """For each entry whether it is kept for life, beside the one kept in its quarter."""
        of_life: Flags = self.slots[self.slot] % _QUARTERS == LIFETIME
        return of_life


def stored_for(facts: BatchFacts, view: HistoryView) -> Stored:
    """Look up what is remembered of the patients of a batch."""
    slots = np.unique(np.concatenate(list(_needed(facts))))
    entries, slot = unpack(view.get_many(*addresses(slots, facts.patients)))
    return Stored(slots, entries, slot)


def slot_of(patient: Integers, quarter: Integers | int) -> Integers:
    """Return the slots of patients and quarters."""
    return patient * _QUARTERS + quarter


def patient_of(slots: Integers) -> Integers:
    """Return the patients of slots."""
    return slots // _QUARTERS


def addresses(slots: Integers, patients: Patients) -> tuple[list[int], list[bytes]]:
    """Return the partition and the key of every slot."""
    patient, quarter = np.divmod(slots, _QUARTERS)
    prefixes, prefix = np.unique(quarter, return_inverse=True)
    names = pl.Series(["L" if q == LIFETIME else f"Q{quarter_name(q)}" for q in prefixes.tolist()], dtype=pl.String)
    keys = (names[prefix] + patients.name[patient]).cast(pl.Binary)
    return patients.partition[patient].tolist(), keys.to_list()


def _needed(facts: BatchFacts) -> Iterable[Integers]:
    """Yield the slots that the lines of a batch need."""
    patient = facts.claims.patient[facts.claim]
    quarter, known = facts.quarter, facts.known
    yield slot_of(patient, quarter)
    surgery, reached = reached_quarters(facts)
    yield slot_of(patient[surgery], reached)
    new = known.new_patient
    for back in range(1, NEW_PATIENT_QUARTERS + 1):
        yield slot_of(patient[new], quarter[new] - back)
    yield slot_of(patient[known.lifetime != NO_GROUP], LIFETIME)
    replaces = facts.claims.replaces[facts.claim]
    for beside in (-2, -1, 1, 2):  # what is replaced lies at most one quarter away, its carried entry one more
        yield slot_of(patient[replaces], quarter[replaces] + beside)
    yield slot_of(patient[replaces], LIFETIME)


def reached_quarters(facts: BatchFacts) -> tuple[Integers, Integers]:
    """Return the surgeries whose global period reaches into another quarter, and that quarter.

    Surgeries are fewer than visits: they are written to the quarters where visits look, not looked for in others.
    """
    period = facts.entries["global_days"].astype(np.int64)
    surgery = np.flatnonzero((period > 0) & (period != NO_GLOBAL))
    day, period = facts.entries["day"][surgery].astype(np.int64), period[surgery]
    before = quarter_of(day - np.where(period == MAJOR_SURGERY_DAYS, 1, 0))
    surgeries = np.concatenate([surgery, surgery])
    quarters = np.concatenate([before, quarter_of(day + period)])
    other = quarters != facts.quarter[surgeries]
    return surgeries[other], quarters[other]
