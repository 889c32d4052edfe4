"""What the other payers of a claim have decided, and whether their order and dates make sense.

Most claims have no other payer, so the payers are taken out of the claims once and looked at on their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers

_SEQUENCES = pl.Enum([*"PSTABCDEFGH"])
"""Payer sequences in their order (SBR01)."""

_UNRANKED = 99
"""Rank of an unknown sequence, as U: it comes after every other and repeats none."""

_HEALTH = ("12", "13", "14", "15", "16", "17", "BL", "CI", "FI", "HM", "MA", "MB")
"""Claim filing indicators of health plans that pay before Medicaid and TRICARE do."""

NO_DAY = np.iinfo(np.int32).min
"""Day that stands for no date."""

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class OtherPayers:
    """The other payers of a batch, claim by claim.

    Attributes:
        frame: Fields of the contract, one row a payer.
        claim: Row of the claim of each.
        earlier: Whether it comes before the payer that the claim goes to.
        decided: Whether it has decided: it gives a payment, a date or adjustments.
        rank: Its place in the sequence, 0 the primary; _UNRANKED unknown.
        own_rank: Likewise of the payer that each claim goes to.
    """

    frame: pl.DataFrame
    claim: Integers
    earlier: np.ndarray[tuple[int], np.dtype[np.bool_]]
    decided: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rank: Integers
    own_rank: Integers


def other_payers(inputs: Inputs) -> OtherPayers:
    """Return the other payers of a batch; use it through `Inputs.once`."""
    column = pl.col("other_payers")
    sizes = inputs.claims.select(column.list.len().fill_null(0)).to_series().to_numpy().astype(np.int64)
    frame = inputs.claims.select(column.explode(empty_as_null=False, keep_nulls=False)).unnest("other_payers")
    claim = np.repeat(np.arange(inputs.size), sizes)
    rank, own_rank = _ranks(frame["payer_sequence"]), _ranks(inputs.claims["payer_sequence"])
    decided = frame.select(
        pl.col("paid_cents").is_not_null()
        | pl.col("adjudicated_on").is_not_null()
        | (pl.col("adjustments").list.len().fill_null(0) > 0)
    )
    return OtherPayers(frame, claim, rank < own_rank[claim], decided.to_series().to_numpy(), rank, own_rank)


def _ranks(sequences: pl.Series) -> Integers:
    return sequences.cast(_SEQUENCES, strict=False).to_physical().cast(pl.Int64).fill_null(_UNRANKED).to_numpy()


def _coordination(inputs: Inputs) -> list[pl.Series]:
    payers, size = inputs.once(other_payers), inputs.size
    if not len(payers.claim):
        return _without_payers(payers)
    frame, claim, earlier = payers.frame, payers.claim, payers.earlier
    paid = frame["paid_cents"].fill_null(0).to_numpy()
    unpaid = frame["paid_cents"].is_null().to_numpy()
    day = frame["adjudicated_on"].to_physical().fill_null(NO_DAY).to_numpy()
    paid_cents, least = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    np.add.at(paid_cents, claim, paid)
    np.minimum.at(least, claim, paid)
    last_day = np.full(size, NO_DAY, dtype=np.int32)
    np.maximum.at(last_day, claim, day)
    first_service = inputs.claim_day.to_physical().fill_null(NO_DAY).to_numpy()
    today = (inputs.batch.now.date() - _EPOCH).days
    odd_day = (day != NO_DAY) & ((day > today) | (day < first_service[claim]))
    before_medicaid = frame["claim_filing_code"].is_in(_HEALTH).fill_null(value=False).to_numpy()
    return [
        pl.Series("earlier_payer_count", np.bincount(claim[earlier], minlength=size).astype(np.int32)),
        pl.Series("payer_rank", payers.own_rank.astype(np.int32)),
        _any(size, claim[earlier & unpaid], "earlier_payment_missing"),
        _any(size, claim[earlier & (day == NO_DAY)], "earlier_decision_undated"),
        _any(size, claim[odd_day], "other_decision_date_wrong"),
        pl.Series("other_paid_cents", paid_cents),
        pl.Series("other_payment_negative", least < 0),
        _any(size, _repeated_sequences(payers), "payer_sequence_repeated"),
        _any(size, _repeated_payers(inputs, payers), "payer_repeated"),
        _any(size, claim[before_medicaid], "other_health_payer"),
        pl.Series("last_decision_day", last_day),
    ]


def _without_payers(payers: OtherPayers) -> list[pl.Series]:
    """Return the columns of a batch in which no claim has another payer."""
    constant: dict[str, pl.Series] = {
        "earlier_payer_count": pl.Series([0], dtype=pl.Int32),
        "other_paid_cents": pl.Series([0]),
        "last_decision_day": pl.Series([NO_DAY], dtype=pl.Int32),
    }
    columns = {name: constant.get(name, pl.Series([False])) for name in COORDINATION.names}
    made = [column.new_from_index(0, len(payers.own_rank)).alias(name) for name, column in columns.items()]
    made[COORDINATION.names.index("payer_rank")] = pl.Series("payer_rank", payers.own_rank.astype(np.int32))
    return made


def _any(size: int, claims: Integers, name: str) -> pl.Series:
    """Return a flag that is set for these claims."""
    found = np.zeros(size, dtype=bool)
    found[claims] = True
    return pl.Series(name, found)


def _repeated_sequences(payers: OtherPayers) -> Integers:
    """Return the claims on which two payers, its own among them, have the same place in the sequence."""
    involved = np.unique(payers.claim)
    claim = np.concatenate([payers.claim, involved])
    rank = np.concatenate([payers.rank, payers.own_rank[involved]])
    key = np.sort((claim * (_UNRANKED + 1) + rank)[rank != _UNRANKED])
    twice: Integers = key[1:][key[1:] == key[:-1]] // (_UNRANKED + 1)
    return twice


def _repeated_payers(inputs: Inputs, payers: OtherPayers) -> Integers:
    """Return the claims on which a payer, its own among them, occurs twice."""
    involved = np.unique(payers.claim)
    ids = pl.concat([payers.frame["payer_id"], inputs.claims["payer_id"].gather(pl.Series(involved, dtype=pl.UInt32))])
    claim = pl.Series("claim", np.concatenate([payers.claim, involved]))
    named = pl.DataFrame([claim, ids.alias("id")]).filter(pl.col("id") != "")
    return named.filter(named.is_duplicated())["claim"].to_numpy()


COORDINATION = ColumnGroup(
    (
        ("earlier_payer_count", "other payers that come before the one the claim goes to"),
        ("payer_rank", "place of the claim's payer: 0 primary, 1 secondary, 2 tertiary; 99 unknown"),
        ("earlier_payment_missing", "an earlier payer gives no amount paid"),
        ("earlier_decision_undated", "an earlier payer gives no date of its decision"),
        ("other_decision_date_wrong", "another payer decided before the service or after today"),
        ("other_paid_cents", "sum of what the other payers paid, cents"),
        ("other_payment_negative", "another payer paid less than nothing"),
        ("payer_sequence_repeated", "two payers of the claim have the same place in the sequence"),
        ("payer_repeated", "a payer occurs twice among the payers of the claim"),
        ("other_health_payer", "another payer is a health plan that pays before Medicaid and TRICARE do"),
    ),
    _coordination,
    raw=("last_decision_day",),
)

COORDINATION_DAYS: tuple[Derived, ...] = (
    Derived(
        "days_since_other_decision",
        "days from the last decision of another payer to today; null when none is dated",
        pl.when(pl.col("last_decision_day") != NO_DAY).then(
            pl.col("today").to_physical() - pl.col("last_decision_day")
        ),
    ),
)
