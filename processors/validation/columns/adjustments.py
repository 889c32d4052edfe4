"""What the adjustments (CAS) of the other payers say, and whether their payments and adjustments add up.

A claim balances when what another payer paid and all of its adjustments make up the charge; with two other
payers the amounts of both stand together on a line, so that only claims with one can be checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.coordination import other_payers
from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers
from reference.library import ReferenceLibrary

_GROUPS = ("CO", "PR", "OA", "PI", "CR")
_CONTRACTUAL, _PATIENT, _NO_GROUP = 0, 1, 5

_MENDABLE = ("16", "18", "29", "31", "197", "226", "227", "242", "250", "251", "252", "288")
"""Denials that the provider has to mend with the earlier payer before another one is asked."""

_NO_GAP = np.iinfo(np.int64).min
"""Amount that stands for a balance that cannot be told."""

_EPOCH = date(1970, 1, 1)
_NEVER, _EVER = np.iinfo(np.int32).max, np.iinfo(np.int32).min


@dataclass(frozen=True, eq=False)
class Adjustments:
    """The adjustments of a batch: those of the claims as a whole, then those of the lines.

    Attributes:
        group: Place of the group code among the group codes, _NO_GROUP another one.
        reason: Reason code (String).
        cents: Amount; positive reduces the payment.
        claim: Row of the claim of each.
        line: Position of the line of each; -1 for one of the claim as a whole.
    """

    group: Integers
    reason: pl.Series
    cents: Integers
    claim: Integers
    line: Integers


def _adjustments(inputs: Inputs) -> Adjustments:
    payers = inputs.once(other_payers)
    of_claims, payer = _exploded(payers.frame["adjustments"])
    of_lines, line = _exploded(inputs.lines["adjustments"])
    frame = pl.concat([of_claims, of_lines])
    group = frame["group_code"].cast(pl.Enum(_GROUPS), strict=False).to_physical().fill_null(_NO_GROUP)
    return Adjustments(
        group.to_numpy().astype(np.int64),
        frame["carc"],
        frame["amount_cents"].fill_null(0).to_numpy(),
        np.concatenate([payers.claim[payer], inputs.row[line]]),
        np.concatenate([np.full(len(payer), -1, dtype=np.int64), line]),
    )


def _exploded(lists: pl.Series) -> tuple[pl.DataFrame, Integers]:
    """Return the adjustments in lists of them, and the position of the list of each."""
    sizes = lists.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = lists.explode(empty_as_null=False, keep_nulls=False).struct.unnest()
    return flat, np.repeat(np.arange(len(sizes)), sizes)


def _of_claims(inputs: Inputs) -> list[pl.Series]:
    payers, found, size = inputs.once(other_payers), inputs.once(_adjustments), inputs.size
    adjusted = _sum(found.claim, found.cents, size)
    count = np.bincount(found.claim, minlength=size).astype(np.int32)
    patient = found.group == _PATIENT
    paid = _sum(payers.claim, payers.frame["paid_cents"].fill_null(0).to_numpy(), size)
    decided = np.bincount(payers.claim[payers.decided], minlength=size)
    gap = paid + adjusted - inputs.claims["total_charge_cents"].fill_null(0).to_numpy()
    balanced = (decided == 1) & (np.bincount(payers.claim, minlength=size) == 1) & (count > 0)
    line_paid = inputs.lines["other_payer_paid_cents"].is_not_null().to_numpy()
    mendable = found.reason.is_in(_MENDABLE).to_numpy() & (found.group == _CONTRACTUAL)
    return [
        pl.Series("adjustment_count", count),
        pl.Series("patient_share_cents", _sum(found.claim[patient], found.cents[patient], size)),
        _first_reason(found.reason, found.claim, mendable, size).alias("mendable_denial"),
        _flag(found.claim[found.group == _NO_GROUP], size).alias("adjustment_group_unknown"),
        _flag(inputs.row[line_paid], size).alias("line_payment_given"),
        pl.Series("other_balance_gap", np.where(balanced, gap, _NO_GAP)),
    ]


def _sum(claim: Integers, cents: Integers, size: int) -> Integers:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, claim, cents)
    return total


def _flag(claims: Integers, size: int) -> pl.Series:
    found = np.zeros(size, dtype=bool)
    found[claims] = True
    return pl.Series(found)


def _first_reason(
    reason: pl.Series, claim: Integers, wanted: np.ndarray[tuple[int], np.dtype[np.bool_]], size: int
) -> pl.Series:
    """Return the first wanted reason code of every claim, null where it has none."""
    if not wanted.any():
        return pl.Series([None], dtype=pl.String).new_from_index(0, size)
    place = np.full(size, len(reason), dtype=np.uint32)
    positions = np.flatnonzero(wanted)[::-1]  # backwards: the first one is written last and stays
    place[claim[positions]] = positions
    return reason.extend_constant(None, 1).gather(pl.Series(place))


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


def _known_reasons(inputs: Inputs) -> list[pl.Series]:
    found = inputs.once(_adjustments)
    codes, first, last = _reasons(inputs.library)
    number = found.reason.cast(codes, strict=False).to_physical().fill_null(len(first) - 1).to_numpy()
    decided = _decision_days(inputs)[found.claim]
    outside = (decided < first[number]) | (decided > last[number])
    return [_first_reason(found.reason, found.claim, outside, inputs.size).alias("unknown_adjustment_reason")]


def _decision_days(inputs: Inputs) -> Integers:
    """Return the day on which the other payers of every claim decided, today where none is dated."""
    payers = inputs.once(other_payers)
    today = (inputs.batch.now.date() - _EPOCH).days
    day = np.full(inputs.size, _EVER, dtype=np.int64)
    np.maximum.at(day, payers.claim, payers.frame["adjudicated_on"].to_physical().fill_null(_EVER).to_numpy())
    day[day == _EVER] = today
    return day


@lru_cache(maxsize=4)
def _reasons(library: ReferenceLibrary) -> tuple[pl.Enum, Integers, Integers]:
    """Return the reason codes with their first and last days; the last place, an unknown code, is never valid."""
    table = library.frame("carc")
    first = table["valid_from"].to_physical().fill_null(_EVER).to_numpy().astype(np.int64)
    last = table["valid_to"].to_physical().fill_null(_NEVER).to_numpy().astype(np.int64)
    return pl.Enum(table["code"]), np.append(first, _NEVER), np.append(last, _EVER)


ADJUSTMENT_REASONS = ColumnGroup(
    (("unknown_adjustment_reason", "first reason code of an adjustment that was not in force when it was made"),),
    _known_reasons,
    tables=("carc",),
    whole=True,
)


BALANCE: tuple[Derived, ...] = (
    Derived(
        "other_balance_gap_cents",
        "paid by the one other payer plus all of its adjustments less the total charge; null where not to be told",
        pl.when(pl.col("other_balance_gap") != _NO_GAP).then("other_balance_gap"),
    ),
)


def _of_lines(inputs: Inputs) -> list[pl.Series]:
    payers, found = inputs.once(other_payers), inputs.once(_adjustments)
    paid = inputs.lines["other_payer_paid_cents"]
    one_payer = np.bincount(payers.claim, minlength=inputs.size)[inputs.row] == 1
    own = found.line >= 0
    adjusted = _sum(found.line[own], found.cents[own], inputs.lines.height)
    gap = paid.fill_null(0).to_numpy() + adjusted - inputs.lines["charge_cents"].fill_null(0).to_numpy()
    return [pl.Series("line_balance_gap", np.where(one_payer & paid.is_not_null().to_numpy(), gap, _NO_GAP))]


LINE_ADJUSTMENTS = ColumnGroup((), _of_lines, raw=("line_balance_gap",))

LINE_BALANCE: tuple[Derived, ...] = (
    Derived(
        "line_balance_gap_cents",
        "paid by the one other payer plus its adjustments less the line charge; null where not to be told",
        pl.when(pl.col("line_balance_gap") != _NO_GAP).then("line_balance_gap"),
    ),
)
