"""Price status of a line, as a number while it is worked out: the first reason not to price it, or priced."""

from __future__ import annotations

import polars as pl

STATUSES = (
    "priced",
    "no_date",
    "no_year",
    "unknown_code",
    "carrier_priced",
    "bundled",
    "not_covered",
    "not_valid",
    "reporting_only",
    "anesthesia",
    "not_on_schedule",
    "component_not_applicable",
    "unknown_pos",
    "not_priced_in_setting",
    "no_locality",
    "modifier_not_priced",
    "units_not_priced",
)
"""Statuses of a professional line; a line of another claim type has that type as its status."""

PRICED = STATUSES.index("priced")
UNKNOWN_CODE = STATUSES.index("unknown_code")
NOT_VALID = STATUSES.index("not_valid")
COMPONENT_NOT_APPLICABLE = STATUSES.index("component_not_applicable")

_GATES = {
    "A": "priced",
    "R": "priced",
    "T": "priced",
    "C": "carrier_priced",
    "B": "bundled",
    "P": "bundled",
    "N": "not_covered",
    "I": "not_valid",
    "D": "not_valid",
    "M": "reporting_only",
    "J": "anesthesia",
    "E": "not_on_schedule",
    "X": "not_on_schedule",
}

GATES = {code: STATUSES.index(status) for code, status in _GATES.items()}
"""Status code of the fee schedule row as a price status; any other code is not_valid."""


def _first_reason() -> pl.Expr:
    """Return the number of the first reason not to price a line, else of `priced`."""
    reasons = (
        (pl.col("service_date").is_null(), "no_date"),
        (pl.col("factor_e4").is_null(), "no_year"),
        (pl.col("gate") != PRICED, None),
        (~pl.col("adjudicated"), "unknown_pos"),
        (~pl.col("has_price"), "not_priced_in_setting"),
        (pl.col("work_gpci_e3").is_null(), "no_locality"),
        (pl.col("modifier_refused"), "modifier_not_priced"),
        (pl.col("units_e3").is_null(), "units_not_priced"),
    )
    first = pl.lit(PRICED, dtype=pl.UInt8)
    for holds, status in reversed(reasons):
        number = pl.col("gate") if status is None else pl.lit(STATUSES.index(status), dtype=pl.UInt8)
        first = pl.when(holds).then(number).otherwise(first)
    return first.alias("status")


STATUS = _first_reason()
"""Number of the price status, for a line of a professional claim."""

_OTHER_TYPE = pl.col("claim_type") != "professional"
STATUS_NAME = pl.when(_OTHER_TYPE).then("claim_type").otherwise(pl.lit(pl.Series(STATUSES)).gather(pl.col("status")))
IS_PRICED = ((pl.col("status") == PRICED) & ~_OTHER_TYPE.fill_null(value=False)).alias("is_priced")
"""Name of the price status, and whether the line is priced; from claim_type and the number `status`."""
