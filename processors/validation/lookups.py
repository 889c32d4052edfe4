"""What the reference data says about the codes of a batch.

A code finds its row in a table through an Enum of the table's codes: its hash table is built once a process,
while a join or a dictionary of replacements would build one every batch.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from reference import starter

POS_KNOWN = pl.col("place_of_service").is_in(starter.pos_codes()["pos"].implode())
"""Whether the place of service is a published code; null where there is none."""


def _looked_up(table: pl.DataFrame, key: str, codes: str, column: str) -> pl.Expr:
    """Return the value of a table's column for a column of codes, null for an unknown code.

    Args:
        table: One row a code.
        key: Column of the codes in the table.
        codes: Column of the codes in the frame.
        column: Column of the table to return.
    """
    row = pl.col(codes).cast(pl.Enum(table[key]), strict=False).to_physical()
    return pl.lit(table[column]).gather(row)


FILING_LIMIT = _looked_up(starter.payers(), "payer_id", "payer_id", "timely_filing_days")
"""Filing limit of the payer, days from service (Int32)."""

PROCEDURE_LIMITS: dict[str, pl.Expr] = {
    f"procedure_{column}": _looked_up(starter.procedure_families(), "hcpcs", "procedure_code", column)
    for column in ("sex", "min_age", "max_age")
}
"""What a procedure asks of the patient: sex, lowest and highest age in years."""

_SEXES = pl.Series(["F", "M", None], dtype=pl.String)
_NO_SEX = 2
"""Place of null among the sexes."""

_NO_MIN, _NO_MAX = -1, np.iinfo(np.int32).max
"""Ages that stand for no limit: no minimum is below 0, no maximum above."""

DIAGNOSIS_LIMITS: dict[str, pl.Expr] = {
    "diagnosis_sex": pl.lit(_SEXES).gather(pl.col("diagnosis_sex_place")),
    "diagnosis_min_age": pl.when(pl.col("diagnosis_lowest_age") != _NO_MIN).then("diagnosis_lowest_age"),
    "diagnosis_max_age": pl.when(pl.col("diagnosis_highest_age") != _NO_MAX).then("diagnosis_highest_age"),
}
"""What the diagnoses of a claim ask of the patient, from the columns of `diagnosis_limits`: sex of the first one
that asks for one, the highest of the lowest ages and the lowest of the highest ages; null where none asks."""


def diagnosis_limits(claims: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that DIAGNOSIS_LIMITS are made of, one row a claim.

    Args:
        claims: `diagnosis_codes`, a list a claim.
    """
    size = claims.height
    claim, limit = _hits(claims)
    sex, lowest, highest = (_LIMITED[name].to_numpy()[limit] for name in ("sex", "min_age", "max_age"))
    asked = np.full(size, _NO_SEX, dtype=np.uint32)
    # Backwards, so that the first diagnosis of a claim is written last and stays.
    asks = np.flatnonzero(sex != _NO_SEX)[::-1]
    asked[claim[asks]] = sex[asks]
    oldest = np.full(size, _NO_MIN, dtype=np.int32)
    np.maximum.at(oldest, claim, lowest)
    youngest = np.full(size, _NO_MAX, dtype=np.int32)
    np.minimum.at(youngest, claim, highest)
    return pl.DataFrame(
        {"diagnosis_sex_place": asked, "diagnosis_lowest_age": oldest, "diagnosis_highest_age": youngest}
    )


def _limited() -> pl.DataFrame:
    """Return the diagnoses with a limit: sex as its place among the sexes, no limit as the values above."""
    limits = starter.diagnoses().select("code", "sex", "min_age", "max_age")
    limited = limits.filter(pl.any_horizontal(pl.col("sex", "min_age", "max_age").is_not_null()))
    return limited.with_columns(
        pl.col("sex").replace_strict({"F": 0, "M": 1}, default=_NO_SEX, return_dtype=pl.UInt32),
        pl.col("min_age").fill_null(_NO_MIN),
        pl.col("max_age").fill_null(_NO_MAX),
    )


_LIMITED = _limited()
_UNLIMITED = _LIMITED.height

_LENGTHS = pl.col("diagnosis_codes").list.len().fill_null(0)
_PLACES = (
    pl.col("diagnosis_codes")
    .explode(empty_as_null=False, keep_nulls=False)
    .cast(pl.Enum(_LIMITED["code"]), strict=False)
    .to_physical()
).fill_null(_UNLIMITED)

_Integers = np.ndarray[tuple[int], np.dtype[np.int64]]


def _hits(claims: pl.DataFrame) -> tuple[_Integers, _Integers]:
    """Return the row of the claim and the row among the limited diagnoses for every diagnosis with a limit."""
    place = claims.select(_PLACES).to_series().to_numpy()
    ends = claims.select(_LENGTHS).to_series().to_numpy().cumsum()
    positions = np.flatnonzero(place != _UNLIMITED)
    return np.searchsorted(ends, positions, side="right"), place[positions]
