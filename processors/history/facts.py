"""The facts of a batch that history compares and remembers: a row a claim, a packed entry a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.history.book import HistoryBook
from processors.history.calendar import FIRST_DAY, oldest_kept, quarter_of
from processors.history.entry import ENTRY, FORMAT, NEVER, NO_GLOBAL, Entries, Flags, Hashes, Integers, Kind
from processors.history.fields import READ, ClaimFields
from processors.history.hashing import combined, mixed
from processors.history.line_facts import LineFacts, line_facts
from processors.history.patients import Patients, patients_of
from processors.history.procedures import Known
from processors.history.stream import StreamPlaces, places_of, running_watermarks
from processors.history.view import LONG_AGO, HistoryView


@dataclass(frozen=True, eq=False)
class ClaimFacts:
    """Facts of the claims without errors, one value a claim.

    Attributes:
        row: Row of the claim in the batch.
        patient: Number of its patient.
        place: Generation and offset on the stream.
        event: Hash of the event id.
        chain: Hash of what a replacement or void has in common with what it replaces.
        fingerprint: Hash of what an exact duplicate repeats.
        replaces: It is a replacement (frequency 7) or a void (8).
        void: It is a void.
        account: Hash of payer and payer sequence.
        claim_id: Claim id as it is remembered (bytes, cut).
    """

    row: Integers
    patient: Integers
    place: Integers
    event: Hashes
    chain: Hashes
    fingerprint: Hashes
    replaces: Flags
    void: Flags
    account: Hashes
    claim_id: np.ndarray[tuple[int], np.dtype[np.bytes_]]


@dataclass(frozen=True, eq=False)
class BatchFacts:
    """What history knows of a batch.

    Attributes:
        claims: The claims without errors.
        patients: Their patients.
        entries: A packed entry for every line of those claims that has a code and a plausible date.
        claim: For each entry the number of its claim in `claims`.
        line: For each entry the position of its line in the batch.
        quarter: For each entry the quarter of its service date.
        horizon: For each entry the first quarter that is remembered at its place in the stream.
        known: What is known of the procedure of each entry.
        watermarks: Latest service date of each partition after the batch.
    """

    claims: ClaimFacts
    patients: Patients
    entries: Entries
    claim: Integers
    line: Integers
    quarter: Integers
    horizon: Integers
    known: Known
    watermarks: dict[int, int]


def facts_of(batch: ClaimBatch, book: HistoryBook, view: HistoryView) -> BatchFacts:
    """Return the facts of the claims of a batch that have no error.

    Args:
        batch: A validated batch; `source_partition` and `source_offset` say where each claim was read.
        book: Procedure knowledge.
        view: What was remembered before.
    """
    row, claims, places = _without_errors(batch, places_of(batch, view))
    fields = ClaimFields.of(claims)
    lines = line_facts(batch.lines, row, batch.size, fields.day, book)
    plausible = _plausible(lines, batch)
    running, watermarks = running_watermarks(places, _latest_days(lines, plausible, fields), view)
    horizon = oldest_kept(running)[lines.claim]
    quarter = quarter_of(np.where(plausible, lines.day, FIRST_DAY))
    kept = np.flatnonzero(plausible & (quarter >= horizon))
    known = book.procedures.look_up(lines.code[kept])
    patients = patients_of(claims, places.partition)
    facts = _claim_facts(fields, lines, row, patients, places)
    return BatchFacts(
        claims=facts,
        patients=patients,
        entries=_entries(facts, fields, lines, kept, known, book),
        claim=lines.claim[kept],
        line=lines.position[kept],
        quarter=quarter[kept],
        horizon=horizon[kept],
        known=known,
        watermarks=watermarks,
    )


def _without_errors(batch: ClaimBatch, places: StreamPlaces) -> tuple[Integers, pl.DataFrame, StreamPlaces]:
    """Return the claims without errors: their rows, the columns that are read of them, and where they lie."""
    row = np.flatnonzero(batch.claims["error_count"].to_numpy() == 0)
    if len(row) == batch.size:
        return row, batch.claims[READ], places
    return row, batch.claims[READ][row], StreamPlaces(places.partition[row], places.place[row])


def _plausible(lines: LineFacts, batch: ClaimBatch) -> Flags:
    """Say which lines have a code and a date that can be: an absurd one must not move what is remembered."""
    tomorrow = (batch.now.date() - date(1970, 1, 1)).days + 1
    plausible: Flags = (lines.code != 0) & (lines.day >= FIRST_DAY) & (lines.day <= tomorrow)
    return plausible


def _latest_days(lines: LineFacts, plausible: Flags, fields: ClaimFields) -> Integers:
    """Return for each claim its latest service date up to its submission; LONG_AGO for none."""
    counts = plausible & (lines.day <= fields.submitted_day[lines.claim])
    latest = np.full(len(fields.day), LONG_AGO, dtype=np.int64)
    np.maximum.at(latest, lines.claim[counts], lines.day[counts])
    return latest


def _claim_facts(
    fields: ClaimFields, lines: LineFacts, row: Integers, patients: Patients, places: StreamPlaces
) -> ClaimFacts:
    of_lines = np.zeros(len(row), dtype=np.uint64)
    np.add.at(of_lines, lines.claim, mixed(lines.whole))  # a sum: the order of lines does not count
    who, parts = (fields.account, fields.billing), (fields.kind, fields.rendering, fields.charge_cents, fields.to_day)
    return ClaimFacts(
        row=row,
        patient=patients.number,
        place=places.place,
        event=fields.event,
        chain=combined(fields.control, fields.billing, fields.account),
        fingerprint=combined(of_lines, *who, *parts, fields.place_or_bill, fields.frequency),
        replaces=fields.replaces,
        void=fields.void,
        account=fields.account,
        claim_id=fields.claim_id,
    )


def _entries(
    claims: ClaimFacts, fields: ClaimFields, lines: LineFacts, kept: Integers, known: Known, book: HistoryBook
) -> Entries:
    """Return the packed entries of the lines that are kept."""
    of = lines.claim[kept]
    kind = fields.kind[of]
    professional = kind == Kind.PROFESSIONAL
    modifiers = lines.modifiers[kept]
    surgery = professional & ((modifiers & book.no_global_period) == 0)
    group = fields.billing[of]
    own = lines.provider[kept]
    of_claim = fields.rendering[of]
    entries = np.zeros(len(kept), dtype=ENTRY)
    entries["format"] = FORMAT
    entries["kind"] = kind | np.where(professional, known.kind, 0) | claims.void[of] * Kind.VOID
    entries["global_days"] = np.where(surgery, known.global_days, NO_GLOBAL)
    entries["day"] = lines.day[kept]
    entries["units_e3"] = lines.units_e3[kept]
    entries["superseded_at"] = NEVER
    for name in ("place", "event", "chain", "fingerprint", "account", "claim_id"):
        entries[name] = getattr(claims, name)[of]
    entries["group"] = group
    entries["provider"] = np.where(own != 0, own, np.where(of_claim != 0, of_claim, group))
    entries["specialty"] = fields.taxonomy[of]
    entries["code"] = lines.code[kept].view("S8")
    entries["detail"] = lines.detail[kept]
    return entries
