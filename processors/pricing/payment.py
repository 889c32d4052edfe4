"""What Medicare pays of an allowed amount, and the most that a provider outside Medicare may charge.

Payment: the deductible comes off, then Medicare pays 80 percent; services of therapy assistants (CQ, CO) are paid at
85 percent of that, and sequestration takes 2 percent of what is left. The patient's share does not change with
either. Sources: Medicare Claims Processing Manual chapter 1 section 30 and chapter 5 section 20.1; Balanced
Budget and Emergency Deficit Control Act section 251A (sequestration of 2 percent since 2022-07-01, CARC 253).
"""

from __future__ import annotations

import polars as pl

from processors.pricing.arrays import FULL_E4

MEDICARE_SHARE_E4 = 8_000
THERAPY_ASSISTANT_E4 = 8_500
SEQUESTRATION_E4 = 200
LIMITING_CHARGE_E4 = 10_925


def with_payment(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with what Medicare and the patient pay.

    Args:
        lines: expected_allowed_cents (Int64, may be null); optional deductible_cents (Int64, what of the
            deductible is still open; null is none) and therapy_assistant (Boolean; null is no).

    Returns:
        The lines with patient_cents (deductible and coinsurance), sequestration_cents and payment_cents, null
        without an allowed amount.
    """
    allowed = pl.col("expected_allowed_cents")
    deductible = pl.col("deductible_cents").fill_null(0) if "deductible_cents" in lines.columns else pl.lit(0)
    assistant = pl.col("therapy_assistant").fill_null(value=False) if "therapy_assistant" in lines.columns else False
    counted = pl.min_horizontal(deductible.clip(lower_bound=0), allowed)
    share = _times_e4(allowed - counted, MEDICARE_SHARE_E4)
    before = pl.when(assistant).then(_times_e4(share, THERAPY_ASSISTANT_E4)).otherwise(share)
    has_amount = pl.when(allowed.is_not_null())
    return lines.with_columns(
        has_amount.then(allowed - share).alias("patient_cents"),
        has_amount.then(_times_e4(before, SEQUESTRATION_E4)).alias("sequestration_cents"),
        has_amount.then(before - _times_e4(before, SEQUESTRATION_E4)).alias("payment_cents"),
    )


def limiting_charge_cents(fee: pl.Expr) -> pl.Expr:
    """Return the most that a provider who takes no assignment may charge: 115 percent of 95 percent of the fee.

    Args:
        fee: Fee of participating providers in cents. Both percentages are one factor, rounded half up once.
    """
    return _times_e4(fee, LIMITING_CHARGE_E4)


def _times_e4(amount: pl.Expr, factor_e4: int) -> pl.Expr:
    return (amount * factor_e4 + FULL_E4 // 2) // FULL_E4
