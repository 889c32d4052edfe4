"""What the reference data says about the codes of a batch.

A code finds its row in a table through an Enum of the table's codes: its hash table is built once a process,
while a join or a dictionary of replacements would build one every batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from reference import starter


@dataclass(frozen=True, eq=False)
class Lookup:
    """A table by code.

    Attributes:
        codes: The codes, in the order of the rows.
        table: What is known about each code.
    """

    codes: pl.Enum
    table: pl.DataFrame

    @classmethod
    def of(cls, frame: pl.DataFrame, code: str) -> Lookup:
        """Return the lookup by a column of distinct codes."""
        return cls(pl.Enum(frame[code]), frame.drop(code))

    def rows(self, codes: pl.Series) -> pl.DataFrame:
        """Return one row of the table for each code, of nulls where the code is unknown or missing."""
        return self.table[codes.cast(self.codes, strict=False).to_physical()]


def pos_known() -> pl.Expr:
    """Return whether the place of service is a published code; null where there is none."""
    return pl.col("place_of_service").is_in(_pos_codes().implode())


def filing_limits(payer_ids: pl.Series) -> pl.DataFrame:
    """Return timely_filing_days (Int32) of each payer."""
    return _filing_limits().rows(payer_ids)


def procedure_limits(procedure_codes: pl.Series) -> pl.DataFrame:
    """Return procedure_sex, procedure_min_age and procedure_max_age (years) of each procedure."""
    return _procedure_limits().rows(procedure_codes)


def diagnosis_limits(diagnosis_codes: pl.Series) -> pl.DataFrame:
    """Return what the known diagnoses of each claim say about the patient's sex and age.

    Args:
        diagnosis_codes: List of codes, one row a claim.

    Returns:
        diagnosis_sex of the first diagnosis that asks for one, diagnosis_min_age, the highest of the lowest
        ages, and diagnosis_max_age, the lowest of the highest ages (Int32, years); null without such a
        diagnosis.
    """
    lookup = _diagnosis_limits()
    claims, limits = _hits(diagnosis_codes, lookup.codes)
    sex, lowest, highest = (lookup.table[name].to_numpy()[limits] for name in ("sex", "min_age", "max_age"))
    size = len(diagnosis_codes)
    asked = np.full(size, _NO_SEX, dtype=np.uint32)
    # Backwards, so that the first diagnosis of a claim is written last and stays.
    asked[claims[sex != _NO_SEX][::-1]] = sex[sex != _NO_SEX][::-1]
    oldest = np.full(size, _NO_MIN, dtype=np.int32)
    np.maximum.at(oldest, claims, lowest)
    youngest = np.full(size, _NO_MAX, dtype=np.int32)
    np.minimum.at(youngest, claims, highest)
    return pl.DataFrame({"sex": asked, "min_age": oldest, "max_age": youngest}).select(_LIMITS)


_SEXES = pl.Series(["F", "M", None], dtype=pl.String)
_NO_SEX = 2
"""Place of null among the sexes."""

_NO_MIN, _NO_MAX = -1, np.iinfo(np.int32).max
"""Ages that stand for no limit: no minimum is below 0, no maximum above."""

_LIMITS = (
    pl.lit(_SEXES).gather(pl.col("sex")).alias("diagnosis_sex"),
    pl.when(pl.col("min_age") != _NO_MIN).then("min_age").alias("diagnosis_min_age"),
    pl.when(pl.col("max_age") != _NO_MAX).then("max_age").alias("diagnosis_max_age"),
)

_Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


def _hits(code_lists: pl.Series, codes: pl.Enum) -> tuple[_Rows, _Rows]:
    """Return list by list the number of the list and the number of the code, for every known code."""
    exploded = code_lists.explode()  # an empty or missing list leaves one null
    found = exploded.cast(codes, strict=False).to_physical()
    positions = found.is_not_null().arg_true()
    ends = code_lists.list.len().fill_null(0).clip(lower_bound=1).cum_sum()
    lists = np.searchsorted(ends.to_numpy(), positions.to_numpy(), side="right")
    return lists, found[positions].to_numpy().astype(np.int64)


@cache
def _pos_codes() -> pl.Series:
    return starter.pos_codes()["pos"]


@cache
def _filing_limits() -> Lookup:
    return Lookup.of(starter.payers().select("payer_id", "timely_filing_days"), "payer_id")


@cache
def _procedure_limits() -> Lookup:
    limits = starter.procedure_families().select(
        "hcpcs",
        pl.col("sex").alias("procedure_sex"),
        pl.col("min_age").alias("procedure_min_age"),
        pl.col("max_age").alias("procedure_max_age"),
    )
    return Lookup.of(limits, "hcpcs")


@cache
def _diagnosis_limits() -> Lookup:
    """Return the diagnoses with a limit: sex as its place among the sexes, no limit as the values above."""
    limits = starter.diagnoses().select("code", "sex", "min_age", "max_age")
    limited = limits.filter(pl.any_horizontal(pl.col("sex", "min_age", "max_age").is_not_null()))
    places = {"F": 0, "M": 1}
    coded = limited.with_columns(
        pl.col("sex").replace_strict(places, default=_NO_SEX, return_dtype=pl.UInt32),
        pl.col("min_age").fill_null(_NO_MIN),
        pl.col("max_age").fill_null(_NO_MAX),
    )
    return Lookup.of(coded, "code")
