"""What the other payers of a claim have decided, and whether their order and dates make sense.

Most claims have no other payer, so the payers are taken out of the claims once and looked at on their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.code_book import Flags, Numbers
from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers
from processors.validation.columns.made import ArrayColumn, Made

_SEQUENCES = pl.Enum([*"PSTABCDEFGH"])
"""Payer sequences in their order (SBR01)."""

_UNRANKED = 99
"""Rank of an unknown sequence, as U: it comes after every other and repeats none."""

_TERTIARY = 2

_HEALTH = ("12", "13", "14", "15", "16", "17", "BL", "CI", "FI", "HM", "MA", "MB")
"""Claim filing indicators of health plans that pay before Medicaid and TRICARE do."""

NO_DAY = np.iinfo(np.int32).min
"""Day that stands for no date."""

EPOCH = date(1970, 1, 1)

_HASH_BITS = 40


def _rank(sequence: str) -> pl.Expr:
    return pl.col(sequence).cast(_SEQUENCES, strict=False).to_physical().cast(pl.Int64).fill_null(_UNRANKED)


_PREPARED = (
    pl.col("paid_cents"),
    pl.col("adjustments"),
    _rank("payer_sequence").alias("rank"),
    pl.col("paid_cents").is_null().alias("unpaid"),
    pl.col("adjudicated_on").to_physical().fill_null(NO_DAY).alias("day"),
    pl.col("claim_filing_code").is_in(_HEALTH).fill_null(value=False).alias("health"),
    pl.col("payer_id").hash().alias("id"),
    (pl.col("payer_id").fill_null("") != "").alias("named"),
)


@dataclass(frozen=True, eq=False)
class OtherPayers:
    """The other payers of a batch, claim by claim.

    Attributes:
        frame: Payment, adjustments and what is prepared of the other fields, one row a payer.
        claim: Row of the claim of each.
        count: Number of other payers of every claim.
    """

    frame: pl.DataFrame
    claim: Integers
    count: Integers

    def flags(self, name: str) -> Flags:
        """Return a boolean column of the payers."""
        return self.frame[name].to_numpy()

    def last_days(self) -> Numbers:
        """Return the last day on which a payer of each claim decided, NO_DAY where none is dated."""
        last = np.full(len(self.count), NO_DAY, dtype=np.int32)
        np.maximum.at(last, self.claim, self.frame["day"].to_numpy())
        return last

    def paid(self) -> Integers:
        """Return what the other payers of each claim paid together, cents."""
        total = np.zeros(len(self.count), dtype=np.int64)
        np.add.at(total, self.claim, self.frame["paid_cents"].fill_null(0).to_numpy())
        return total


def other_payers(inputs: Inputs) -> OtherPayers:
    """Return the other payers of a batch; use it through `Inputs.once`."""
    lists = inputs.claims["other_payers"]
    count = lists.list.len().fill_null(0).to_numpy().astype(np.int64)
    if not count.any():
        return OtherPayers(_nobody(lists.dtype), np.empty(0, dtype=np.int64), count)
    frame = lists.explode(empty_as_null=False, keep_nulls=False).struct.unnest().select(_PREPARED)
    return OtherPayers(frame, np.repeat(np.arange(inputs.size), count), count)


@lru_cache(maxsize=2)
def _nobody(lists: pl.DataType) -> pl.DataFrame:
    """Return the frame of no payer."""
    return pl.Series("other_payers", [], dtype=lists).explode().struct.unnest().select(_PREPARED)


def flag_claims(claims: Integers, size: int, name: str) -> ArrayColumn:
    """Return a flag that is set for these claims."""
    found = np.zeros(size, dtype=bool)
    found[claims] = True
    return ArrayColumn(name, found)


def _coordination(inputs: Inputs) -> list[Made]:
    payers, size = inputs.once(other_payers), inputs.size
    claim, rank, day = payers.claim, payers.frame["rank"].to_numpy(), payers.frame["day"].to_numpy()
    if not len(claim):
        return _without_payers(size)
    own = inputs.claims.select(_rank("payer_sequence"), pl.col("payer_id").hash().alias("id"))
    own_rank = own["payer_sequence"].to_numpy()
    earlier = rank < own_rank[claim]
    wanted = np.where((own_rank <= _TERTIARY) & (payers.count > 0), own_rank, 0)
    first_day = inputs.claim_day.to_physical().fill_null(NO_DAY).to_numpy()
    today = (inputs.batch.now.date() - EPOCH).days
    odd_day = (day != NO_DAY) & ((day > today) | (day < first_day[claim]))
    negative = (payers.frame["paid_cents"] < 0).fill_null(value=False).to_numpy()
    named = payers.flags("named")
    return [
        ArrayColumn("earlier_payer_missing", np.bincount(claim[earlier], minlength=size) < wanted),
        flag_claims(claim[earlier & payers.flags("unpaid")], size, "earlier_payment_missing"),
        flag_claims(claim[earlier & (day == NO_DAY)], size, "earlier_decision_undated"),
        flag_claims(claim[odd_day], size, "other_decision_date_wrong"),
        ArrayColumn("other_paid_cents", payers.paid()),
        flag_claims(claim[negative], size, "other_payment_negative"),
        flag_claims(_repeated(claim, rank, own_rank, rank != _UNRANKED), size, "payer_sequence_repeated"),
        flag_claims(_repeated(claim, _short(payers.frame), _short(own), named), size, "payer_repeated"),
        flag_claims(claim[payers.flags("health")], size, "other_health_payer"),
        ArrayColumn("last_decision_day", payers.last_days()),
    ]


def _short(frame: pl.DataFrame) -> Integers:
    """Return the hashes of payer ids, short enough to stand beside the number of a claim."""
    short: Integers = (frame["id"].to_numpy() >> np.uint64(64 - _HASH_BITS)).astype(np.int64)
    return short


def _repeated(claim: Integers, theirs: Integers, own: Integers, counts: Flags) -> Integers:
    """Return the claims that have a value twice, among those of the other payers that count and its own."""
    involved = np.unique(claim[counts])
    key = np.concatenate([(claim[counts] << _HASH_BITS) + theirs[counts], (involved << _HASH_BITS) + own[involved]])
    key.sort()
    twice: Integers = key[1:][key[1:] == key[:-1]] >> _HASH_BITS
    return twice


_PAID, _LAST_DAY = "other_paid_cents", "last_decision_day"


@lru_cache(maxsize=8)
def _without_payers(size: int) -> list[Made]:
    """Return the columns of a batch in which no claim has another payer; most single claims are such a batch."""
    constants = {_PAID: pl.Series([0]), _LAST_DAY: pl.Series([NO_DAY], dtype=pl.Int32)}
    no = pl.Series([False])
    return [constants.get(name, no).new_from_index(0, size).alias(name) for name in COORDINATION.names]


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
