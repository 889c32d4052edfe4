"""The service lines of claim payments as the nested `lines` column of remits.received."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.synthetic.after.amounts import Shares
from models.synthetic.conform import records
from models.synthetic.payers.reason_codes import the_reason_codes
from models.synthetic.ragged import amounts_where, listed
from models.synthetic.world import Index
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
    denied = money["denied"] != 0
    to_patient = np.array([group == "PR" for group in codes.group])[statement]
    remark = pl.Series(codes.rarc, dtype=pl.String).gather(statement)
    remarked = denied & remark.is_not_null().to_numpy()
    counts = lines.select(pl.col("decision").rle())["decision"].struct.field("len").to_numpy().astype(np.int64)
    frame = lines.select(
        "procedure_qualifier",
        "procedure_code",
        "modifiers",
        "revenue_code",
        "service_from",
        "service_to",
        "units",
        line_number=pl.Series(_places(counts)),
        charge_cents=pl.Series(lines["charge_cents"].to_numpy() * sign),
        paid_cents=pl.Series(money["paid"]),
        allowed_cents=pl.when(pl.Series(~denied)).then(pl.Series(money["allowed"])),
        adjustments=_adjustments(money, statement),
        remark_codes=listed(remarked.astype(np.int64), remark.filter(pl.Series(remarked))),
        balanced=pl.lit(value=True),
        difference_cents=pl.lit(0),
    )
    whole = frame.select(lines=records(REMIT_SCHEMA, "lines", frame.columns))["lines"]
    patient = money["deductible"] + money["coinsurance"] + money["copay"] + money["denied"] * to_patient
    starts = np.cumsum(counts) - counts
    return pl.DataFrame(
        {
            "decision": lines["decision"].gather(starts),
            "lines": listed(counts, whole),
            "charge_cents": np.add.reduceat(frame["charge_cents"].to_numpy(), starts),
            "paid_cents": np.add.reduceat(money["paid"], starts),
            "patient_responsibility_cents": np.add.reduceat(patient, starts),
        }
    )


def _places(counts: Index) -> Index:
    ends = np.cumsum(counts)
    result: Index = np.arange(1, ends[-1] + 1) - np.repeat(ends - counts, counts)
    return result


def _adjustments(money: dict[str, np.ndarray], statement: np.ndarray) -> pl.Series:
    """Return the CAS of each line: the fixed kinds that are not zero, then the denial."""
    codes = the_reason_codes()
    counts, row, column, amount = amounts_where([*(money[name] for _, _, name in _FIXED), money["denied"]])
    # The statements of denials stand behind the fixed kinds.
    kind = np.where(column == len(_FIXED), len(_FIXED) + statement[row], column)
    group = pl.Series([*(group for group, _, _ in _FIXED), *codes.group]).gather(kind)
    carc = pl.Series([*(carc for _, carc, _ in _FIXED), *codes.carc]).gather(kind)
    flat = pl.DataFrame({"group_code": group, "carc": carc, "amount_cents": amount}).select(
        one=pl.struct("group_code", "carc", "amount_cents", pl.lit(None, pl.Float64).alias("quantity"))
    )
    return listed(counts, flat["one"])
