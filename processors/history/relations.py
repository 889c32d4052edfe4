"""How lines stand to earlier lines of the same patient: the columns that rules of the history stage read.

An earlier line counts when its claim was accepted before on the stream and is not superseded. Exact duplicates
and voids are told nothing more: one finding says enough.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from processors.history.book import HistoryBook
from processors.history.calendar import MAJOR_SURGERY_DAYS, NEW_PATIENT_YEARS, quarter_of, years_before
from processors.history.entry import NO_GLOBAL, Entries, Flags, Hashes, Integers, Kind, joined, picked
from processors.history.facts import BatchFacts
from processors.history.hashing import combined
from processors.history.lookups import Stored
from processors.history.matching import first_of, pairs
from processors.history.procedures import NO_GROUP, NO_LIMIT
from processors.history.succession import Succession

NONE = -1

_NOWHERE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Relations:
    """What earlier lines say of each line of the batch's facts; a line without a past holds the neutral value.

    Attributes:
        near_duplicate_of: Claim id (bytes) of the earlier claim with the same service; empty for none.
        earlier_units_e3: Units of the same procedure, provider and day on earlier claims, thousandths.
        day_units_e3: The same with the units of this claim; 0 without earlier ones.
        limit: Most units a day; NO_LIMIT without a daily limit.
        earlier_visits: Office visits of the day with the same group and specialty on earlier claims.
        surgery_code: Code (bytes) of the surgery in whose global period the visit lies; empty for none.
        surgery_global_days: Its global days; NONE without.
        days_after_surgery: Days from the surgery to the visit, -1 the day before; 0 without.
        seen_days_ago: For a visit of a new patient the days since the group and specialty saw the patient; NONE.
        lifetime_code: Code (bytes) of an earlier once-per-lifetime procedure of the same group; empty for none.
    """

    near_duplicate_of: np.ndarray[tuple[int], np.dtype[np.bytes_]]
    earlier_units_e3: Integers
    day_units_e3: Integers
    limit: Integers
    earlier_visits: Integers
    surgery_code: np.ndarray[tuple[int], np.dtype[np.bytes_]]
    surgery_global_days: Integers
    days_after_surgery: Integers
    seen_days_ago: Integers
    lifetime_code: np.ndarray[tuple[int], np.dtype[np.bytes_]]

    def where(self, condition: Flags) -> Relations:
        """Return what is said of some lines alone."""
        return Relations(**{part.name: getattr(self, part.name)[condition] for part in fields(self)})


@dataclass(frozen=True, eq=False)
class _Earlier:
    """Lines that may be earlier than others, with the place from which they no longer count."""

    entries: Entries
    patient: Integers
    superseded_at: Integers
    day: Integers
    lifetime: Integers

    def where(self, condition: Flags) -> _Earlier:
        """Return those lines alone."""
        return _Earlier(
            picked(self.entries, condition),
            self.patient[condition],
            self.superseded_at[condition],
            self.day[condition],
            self.lifetime[condition],
        )


def relations(facts: BatchFacts, stored: Stored, became: Succession, book: HistoryBook) -> Relations:
    """Return how the lines of a batch stand to earlier ones.

    Args:
        facts: The lines of the claims without errors.
        stored: What was remembered of their patients.
        became: What became of the claims.
        book: Procedure knowledge.
    """
    return _Relating(facts, stored, became, book).all()


class _Relating:
    def __init__(self, facts: BatchFacts, stored: Stored, became: Succession, book: HistoryBook) -> None:
        self._facts, self._book = facts, book
        self._patient = facts.claims.patient[facts.claim]
        self._order = became.order[facts.claim]
        self._day = facts.entries["day"].astype(np.int64)
        asked = ~(became.duplicate | facts.claims.void)
        self._company = self._has_company(stored)
        self._asked = asked[facts.claim] & self._company
        self._earlier, self._earlier_of_life = self._pools(stored, became)

    def _has_company(self, stored: Stored) -> Flags:
        """Say which lines have a patient with another claim, here or remembered: the others have no past."""
        claims = np.bincount(self._facts.claims.patient, minlength=self._facts.patients.count)
        company = claims > 1
        self._several = company[self._patient]
        company[stored.patient] = True
        return company[self._patient]

    def _pools(self, stored: Stored, became: Succession) -> tuple[_Earlier, _Earlier]:
        """Return the lines that count for a while, and those that count for life."""
        facts = self._facts
        here = became.remembered[facts.claim] & ~facts.claims.void[facts.claim] & self._several
        batch = _Earlier(
            picked(facts.entries, here), self._patient[here], became.superseded_at[here], self._day[here],
            facts.known.lifetime[here],
        )  # fmt: skip
        before = _Earlier(
            stored.entries, stored.patient, became.stored_superseded_at, stored.day,
            self._book.procedures.look_up(stored.entries["code"].view("<u8")).lifetime,
        )  # fmt: skip
        alive = (stored.entries["kind"] & Kind.VOID) == 0
        recent, of_life = before.where(alive & ~stored.of_life), before.where(alive & stored.of_life)
        return _joined(recent, batch), _joined(of_life, batch.where(batch.lifetime != NO_GROUP))

    def all(self) -> Relations:
        near, earlier_units = self._same_service()
        surgery_code, global_days, after = self._surgeries()
        kind = self._facts.entries["kind"]
        known = self._facts.known
        limit = np.where(kind & Kind.PROFESSIONAL, known.practitioner_units, NO_LIMIT)
        return Relations(
            near_duplicate_of=near,
            earlier_units_e3=earlier_units,
            day_units_e3=self._day_units(earlier_units),
            limit=np.where(kind & Kind.INSTITUTIONAL, known.hospital_units, limit),
            earlier_visits=self._earlier_visits(),
            surgery_code=surgery_code,
            surgery_global_days=global_days,
            days_after_surgery=after,
            seen_days_ago=self._seen(),
            lifetime_code=self._lifetime(),
        )

    def _pairs(
        self, asked: Flags, columns: tuple[str, ...], candidates: Flags | None = None
    ) -> tuple[Integers, Integers]:
        """Return line and earlier line of every pair with the same patient and the same values of columns.

        Args:
            asked: Lines that are asked about.
            columns: Fields of the entries that must be equal.
            candidates: Earlier lines that may be meant; None for all.
        """
        lines, earlier = np.flatnonzero(asked & self._asked), self._earlier
        others = np.arange(len(earlier.day)) if candidates is None else np.flatnonzero(candidates)
        if not len(lines) or not len(others):
            return _NOWHERE, _NOWHERE
        left = combined(self._patient[lines], *(_plain(self._facts.entries, name)[lines] for name in columns))
        right = combined(earlier.patient[others], *(_plain(earlier.entries, name)[others] for name in columns))
        number, other = pairs(left, right)
        line, other = lines[number], others[other]
        order = self._order[line]
        counts = (earlier.entries["place"][other] < order) & (order < earlier.superseded_at[other])
        return line[counts], other[counts]

    def _same_service(self) -> tuple[np.ndarray[tuple[int], np.dtype[np.bytes_]], Integers]:
        earlier = self._earlier
        everything = np.ones(len(self._facts.entries), dtype=bool)
        own = (earlier.entries["kind"] & Kind.CARRIED) == 0
        line, other = self._pairs(everything, ("account", "provider", "day", "code"), own)
        units = np.zeros(len(self._facts.entries), dtype=np.int64)
        np.add.at(units, line, earlier.entries["units_e3"][other])
        mine = picked(self._facts.entries, line)
        theirs = picked(earlier.entries, other)
        same = (mine["detail"] == theirs["detail"]) & (mine["group"] == theirs["group"])
        same &= _claim_kind(mine) == _claim_kind(theirs)
        same &= ~self._facts.claims.replaces[self._facts.claim[line]]
        line, theirs = line[same], picked(theirs, same)
        return self._first(line, theirs, "claim_id"), units

    def _first(self, line: Integers, theirs: Entries, name: str) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
        """Return for each line a field of the entry that came first."""
        first = first_of(line, theirs["place"].astype(np.int64), len(self._facts.entries))
        found = np.zeros(len(first), dtype=theirs[name].dtype)
        found[first >= 0] = theirs[name][first[first >= 0]]
        return found

    def _day_units(self, earlier_units: Integers) -> Integers:
        """Return the units of the day with those of this claim, where earlier claims have some."""
        if not earlier_units.any():
            return np.zeros(len(earlier_units), dtype=np.int64)
        entries = self._facts.entries
        key = combined(self._facts.claim, *(_plain(entries, name) for name in ("provider", "day", "code")))
        _, same = np.unique(key, return_inverse=True)
        total = np.zeros(int(same.max()) + 1, dtype=np.int64)
        np.add.at(total, same, entries["units_e3"])
        return np.where(earlier_units != 0, earlier_units + total[same], 0)

    def _earlier_visits(self) -> Integers:
        visit = (self._facts.entries["kind"] & Kind.OFFICE_VISIT) != 0
        candidates = (self._earlier.entries["kind"] & Kind.OFFICE_VISIT) != 0
        line, _ = self._pairs(visit, ("account", "group", "specialty", "day"), candidates)
        return np.bincount(line, minlength=len(visit))

    def _surgeries(self) -> tuple[np.ndarray[tuple[int], np.dtype[np.bytes_]], Integers, Integers]:
        size = len(self._facts.entries)
        visit = self._facts.known.global_visit & (self._facts.entries["kind"] & Kind.PROFESSIONAL != 0)
        earlier = self._earlier
        line, other = self._pairs(visit, ("group", "specialty"), earlier.entries["global_days"] != NO_GLOBAL)
        period = earlier.entries["global_days"][other].astype(np.int64)
        after = self._day[line] - earlier.day[other]
        inside = (after <= period) & (after >= np.where(period == MAJOR_SURGERY_DAYS, -1, 0))
        inside &= self._kept(line, earlier.day[other])
        line, other, period, after = line[inside], other[inside], period[inside], after[inside]
        # The surgery whose period is the longest, of those the latest.
        last = first_of(line, -(period * 1_000 - after), size)
        found, chosen = last >= 0, last[last >= 0]
        code = np.zeros(size, dtype="S8")
        days, days_after = np.full(size, NONE, dtype=np.int64), np.zeros(size, dtype=np.int64)
        code[found], days[found] = earlier.entries["code"][other[chosen]], period[chosen]
        days_after[found] = after[chosen]
        return code, days, days_after

    def _seen(self) -> Integers:
        visit = self._facts.known.new_patient & (self._facts.entries["kind"] & Kind.PROFESSIONAL != 0)
        earlier = self._earlier
        line, other = self._pairs(visit, ("group", "specialty"), (earlier.entries["kind"] & Kind.FACE_TO_FACE) != 0)
        then, day = earlier.day[other], self._day[line]
        seen = (then < day) & (then >= years_before(day, NEW_PATIENT_YEARS)) & self._kept(line, then)
        ago = np.full(len(visit), np.iinfo(np.int64).max, dtype=np.int64)
        np.minimum.at(ago, line[seen], (day - then)[seen])
        return np.where(ago == np.iinfo(np.int64).max, NONE, ago)

    def _lifetime(self) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
        facts, earlier = self._facts, self._earlier_of_life
        whole = np.uint64(0)
        lines = np.flatnonzero(
            self._asked
            & (facts.known.lifetime != NO_GROUP)
            & ((facts.entries["detail"] & self._book.not_the_whole) == whole)
        )
        earlier = earlier.where((earlier.entries["detail"] & self._book.not_the_whole) == whole)
        number, other = pairs(
            combined(self._patient[lines], facts.known.lifetime[lines]), combined(earlier.patient, earlier.lifetime)
        )
        line, order = lines[number], self._order[lines[number]]
        counts = (earlier.entries["place"][other] < order) & (order < earlier.superseded_at[other])
        counts &= self._day[line] != earlier.day[other]
        return self._first(line[counts], picked(earlier.entries, other[counts]), "code")

    def _kept(self, line: Integers, days: Integers) -> Flags:
        """Say which days were still remembered at the place of a line."""
        return quarter_of(days) >= self._facts.horizon[line]


def _joined(first: _Earlier, second: _Earlier) -> _Earlier:
    return _Earlier(
        joined(first.entries, second.entries),
        np.concatenate([first.patient, second.patient]),
        np.concatenate([first.superseded_at, second.superseded_at]),
        np.concatenate([first.day, second.day]),
        np.concatenate([first.lifetime, second.lifetime]),
    )


def _plain(entries: Entries, name: str) -> Hashes | Integers:
    """Return a field of entries as integers."""
    column: Hashes = entries[name]
    return np.ascontiguousarray(column).view("<u8") if column.dtype.kind == "S" else column


def _claim_kind(entries: Entries) -> Integers:
    kind: Integers = entries["kind"] & (Kind.PROFESSIONAL | Kind.INSTITUTIONAL | Kind.DENTAL)
    return kind
