"""The service lines of claim payments as the nested `lines` column of remits.received."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.synthetic.after.amounts import Shares
from models.synthetic.conform import records, struct_fields
from models.synthetic.payers.reason_codes import the_reason_codes
from schemas.codec.dtypes import frame_schema
from schemas.contracts import REMITS_RECEIVED

REMIT_SCHEMA = frame_schema(REMITS_RECEIVED.schema)
_FIXED = (
    ("CO", "45", "contractual"),
    ("PR", "1", "deductible"),
    ("PR", "2", "coinsurance"),
    ("PR", "3", "copay"),
    ("CO", "253", "sequester"),
    ("OA", "23", "prior"),
)


def remit_lines(lines: pl.DataFrame, shares: Shares, sign: np.ndarray, statement: np.ndarray) -> pl.DataFrame:
    """Build the lines of each claim payment.

    Args:
        lines: Lines of decisions, sorted by decision.
        shares: What each comes to.
        sign: 1 or -1 of each line's decision.
        statement: How the payer states the denial, by line (see ReasonCodes).

    Returns:
        decision, lines, charge_cents, paid_cents, patient_responsibility_cents of each decision in order.
    """
    codes = the_reason_codes()
    money = {name: getattr(shares, name) * sign for name in Shares.__dataclass_fields__}
    frame = lines.select(
        "decision", "procedure_code", "modifiers", "revenue_code", "service_from", "service_to", "units"
    ).with_columns(
        charge_cents=pl.Series(lines["charge_cents"].to_numpy() * sign),
        sign=pl.Series(sign),
        group=pl.Series(codes.group).gather(statement),
        carc=pl.Series(codes.carc).gather(statement),
        rarc=pl.Series(codes.rarc, dtype=pl.String).gather(statement),
        **{name: pl.Series(values) for name, values in money.items()},
    )
    institutional = pl.col("revenue_code").is_not_null()
    frame = frame.with_columns(
        line_number=pl.int_range(1, pl.len() + 1).over("decision"),
        procedure_qualifier=lines["procedure_qualifier"],
        adjustments=_adjustments(),
        remark_codes=pl.when((pl.col("denied") != 0) & pl.col("rarc").is_not_null())
        .then(pl.concat_list("rarc"))
        .otherwise(pl.lit([], pl.List(pl.String))),
        allowed_cents=pl.when(pl.col("denied") == 0).then("allowed"),
        paid_cents=pl.col("paid"),
        balanced=pl.lit(value=True),
        difference_cents=pl.lit(0),
        revenue_code=pl.when(institutional).then("revenue_code"),
        pr=pl.col("deductible") + pl.col("coinsurance") + pl.col("copay") + _denied_to_patient(),
    )
    given = [name for name in struct_fields(REMIT_SCHEMA, "lines") if name in frame.columns]
    return frame.group_by("decision", maintain_order=True).agg(
        records(REMIT_SCHEMA, "lines", given).alias("lines"),
        pl.col("charge_cents").sum(),
        pl.col("paid_cents").sum(),
        pl.col("pr").sum().alias("patient_responsibility_cents"),
    )


def _denied_to_patient() -> pl.Expr:
    return pl.when(pl.col("group") == "PR").then("denied").otherwise(0)


def _adjustments() -> pl.Expr:
    parts = [
        pl.when(pl.col(amount) != 0).then(_adjustment(pl.lit(group), pl.lit(carc), amount))
        for group, carc, amount in _FIXED
    ]
    denial = pl.when(pl.col("denied") != 0).then(_adjustment(pl.col("group"), pl.col("carc"), "denied"))
    return pl.concat_list(*parts, denial).list.drop_nulls()


def _adjustment(group: pl.Expr, carc: pl.Expr, amount: str) -> pl.Expr:
    return pl.struct(
        group_code=group,
        carc=carc,
        amount_cents=pl.col(amount),
        quantity=pl.lit(None, pl.Float64),
    )
