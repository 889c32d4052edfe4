"""Who came first: repeats of one event, what replaces what, and exact duplicates, in the order of the stream.

Order is the place on the stream, never the order of processing, so that batches cut otherwise, a restart or a
replay give the same answers:

* An event that is remembered is not news: it stands at the place where it was first accepted.
* A replacement (frequency 7) or void (8) supersedes the earlier claims with its control number, billing provider,
  payer and payer sequence. From then on nothing is compared with them.
* A claim is an exact duplicate when an earlier claim with its fingerprint was accepted and is not superseded.
  Replacements and voids are not: they say themselves that they come again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.history.calendar import quarter_of
from processors.history.entry import NEVER, Flags, Hashes, Integers, Kind, picked
from processors.history.facts import BatchFacts, ClaimFacts
from processors.history.hashing import combined
from processors.history.lookups import Stored
from processors.history.matching import first_of, pairs


@dataclass(frozen=True, eq=False)
class Succession:
    """What became of each claim of a batch.

    Attributes:
        order: Place the claim stands at: its own, or that of the event it repeats.
        remembered: It is accepted and new: later claims are compared with it.
        duplicate: It is an exact duplicate.
        duplicate_of: Claim id of the claim it is a duplicate of (bytes), empty for none.
        superseded_at: For each entry of the batch the place at which it was superseded, NEVER when it was not.
        stored_superseded_at: For each stored entry the place at which it was superseded, this batch included.
    """

    order: Integers
    remembered: Flags
    duplicate: Flags
    duplicate_of: np.ndarray[tuple[int], np.dtype[np.bytes_]]
    superseded_at: Integers
    stored_superseded_at: Integers


def succession(facts: BatchFacts, stored: Stored) -> Succession:
    """Return what became of each claim.

    Args:
        facts: The claims without errors and their lines.
        stored: What was remembered of their patients.
    """
    claims = facts.claims
    order = claims.place.copy()
    repeats = _repeats_of_stored(claims, stored, order) | _repeated_replacements(claims, order)
    superseded, stored_superseded = _superseded(facts, order, repeats, stored)
    settling = _Settling(facts, order, superseded, repeats)
    settling.against_stored(stored, stored_superseded)
    settling.among_themselves()
    return Succession(
        order=order,
        remembered=~settling.repeats & ~settling.duplicate,
        duplicate=settling.duplicate,
        duplicate_of=settling.duplicate_of,
        superseded_at=superseded,
        stored_superseded_at=stored_superseded,
    )


def _repeats_of_stored(claims: ClaimFacts, stored: Stored, order: Integers) -> Flags:
    """Say which events are remembered, and put them at the place where they were first accepted."""
    repeats = np.zeros(len(order), dtype=bool)
    if len(stored.entries):
        claim, entry = pairs(_of(claims.patient, claims.event), _of(stored.patient, stored.entries["event"]))
        order[claim] = stored.entries["place"][entry]
        repeats[claim] = True
    return repeats


def _repeated_replacements(claims: ClaimFacts, order: Integers) -> Flags:
    """Say which replacements and voids repeat one of the same batch, and put them at its place."""
    repeats = np.zeros(len(order), dtype=bool)
    asked = np.flatnonzero(claims.replaces)
    if len(asked) > 1:
        _, event = np.unique(_of(claims.patient[asked], claims.event[asked]), return_inverse=True)
        first = asked[first_of(event, claims.place[asked], int(event.max()) + 1)[event]]
        repeats[asked] = first != asked
        order[asked] = order[first]
    return repeats


def _superseded(facts: BatchFacts, order: Integers, repeats: Flags, stored: Stored) -> tuple[Integers, Integers]:
    """Return the places at which the entries of the batch and the stored ones were superseded.

    What is replaced is looked for in the quarters of the replacement's own lines and those beside them.
    """
    of_batch = np.full(len(facts.entries), NEVER, dtype=np.int64)
    of_stored = stored.entries["superseded_at"].astype(np.int64)
    by = np.flatnonzero((facts.claims.replaces & ~repeats)[facts.claim])
    if len(by):
        later = facts.claim[by]
        quarters = np.concatenate([facts.quarter[by] + beside for beside in (-1, 0, 1)])
        later = np.tile(later, 3)
        chains = combined(facts.claims.patient[later], facts.claims.chain[later], quarters)
        of_entry = facts.claims.patient[facts.claim]
        for patient, quarter, chain, place, target in (
            (of_entry, facts.quarter, facts.entries["chain"], order[facts.claim], of_batch),
            (stored.patient, quarter_of(stored.day), stored.entries["chain"], stored.entries["place"], of_stored),
        ):
            earlier, number = pairs(combined(patient, chain, quarter), chains)
            at = order[later[number]]
            follows = at > place[earlier]
            np.minimum.at(target, earlier[follows], at[follows])
    return of_batch, of_stored


def _of(patient: Integers, value: Hashes) -> Hashes:
    """Return a key of a value of a patient."""
    return combined(patient, value)


class _Settling:
    """Finds the first of every set of equal claims, and who repeats it."""

    def __init__(self, facts: BatchFacts, order: Integers, superseded: Integers, repeats: Flags) -> None:
        claims = facts.claims
        self._claims = claims
        self._order = order
        # A claim counts as long as one of its lines does.
        self._superseded = np.full(len(order), -1, dtype=np.int64)
        np.maximum.at(self._superseded, facts.claim, superseded)
        self._key = _of(claims.patient, claims.fingerprint)
        self._open = ~repeats & ~claims.replaces & (self._superseded >= 0)
        self.repeats = repeats
        self.duplicate = np.zeros(len(order), dtype=bool)
        self.duplicate_of = np.zeros(len(order), dtype=claims.claim_id.dtype)

    def against_stored(self, stored: Stored, superseded: Integers) -> None:
        """Settle the duplicates of claims that were remembered before the batch."""
        asked = np.flatnonzero(self._open)
        accepted = np.flatnonzero((stored.entries["kind"] & Kind.VOID) == 0)
        if not len(asked) or not len(accepted):
            return
        entries = picked(stored.entries, accepted)
        claim, entry = pairs(self._key[asked], _of(stored.patient[accepted], entries["fingerprint"]))
        place, at = entries["place"][entry], self._order[asked[claim]]
        alive = (place < at) & (at < superseded[accepted[entry]])
        claim, entry, place = claim[alive], entry[alive], place[alive]
        first = first_of(claim, place, len(asked))
        found = np.flatnonzero(first >= 0)
        self._settle(asked[found], entries["claim_id"][entry[first[found]]])

    def among_themselves(self) -> None:
        """Settle the duplicates of claims of the batch.

        Each round settles the first of every set of equal claims and what comes before the first is superseded;
        more than one round is needed only where an equal claim comes again after that.
        """
        asked = np.flatnonzero(self._open)
        while len(asked):
            _, same, counts = np.unique(self._key[asked], return_inverse=True, return_counts=True)
            several = counts[same] > 1
            if not several.any():
                return
            asked, same = asked[several], same[several]
            first = asked[first_of(same, self._order[asked], len(counts))[same]]
            again = (self._claims.event[asked] == self._claims.event[first]) & (asked != first)
            self.repeats[asked[again]] = True
            self._order[asked[again]] = self._order[first[again]]
            caught = ~again & (asked != first) & (self._order[asked] < self._superseded[first])
            self._settle(asked[caught], self._claims.claim_id[first[caught]])
            asked = asked[~again & ~caught & (asked != first)]

    def _settle(self, claims: Integers, duplicate_of: np.ndarray[tuple[int], np.dtype[np.bytes_]]) -> None:
        self.duplicate[claims] = True
        self.duplicate_of[claims] = duplicate_of
        self._open[claims] = False
