"""Claim payments gathered into payments: one a payer, provider and day, with provider adjustments, balanced."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

_TRACE_ORIGIN = "1999999999"
_FIRST_TRACE = 70_000_000
_INTEREST_SHARE = 50
"""One payment in so many carries interest (PLB L6)."""

_KEYS = ("payer_id", "billing_npi", "paid_on")


@dataclass(frozen=True)
class Payments:
    """Payments.

    Attributes:
        table: One row a payment: payment (number), payer_id, billing_npi, paid_on, claims, paid_cents,
            plb_cents (sum of the provider adjustments), payment_cents, trace_number, method.
        adjustments: One row a provider adjustment: payment, reason_code, amount_cents, claim (null when it names none).
    """

    table: pl.DataFrame
    adjustments: pl.DataFrame


def gather_payments(decided: pl.DataFrame, batch: int) -> tuple[pl.DataFrame, Payments]:
    """Gather claim payments.

    Args:
        decided: One row a decision: payer_id, billing_npi, paid_on, paid_cents, recovery, claim, by_check.
        batch: Number that keeps the traces of several runs apart.

    Returns:
        The decisions that are claim payments with their `payment`, and the payments. Recoveries become provider
        adjustments (WO): they take money without a claim payment.
    """
    numbered = decided.with_columns(payment=pl.struct(_KEYS).rank("dense").cast(pl.Int64))
    claims = numbered.filter(~pl.col("recovery"))
    table = (
        numbered.group_by("payment", *_KEYS)
        .agg(
            claims=(~pl.col("recovery")).sum().cast(pl.Int32),
            paid_cents=pl.col("paid_cents").filter(~pl.col("recovery")).sum(),
            by_check=pl.col("by_check").first(),
        )
        .sort("payment")
    )
    adjustments = pl.concat([_recoveries(numbered), _interest(table), _empty()], how="vertical_relaxed")
    sums = adjustments.group_by("payment").agg(plb_cents=pl.col("amount_cents").sum())
    table = table.join(sums, on="payment", how="left").with_columns(pl.col("plb_cents").fill_null(0))
    owed = pl.col("paid_cents") - pl.col("plb_cents")
    # A payment is never negative: what the payer is owed beyond it is carried to a later payment (PLB FB).
    forward = table.filter(owed < 0).select(
        "payment", reason_code=pl.lit("FB"), amount_cents=owed, claim=pl.lit(None, pl.Int64)
    )
    adjustments = pl.concat([adjustments, forward], how="vertical_relaxed").sort("payment", maintain_order=True)
    table = table.with_columns(
        payment_cents=pl.max_horizontal(owed, 0),
        plb_cents=pl.when(owed < 0).then(pl.col("paid_cents")).otherwise("plb_cents"),
        trace_number=(pl.lit(f"{batch:04d}") + (_FIRST_TRACE + pl.col("payment")).cast(pl.String)),
        trace_origin=pl.lit(_TRACE_ORIGIN),
        method=pl.when(owed <= 0).then(pl.lit("NON")).when("by_check").then(pl.lit("CHK")).otherwise(pl.lit("ACH")),
    )
    return claims, Payments(table, adjustments)


def _recoveries(numbered: pl.DataFrame) -> pl.DataFrame:
    """Taken back: the sign of the decision is -1, and a positive provider adjustment lowers the payment."""
    return numbered.filter(pl.col("recovery") & (pl.col("paid_cents") != 0)).select(
        "payment", reason_code=pl.lit("WO"), amount_cents=-pl.col("paid_cents"), claim=pl.col("claim").cast(pl.Int64)
    )


def _interest(table: pl.DataFrame) -> pl.DataFrame:
    due = (pl.col("payment") % _INTEREST_SHARE == _INTEREST_SHARE - 1) & (pl.col("paid_cents") > 10_000)
    return table.filter(due).select(
        "payment",
        reason_code=pl.lit("L6"),
        amount_cents=-(pl.col("paid_cents") // 500),
        claim=pl.lit(None, pl.Int64),
    )


def _empty() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"payment": pl.Int64, "reason_code": pl.String, "amount_cents": pl.Int64, "claim": pl.Int64}
    )
