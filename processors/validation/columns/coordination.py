"""What the other payers of a claim have decided, and whether their order and dates make sense.

Most claims have no other payer, so the payers are taken out of the claims once and looked at on their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from processors.validation.columns.code_book import Flags, Numbers
from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers
from processors.validation.columns.fields import Field, ListField
from processors.validation.columns.known_texts import KnownTexts
from processors.validation.columns.made import ArrayColumn, Made, never

_UNRANKED = 99
"""Rank of an unknown sequence, as U: it comes after every other and repeats none."""

_SEQUENCES = KnownTexts("PSTABCDEFGH", unknown=_UNRANKED)
"""Payer sequences in their order (SBR01)."""

_TERTIARY = 2

_HEALTH = KnownTexts(("12", "13", "14", "15", "16", "17", "BL", "CI", "FI", "HM", "MA", "MB"))
"""Claim filing indicators of health plans that pay before Medicaid and TRICARE do."""

NO_DAY = np.iinfo(np.int32).min
"""Day that stands for no date."""

EPOCH = date(1970, 1, 1)

_HASH_BITS = 40


@dataclass(frozen=True, eq=False)
class OtherPayers:
    """The other payers of a batch, claim by claim.

    Attributes:
        fields: Their fields; {} where there are none.
        claim: Row of the claim of each.
        count: Number of other payers of every claim.
    """

    fields: dict[str, ListField]
    claim: Integers
    count: Integers

    @cached_property
    def day(self) -> Integers:
        """The day of the decision of each, NO_DAY where it is not dated."""
        return self.fields["adjudicated_on"].whole(NO_DAY) if self.fields else self.claim

    @cached_property
    def cents(self) -> Integers:
        """What each paid; 0 where that is not given."""
        return self.fields["paid_cents"].whole(0) if self.fields else self.claim

    def last_days(self) -> Numbers:
        """Return the last day on which a payer of each claim decided, NO_DAY where none is dated."""
        last = np.full(len(self.count), NO_DAY, dtype=np.int32)
        np.maximum.at(last, self.claim, self.day.astype(np.int32))
        return last

    def paid(self) -> Integers:
        """Return what the other payers of each claim paid together, cents."""
        total = np.zeros(len(self.count), dtype=np.int64)
        np.add.at(total, self.claim, self.cents)
        return total


def other_payers(inputs: Inputs) -> OtherPayers:
    """Return the other payers of a batch; use it through `Inputs.once`."""
    lists = inputs.claim_fields["other_payers"]
    return OtherPayers(lists.records, np.repeat(np.arange(inputs.size), lists.lengths), lists.lengths)


def flag_claims(claims: Integers, size: int, name: str) -> ArrayColumn:
    """Return a flag that is set for these claims."""
    found = np.zeros(size, dtype=bool)
    found[claims] = True
    return ArrayColumn(name, found)


def _coordination(inputs: Inputs) -> list[Made]:
    payers, size = inputs.once(other_payers), inputs.size
    claim, fields = payers.claim, payers.fields
    if not fields:
        return _without_payers(size)
    day, rank, ids = payers.day, _ranks(fields["payer_sequence"]), fields["payer_id"]
    own_rank, own_id = _ranks(inputs.claim_fields["payer_sequence"]), inputs.claim_fields["payer_id"]
    earlier = rank < own_rank[claim]
    wanted = np.where((own_rank <= _TERTIARY) & (payers.count > 0), own_rank, 0)
    today = (inputs.batch.now.date() - EPOCH).days
    odd_day = (day != NO_DAY) & ((day > today) | (day < _first_days(inputs)[claim]))
    named = ids.given() & ~ids.equal("")
    health = fields["claim_filing_code"].known(_HEALTH) < _HEALTH.unknown
    return [
        ArrayColumn("earlier_payer_missing", np.bincount(claim[earlier], minlength=size) < wanted),
        flag_claims(claim[earlier & ~fields["paid_cents"].given()], size, "earlier_payment_missing"),
        flag_claims(claim[earlier & (day == NO_DAY)], size, "earlier_decision_undated"),
        flag_claims(claim[odd_day], size, "other_decision_date_wrong"),
        ArrayColumn("other_paid_cents", payers.paid()),
        flag_claims(claim[payers.cents < 0], size, "other_payment_negative"),
        flag_claims(_repeated(claim, rank, own_rank, rank != _UNRANKED), size, "payer_sequence_repeated"),
        flag_claims(_repeated(claim, _short(ids), _short(own_id), named), size, "payer_repeated"),
        flag_claims(claim[health], size, "other_health_payer"),
        ArrayColumn("last_decision_day", payers.last_days()),
    ]


def _ranks(sequences: Field) -> Integers:
    """Return the place of each payer sequence in their order."""
    return sequences.known(_SEQUENCES).astype(np.int64)


def _first_days(inputs: Inputs) -> Integers:
    """Return the first service day that each claim itself states, NO_DAY where it states none."""
    first = inputs.claim_fields["service_from"].whole(NO_DAY)
    return np.where(first == NO_DAY, inputs.claim_fields["statement_from"].whole(NO_DAY), first)


def _short(texts: Field) -> Integers:
    """Return hashes of texts, short enough to stand beside the number of a claim."""
    return texts.hashes() >> (63 - _HASH_BITS)


def _repeated(claim: Integers, theirs: Integers, own: Integers, counts: Flags) -> Integers:
    """Return the claims that have a value twice, among those of the other payers that count and its own."""
    involved = np.unique(claim[counts])
    key = np.concatenate([(claim[counts] << _HASH_BITS) + theirs[counts], (involved << _HASH_BITS) + own[involved]])
    key.sort()
    twice: Integers = key[1:][key[1:] == key[:-1]] >> _HASH_BITS
    return twice


_PAID, _LAST_DAY = "other_paid_cents", "last_decision_day"


def _without_payers(size: int) -> list[Made]:
    """Return the columns of a batch in which no claim has another payer; most single claims are such a batch."""
    constants: dict[str, np.ndarray] = {
        _PAID: np.zeros(size, dtype=np.int64),
        _LAST_DAY: np.full(size, NO_DAY, dtype=np.int32),
    }
    return [
        ArrayColumn(name, constants[name]) if name in constants else never(name, size) for name in COORDINATION.names
    ]


COORDINATION = ColumnGroup(
    (
        ("earlier_payer_missing", "the claim names other payers, but not all that come before the one it goes to"),
        ("earlier_payment_missing", "an earlier payer gives no amount paid"),
        ("earlier_decision_undated", "an earlier payer gives no date of its decision"),
        ("other_decision_date_wrong", "another payer decided before the service or after today"),
        (_PAID, "sum of what the other payers paid, cents"),
        ("other_payment_negative", "another payer paid less than nothing"),
        ("payer_sequence_repeated", "two payers of the claim have the same place in the sequence"),
        ("payer_repeated", "a payer occurs twice among the payers of the claim"),
        ("other_health_payer", "another payer is a health plan that pays before Medicaid and TRICARE do"),
    ),
    _coordination,
    raw=(_LAST_DAY,),
)

COORDINATION_DAYS: tuple[Derived, ...] = (
    Derived(
        "days_since_other_decision",
        "days from the last decision of another payer to today; null when none is dated",
        pl.col("today").to_physical() - pl.when(pl.col(_LAST_DAY) != NO_DAY).then(_LAST_DAY),
    ),
)
