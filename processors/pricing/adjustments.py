"""Modifiers that change the price of a line: which share of the fee each one leaves.

Only modifiers that need nothing but the line itself are priced here. Those that rank lines against each other
(multiple procedures, endoscopy families, imaging, therapy) change other lines' prices and have their own
step. Sources: Medicare Claims Processing Manual chapter 12 and the record layout of the relative value file.
"""

from __future__ import annotations

from dataclasses import dataclass

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


def has_modifier(*codes: str) -> pl.Expr:
    """Return whether any of the codes stands on the line."""
    return pl.any_horizontal(*(pl.col("modifiers").list.contains(code) for code in codes))


_TOUCHING = pl.Series([*NOT_PRICED, *(code for share in SHARES for code in share.modifiers)])


def with_modifiers(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with the effect of their modifiers.

    Args:
        lines: `modifiers`, `component`, the indicators of `PriceBook.rates` and `unit_fee_cents`, the whole fee.

    Returns:
        The lines with `unit_fee_cents` adjusted and `modifier_refused`: a modifier that cannot be priced, or
        that its code does not allow.
    """
    touches = pl.col("modifiers").list.eval(pl.element().is_in(_TOUCHING.implode())).list.any()
    positions = lines.select(touches).to_series().arg_true()
    refused = pl.Series("modifier_refused", [False]).new_from_index(0, lines.height)
    if positions.is_empty():
        return lines.with_columns(refused)
    # Few lines carry such a modifier: only those are computed, then put back in their places.
    touched = _adjusted(lines[positions])
    fees = lines["unit_fee_cents"].clone().scatter(positions, touched["unit_fee_cents"])
    return lines.with_columns(fees, refused.scatter(positions, touched["modifier_refused"]))


def _adjusted(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with every share applied in order, each rounded half up to the cent."""
    fee = pl.col("unit_fee_cents")
    adjusted = lines.lazy().with_columns(modifier_refused=_refused())
    # One step a share: nesting the expressions instead would double their size each time.
    for share in SHARES:
        reduced = (fee * share.share_e4 + FULL_E4 // 2) // FULL_E4
        applied = pl.when(has_modifier(*share.modifiers)).then(reduced).otherwise(fee)
        adjusted = adjusted.with_columns(unit_fee_cents=applied)
    return adjusted.collect()


def _refused() -> pl.Expr:
    """Return whether the line carries a modifier that cannot be priced or that its code does not allow."""
    return has_modifier(*NOT_PRICED) | pl.any_horizontal(
        *(has_modifier(*share.modifiers) & ~share.applies.fill_null(value=False) for share in SHARES)
    )
