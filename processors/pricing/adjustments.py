"""Modifiers that change the price of a line: which share of the fee each one leaves.

Only modifiers that need nothing but the line itself are priced here. Those that rank lines against each other
(multiple procedures, endoscopy families, imaging, therapy) change other lines' prices and have their own
step. Sources: Medicare Claims Processing Manual chapter 12 and the record layout of the relative value file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

FULL_E4 = 10_000
"""A whole fee in ten-thousandths."""

_SURGICAL = pl.col("pre_op_pct_e2") + pl.col("intra_op_pct_e2")


@dataclass(frozen=True)
class Share:
    """The share of the fee that a modifier leaves.

    Attributes:
        modifiers: Modifiers with this effect.
        share_e4: Share in ten-thousandths; an expression over the columns of `PriceBook.rates`.
        applies: When the modifier is payable at all; a line where it is not gets no price.
    """

    modifiers: tuple[str, ...]
    share_e4: pl.Expr
    applies: pl.Expr


_ALWAYS = pl.lit(value=True)
_HAS_PACKAGE = _SURGICAL + pl.col("post_op_pct_e2") > 0

SHARES: tuple[Share, ...] = (
    # Bilateral: indicator 1 pays 150 percent, 0 and 2 pay once, 3 pays each side, 9 is no bilateral service.
    Share(
        ("50",),
        pl.col("bilat_surg").replace_strict({"1": 15_000, "3": 20_000}, default=FULL_E4, return_dtype=pl.Int64),
        pl.col("bilat_surg").is_in(["0", "1", "2", "3"]),
    ),
    Share(("52",), pl.lit(5_000), _ALWAYS),
    # 53 has its own row for some codes; where it has, the row was chosen and the share is the whole fee.
    Share(
        ("53",),
        pl.when(pl.col("component") == "53").then(FULL_E4).otherwise(5_000),
        _ALWAYS,
    ),
    Share(("54",), _SURGICAL * 100, _HAS_PACKAGE),
    Share(("55",), pl.col("post_op_pct_e2") * 100, pl.col("post_op_pct_e2") > 0),
    Share(("56",), pl.col("pre_op_pct_e2") * 100, pl.col("pre_op_pct_e2") > 0),
    Share(("62",), pl.lit(6_250), pl.col("co_surg").is_in(["1", "2"])),
    Share(
        ("78",),
        pl.when(pl.col("intra_op_pct_e2") > 0).then(pl.col("intra_op_pct_e2") * 100).otherwise(FULL_E4),
        _ALWAYS,
    ),
    Share(("80", "81", "82"), pl.lit(1_600), pl.col("asst_surg").is_in(["0", "2"])),
    Share(("AS",), pl.lit(1_360), pl.col("asst_surg").is_in(["0", "2"])),
)
"""Applied in this order; each one rounds half up to the cent."""

NOT_PRICED = ("66", "73", "74", "AA", "AD", "QK", "QX", "QY", "QZ", "FX", "FY", "CT")
"""Modifiers whose effect this book does not compute: the line gets no price, never a guess."""


_READ = ("26", "TC", "53", *NOT_PRICED, *(code for share in SHARES for code in share.modifiers if code != "53"))
"""Every modifier that pricing reads; its place here is its bit in the numbers below."""

_BITS = {code: 1 << place for place, code in enumerate(_READ)}


def bits(*codes: str) -> int:
    """Return the number with the bits of these modifiers."""
    return sum(_BITS[code] for code in codes)


_TOUCHING = bits(*NOT_PRICED, *(code for share in SHARES for code in share.modifiers))
_UNREAD = len(_READ)

_PLACES = (
    pl.col("modifiers")
    .explode(empty_as_null=False, keep_nulls=False)
    .cast(pl.Enum(_READ), strict=False)
    .to_physical()
    .fill_null(_UNREAD)
)
_LENGTHS = pl.col("modifiers").list.len().fill_null(0)

Bits = np.ndarray[tuple[int], np.dtype[np.int64]]


def modifier_bits(lines: pl.DataFrame) -> Bits:
    """Return the modifiers that pricing reads, a bit each, for every line.

    Args:
        lines: `modifiers`, a list a line.
    """
    place = lines.select(_PLACES).to_series().to_numpy()
    ends = lines.select(_LENGTHS).to_series().to_numpy().cumsum()
    read = np.flatnonzero(place != _UNREAD)
    carried = np.zeros(lines.height, dtype=np.int64)
    np.bitwise_or.at(carried, np.searchsorted(ends, read, side="right"), np.left_shift(1, place[read].astype(np.int64)))
    return carried


def with_modifiers(fees: pl.DataFrame, carried: Bits, rates: pl.DataFrame, rate: Bits) -> pl.DataFrame:
    """Return the fees with the effect of the modifiers of their lines.

    Args:
        fees: `unit_fee_cents`, the whole fee of every line.
        carried: What `modifier_bits` says of the lines.
        rates: `component` and the indicators of `PriceBook.rates`.
        rate: Row of the lines among the rates.

    Returns:
        The frame with `unit_fee_cents` adjusted and `modifier_refused`: a modifier that cannot be priced, or
        that its code does not allow.
    """
    # Few lines carry such a modifier: only those are computed, then put back in their places.
    positions = np.flatnonzero(carried & _TOUCHING)
    refused = np.zeros(fees.height, dtype=bool)
    if not len(positions):
        return fees.with_columns(pl.Series("modifier_refused", refused))
    touched = rates[rate[positions]].hstack(
        [fees["unit_fee_cents"][positions], pl.Series("carried", carried[positions])]
    )
    adjusted = _adjusted(touched, int(np.bitwise_or.reduce(carried)))
    refused[positions] = adjusted["modifier_refused"].to_numpy()
    return fees.with_columns(
        fees["unit_fee_cents"].clone().scatter(positions, adjusted["unit_fee_cents"]),
        pl.Series("modifier_refused", refused),
    )


def _adjusted(lines: pl.DataFrame, carried: int) -> pl.DataFrame:
    """Return the lines with the shares of the modifiers that any carries, in order, each rounded half up."""
    shares = [share for share in SHARES if carried & bits(*share.modifiers)]
    fee = pl.col("unit_fee_cents")
    adjusted = lines.lazy().with_columns(modifier_refused=_refused(shares))
    # One step a share: nesting the expressions instead would double their size each time.
    for share in shares:
        reduced = (fee * share.share_e4 + FULL_E4 // 2) // FULL_E4
        adjusted = adjusted.with_columns(
            unit_fee_cents=pl.when(_carries(*share.modifiers)).then(reduced).otherwise(fee)
        )
    return adjusted.select("unit_fee_cents", "modifier_refused").collect(optimizations=pl.QueryOptFlags.none())


def _refused(shares: Sequence[Share]) -> pl.Expr:
    """Return whether the line carries a modifier that cannot be priced or that its code does not allow."""
    refused = _carries(*NOT_PRICED)
    for share in shares:
        refused = refused | (_carries(*share.modifiers) & ~share.applies.fill_null(value=False))
    return refused


def _carries(*codes: str) -> pl.Expr:
    """Return whether the line carries any of the modifiers."""
    return (pl.col("carried") & bits(*codes)) != 0
