"""What the adjustments (CAS) of the other payers say, and whether their payments and adjustments add up.

A claim balances when what another payer paid and all of its adjustments make up the charge; with two other
payers the amounts of both stand together on a line, so that only claims with one can be checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.code_book import Flags
from processors.validation.columns.coordination import EPOCH, NO_DAY, flag_claims, other_payers
from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers
from processors.validation.columns.fields import ListField
from processors.validation.columns.known_texts import KnownTexts
from processors.validation.columns.made import ArrayColumn, Made, never
from reference.library import ReferenceLibrary

_GROUPS = KnownTexts(["CO", "PR", "OA", "PI", "CR"])
_CONTRACTUAL, _PATIENT, _NO_GROUP = 0, 1, 5

_MENDABLE = KnownTexts(("16", "18", "29", "31", "197", "226", "227", "242", "250", "251", "252", "288"))
"""Denials that the provider has to mend with the earlier payer before another one is asked."""

_NO_GAP = np.iinfo(np.int64).min
"""Amount that stands for a balance that cannot be told."""

_NEVER, _EVER = np.iinfo(np.int32).max, np.iinfo(np.int32).min


@dataclass(frozen=True, eq=False)
class Adjustments:
    """The adjustments of a batch: those of the claims as a whole, then those of the lines.

    Attributes:
        parts: The fields of both, as far as there are any.
        claim: Row of the claim of each.
        line: Position of the line of each; -1 for one of the claim as a whole.
        line_paid: Whether a line carries what another payer paid for it, line by line.
    """

    parts: list[dict[str, ListField]]
    claim: Integers
    line: Integers
    line_paid: Flags

    @cached_property
    def group(self) -> Integers:
        """The place of the group of each among the groups; _NO_GROUP another one."""
        return self._joined(lambda fields: fields["group_code"].known(_GROUPS))

    @cached_property
    def cents(self) -> Integers:
        """The amount of each (positive reduces the payment)."""
        return self._joined(lambda fields: fields["amount_cents"].whole(0))

    def reasons(self, known: KnownTexts) -> Integers:
        """Return the place of the reason code of each among known ones."""
        return self._joined(lambda fields: fields["carc"].known(known))

    def first_reason(self, wanted: Flags, size: int, name: str) -> pl.Series:
        """Return the first wanted reason code of every claim (String), null where it has none."""
        nothing = pl.Series(name, [None], dtype=pl.String).new_from_index(0, size)
        if not wanted.any():
            return nothing
        place = np.full(size, len(wanted), dtype=np.uint32)
        positions = np.flatnonzero(wanted)[::-1]  # backwards: the first one is written last and stays
        place[self.claim[positions]] = positions
        reasons = [text for fields in self.parts for text in fields["carc"].texts()]
        return pl.Series(name, [*reasons, None], dtype=pl.String)[place]

    def _joined(self, read: Callable[[dict[str, ListField]], np.ndarray]) -> Integers:
        parts = [read(fields).astype(np.int64) for fields in self.parts]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _adjustments(inputs: Inputs) -> Adjustments:
    payers, lines = inputs.once(other_payers), inputs.line_fields["adjustments"]
    claims, lists = payers.claim[:0], []
    if payers.fields:
        of_payers = payers.fields["adjustments"]
        claims, lists = np.repeat(payers.claim, of_payers.lengths), [of_payers]
    line = np.repeat(np.arange(inputs.lines.height), lines.lengths)
    return Adjustments(
        [one.records for one in (*lists, lines) if one.records],
        np.concatenate([claims, inputs.row[line]]),
        np.concatenate([np.full(len(claims), -1, dtype=np.int64), line]),
        inputs.line_fields["other_payer_paid_cents"].given(),
    )


def _of_claims(inputs: Inputs) -> list[Made]:
    payers, found, size = inputs.once(other_payers), inputs.once(_adjustments), inputs.size
    line_payment = flag_claims(inputs.row[found.line_paid], size, "line_payment_given")
    if not len(found.claim):
        *columns, gap = _without_adjustments(size)
        return [*columns, line_payment, gap]
    patient, contractual = found.group == _PATIENT, found.group == _CONTRACTUAL
    count = np.bincount(found.claim, minlength=size).astype(np.int32)
    missed = payers.paid() + _sum(found.claim, found.cents, size)
    missed -= inputs.claim_fields["total_charge_cents"].whole(0)
    mendable = contractual & (found.reasons(_MENDABLE) < _MENDABLE.unknown)
    return [
        ArrayColumn("adjustment_count", count),
        ArrayColumn("patient_share_cents", _sum(found.claim[patient], found.cents[patient], size)),
        found.first_reason(mendable, size, "mendable_denial"),
        flag_claims(found.claim[found.group == _NO_GROUP], size, "adjustment_group_unknown"),
        line_payment,
        ArrayColumn("other_balance_gap", np.where((payers.count == 1) & (count > 0), missed, _NO_GAP)),
    ]


def _without_adjustments(size: int) -> list[Made]:
    """Return what a batch without adjustments has, all but the payments of lines; most single claims are such a one."""
    return [
        ArrayColumn("adjustment_count", np.zeros(size, dtype=np.int32)),
        ArrayColumn("patient_share_cents", np.zeros(size, dtype=np.int64)),
        pl.Series("mendable_denial", [None], dtype=pl.String).new_from_index(0, size),
        never("adjustment_group_unknown", size),
        ArrayColumn("other_balance_gap", np.full(size, _NO_GAP, dtype=np.int64)),
    ]


def _sum(place: Integers, cents: Integers, size: int) -> Integers:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, place, cents)
    return total


ADJUSTMENTS = ColumnGroup(
    (
        ("adjustment_count", "adjustments of other payers, on the claim and its lines"),
        ("patient_share_cents", "sum of the adjustments that the other payers leave to the patient (PR), cents"),
        ("mendable_denial", "first reason for which an earlier payer denied and which the provider can mend"),
        ("adjustment_group_unknown", "an adjustment has a group other than CO, PR, OA, PI or CR"),
        ("line_payment_given", "a line carries what another payer paid for it"),
    ),
    _of_claims,
    raw=("other_balance_gap",),
)

BALANCE: tuple[Derived, ...] = (
    Derived(
        "other_balance_gap_cents",
        "paid by the one other payer plus all of its adjustments less the total charge; null where not to be told",
        pl.when(pl.col("other_balance_gap") != _NO_GAP).then("other_balance_gap"),
    ),
)


def _known_reasons(inputs: Inputs) -> list[Made]:
    found, size = inputs.once(_adjustments), inputs.size
    numbers, first, last = _reasons(inputs.library)
    number = found.reasons(numbers)
    decided = inputs.once(other_payers).last_days()
    decided[decided == NO_DAY] = (inputs.batch.now.date() - EPOCH).days  # not dated: judged as of today
    day = decided[found.claim]
    return [found.first_reason((day < first[number]) | (day > last[number]), size, "unknown_adjustment_reason")]


@lru_cache(maxsize=4)
def _reasons(library: ReferenceLibrary) -> tuple[KnownTexts, Integers, Integers]:
    """Return the numbers of reason codes and, by it, its first and last days; an unknown code is never valid."""
    table = library.frame("carc")
    first = table["valid_from"].to_physical().fill_null(_EVER).to_numpy()
    last = table["valid_to"].to_physical().fill_null(_NEVER).to_numpy()
    return KnownTexts(table["code"]), np.append(first, _NEVER), np.append(last, _EVER)


ADJUSTMENT_REASONS = ColumnGroup(
    (("unknown_adjustment_reason", "first reason code of an adjustment that was not in force when it was made"),),
    _known_reasons,
    tables=("carc",),
    whole=True,
)


def _of_lines(inputs: Inputs) -> list[Made]:
    payers, found = inputs.once(other_payers), inputs.once(_adjustments)
    checked = np.flatnonzero(found.line_paid & (payers.count[inputs.row] == 1))
    gap = np.full(inputs.lines.height, _NO_GAP, dtype=np.int64)
    if len(checked):
        paid, charge = (
            inputs.line_fields[name].whole(0)[checked] for name in ("other_payer_paid_cents", "charge_cents")
        )
        own = found.line >= 0
        adjusted = _sum(found.line[own], found.cents[own], len(gap))[checked]
        gap[checked] = paid - charge + adjusted
    return [ArrayColumn("line_balance_gap", gap)]


LINE_ADJUSTMENTS = ColumnGroup((), _of_lines, raw=("line_balance_gap",))

LINE_BALANCE: tuple[Derived, ...] = (
    Derived(
        "line_balance_gap_cents",
        "paid by the one other payer plus its adjustments less the line charge; null where not to be told",
        pl.when(pl.col("line_balance_gap") != _NO_GAP).then("line_balance_gap"),
    ),
)
