"""What the diagnoses of a claim ask of the patient."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.code_book import NO_MAX, NO_MIN, NO_SEX, SEXES, code_book
from processors.validation.columns.definition import ColumnGroup, Derived, Inputs
from processors.validation.columns.diagnosis_codes import code_list
from processors.validation.columns.made import ArrayColumn, Made

_SEXES = pl.Series(SEXES, dtype=pl.String)

DIAGNOSIS_ASKS: tuple[Derived, ...] = (
    Derived(
        "diagnosis_sex",
        "sex that the diagnoses ask for, by the first one that asks: M or F; null when none does",
        pl.lit(_SEXES).gather(pl.col("diagnosis_sex_place")),
    ),
    Derived(
        "diagnosis_min_age",
        "highest of the lowest ages that the known diagnoses ask for",
        pl.when(pl.col("diagnosis_lowest_age") != NO_MIN).then("diagnosis_lowest_age"),
    ),
    Derived(
        "diagnosis_max_age",
        "lowest of the highest ages that the known diagnoses ask for",
        pl.when(pl.col("diagnosis_highest_age") != NO_MAX).then("diagnosis_highest_age"),
    ),
)


def _diagnosis_limits(inputs: Inputs) -> list[Made]:
    limits, listed = code_book(inputs.library).limits, inputs.once(code_list)
    sex, lowest, highest = (limits[name][listed.number] for name in ("sex", "min_age", "max_age"))
    asked = np.full(inputs.size, NO_SEX, dtype=np.uint32)
    # Backwards, so that the first diagnosis of a claim is written last and stays.
    asks = np.flatnonzero(sex != NO_SEX)[::-1]
    asked[listed.claim[asks]] = sex[asks]
    oldest = np.full(inputs.size, NO_MIN, dtype=np.int32)
    limited = np.flatnonzero(lowest != NO_MIN)
    np.maximum.at(oldest, listed.claim[limited], lowest[limited])
    youngest = np.full(inputs.size, NO_MAX, dtype=np.int32)
    limited = np.flatnonzero(highest != NO_MAX)
    np.minimum.at(youngest, listed.claim[limited], highest[limited])
    return [
        ArrayColumn("diagnosis_sex_place", asked),
        ArrayColumn("diagnosis_lowest_age", oldest),
        ArrayColumn("diagnosis_highest_age", youngest),
    ]


DIAGNOSIS_LIMITS = ColumnGroup(
    (),
    _diagnosis_limits,
    tables=("diagnoses", "icd10cm"),
    raw=("diagnosis_sex_place", "diagnosis_lowest_age", "diagnosis_highest_age"),
)
"""Limits of the Medicare Code Editor (ICD-10-CM table) and usual ages of our own diagnosis hints."""
