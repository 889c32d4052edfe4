"""What the diagnoses of a claim ask of the patient."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl
from reference.library import ReferenceLibrary

from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers

_SEXES = pl.Series(["F", "M", None], dtype=pl.String)
_NO_SEX = 2
"""Place of null among the sexes."""

_NO_MIN, _NO_MAX = -1, np.iinfo(np.int32).max
"""Ages that stand for no limit: no minimum is below 0, no maximum above."""

DIAGNOSIS_ASKS: tuple[Derived, ...] = (
    Derived(
        "diagnosis_sex",
        "sex that the diagnoses ask for, by the first one that asks: M or F; null when none does",
        pl.lit(_SEXES).gather(pl.col("diagnosis_sex_place")),
    ),
    Derived(
        "diagnosis_min_age",
        "highest of the lowest ages that the known diagnoses ask for",
        pl.when(pl.col("diagnosis_lowest_age") != _NO_MIN).then("diagnosis_lowest_age"),
    ),
    Derived(
        "diagnosis_max_age",
        "lowest of the highest ages that the known diagnoses ask for",
        pl.when(pl.col("diagnosis_highest_age") != _NO_MAX).then("diagnosis_highest_age"),
    ),
)


def _diagnosis_limits(inputs: Inputs) -> list[pl.Series]:
    size = inputs.size
    limited = _limited(inputs.library)
    claim, limit = _hits(inputs.claims, limited)
    sex, lowest, highest = (limited[name].to_numpy()[limit] for name in ("sex", "min_age", "max_age"))
    asked = np.full(size, _NO_SEX, dtype=np.uint32)
    # Backwards, so that the first diagnosis of a claim is written last and stays.
    asks = np.flatnonzero(sex != _NO_SEX)[::-1]
    asked[claim[asks]] = sex[asks]
    oldest = np.full(size, _NO_MIN, dtype=np.int32)
    np.maximum.at(oldest, claim, lowest)
    youngest = np.full(size, _NO_MAX, dtype=np.int32)
    np.minimum.at(youngest, claim, highest)
    return [
        pl.Series("diagnosis_sex_place", asked),
        pl.Series("diagnosis_lowest_age", oldest),
        pl.Series("diagnosis_highest_age", youngest),
    ]


@lru_cache(maxsize=4)
def _limited(library: ReferenceLibrary) -> pl.DataFrame:
    """Return the diagnoses with a limit: sex as its place among the sexes, no limit as the values above."""
    limits = library.frame("diagnoses").select("code", "sex", "min_age", "max_age")
    limited = limits.filter(pl.any_horizontal(pl.col("sex", "min_age", "max_age").is_not_null()))
    return limited.with_columns(
        pl.col("code").cast(pl.Enum(limited["code"])),
        pl.col("sex").replace_strict({"F": 0, "M": 1}, default=_NO_SEX, return_dtype=pl.UInt32),
        pl.col("min_age").fill_null(_NO_MIN),
        pl.col("max_age").fill_null(_NO_MAX),
    )


_LENGTHS = pl.col("diagnosis_codes").list.len().fill_null(0)
_CODES = pl.col("diagnosis_codes").explode(empty_as_null=False, keep_nulls=False)


def _hits(claims: pl.DataFrame, limited: pl.DataFrame) -> tuple[Integers, Integers]:
    """Return the row of the claim and the row among the limited diagnoses for every diagnosis with a limit."""
    unlimited = limited.height
    number = _CODES.cast(limited.schema["code"], strict=False).to_physical().fill_null(unlimited)
    place = claims.select(number).to_series().to_numpy()
    ends = claims.select(_LENGTHS).to_series().to_numpy().cumsum()
    positions = np.flatnonzero(place != unlimited)
    return np.searchsorted(ends, positions, side="right"), place[positions]


DIAGNOSIS_LIMITS = ColumnGroup(
    (),
    _diagnosis_limits,
    tables=("diagnoses",),
    raw=("diagnosis_sex_place", "diagnosis_lowest_age", "diagnosis_highest_age"),
)
