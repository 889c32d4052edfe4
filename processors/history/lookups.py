"""Which keys of the store a batch needs, and what is found there.

Keys are text: `Q` with year and quarter, then tenant and patient token; or `L` for what holds for life. The
quarter comes first, so that all of an old quarter lies in one range.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.history.calendar import (
    GLOBAL_LOOK_AHEAD_DAYS,
    GLOBAL_LOOK_BACK_DAYS,
    NEW_PATIENT_QUARTERS,
    quarter_name,
    quarter_of,
)
from processors.history.entry import Entries, Flags, Integers, Kind, unpack
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
        return self.slots[self.slot] // _QUARTERS

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
    visit = known.global_visit & (facts.entries["kind"] & Kind.PROFESSIONAL != 0)
    day = facts.entries["day"][visit].astype(np.int64)
    for days in (-GLOBAL_LOOK_BACK_DAYS, GLOBAL_LOOK_AHEAD_DAYS):
        yield slot_of(patient[visit], quarter_of(day + days))
    new = known.new_patient
    for back in range(1, NEW_PATIENT_QUARTERS + 1):
        yield slot_of(patient[new], quarter[new] - back)
    yield slot_of(patient[known.lifetime != NO_GROUP], LIFETIME)
    replaces = facts.claims.replaces[facts.claim]
    for beside in (-1, 1):
        yield slot_of(patient[replaces], quarter[replaces] + beside)
    yield slot_of(patient[replaces], LIFETIME)
