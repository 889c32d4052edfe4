"""What a batch leaves to be remembered: the new values of the keys it touches."""

from __future__ import annotations

import numpy as np

from processors.history.entry import ENTRY, Entries, Flags, Integers, Kind, joined, pack, picked
from processors.history.facts import BatchFacts
from processors.history.lookups import LIFETIME, Stored, addresses, patient_of, reached_quarters, slot_of
from processors.history.procedures import NO_GROUP
from processors.history.succession import Succession
from processors.history.view import HistoryWrites, PartitionWrites

MOST_ENTRIES = 5_000
"""Lines kept of one patient and quarter: the oldest go first, so that a value stays below a message's limit."""


def writes_of(facts: BatchFacts, stored: Stored, became: Succession) -> HistoryWrites:
    """Return the values that change and the watermarks, by partition.

    Args:
        facts: The claims without errors and their lines.
        stored: What was remembered of their patients.
        became: What became of the claims.
    """
    entries, slot = _new_entries(facts, became)
    changed = stored.entries["superseded_at"] != became.stored_superseded_at
    touched = np.unique(np.concatenate([slot, stored.slots[stored.slot[changed]]]))
    before = np.isin(stored.slots[stored.slot], touched)
    known = picked(stored.entries, before)
    known["superseded_at"] = became.stored_superseded_at[before]
    partition = facts.patients.partition[patient_of(touched)]
    by_partition = np.argsort(partition, kind="stable")
    touched, partition = touched[by_partition], partition[by_partition]
    keys = addresses(touched, facts.patients)[1]
    slots = np.concatenate([stored.slots[stored.slot][before], slot])
    values = _values(touched, joined(known, entries), slots)
    writes: dict[int, PartitionWrites] = {}
    for number, watermark in facts.watermarks.items():
        start, end = np.searchsorted(partition, [number, number + 1]).tolist()
        writes[number] = PartitionWrites(keys[start:end], values[start:end], watermark)
    return writes


def _new_entries(facts: BatchFacts, became: Succession) -> tuple[Entries, Integers]:
    """Return the entries of accepted claims and their slots.

    What happens once in a life has a second entry, a surgery one in every other quarter of its global period.
    """
    kept: Flags = became.remembered[facts.claim]
    entries = picked(facts.entries, kept)
    entries["superseded_at"] = became.superseded_at[kept]
    patient, quarter = facts.claims.patient[facts.claim[kept]], facts.quarter[kept]
    carried, quarters = reached_quarters(facts)
    carried, quarters = carried[kept[carried]], quarters[kept[carried]]
    patients = facts.claims.patient[facts.claim[carried]]
    copies = picked(facts.entries, carried)
    copies["superseded_at"] = became.superseded_at[carried]
    copies["kind"] |= np.uint8(Kind.CARRIED)
    once = (facts.known.lifetime[kept] != NO_GROUP) & ~facts.claims.void[facts.claim[kept]]
    slots = (slot_of(patient, quarter), slot_of(patient[once], LIFETIME), slot_of(patients, quarters))
    every, slot = joined(entries, picked(entries, once), copies), np.concatenate(slots)
    order = np.argsort(every["place"], kind="stable")  # as if every claim came in a batch of its own
    return picked(every, order), slot[order]


def _values(touched: Integers, entries: Entries, slots: Integers) -> list[bytes]:
    """Return the value of every touched slot: its entries in the order of the stream, the latest MOST_ENTRIES."""
    order = np.argsort(slots, kind="stable")  # what was known comes first, then the batch in its order
    data = memoryview(pack(picked(entries, order)))
    ends = np.searchsorted(slots[order], touched, side="right")
    starts = np.maximum(np.searchsorted(slots[order], touched, side="left"), ends - MOST_ENTRIES)
    width = ENTRY.itemsize
    return [bytes(data[a:b]) for a, b in zip((starts * width).tolist(), (ends * width).tolist(), strict=True)]
