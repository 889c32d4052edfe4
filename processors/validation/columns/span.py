"""Columns that follow from dates: spans over months and years, days between two dates, dates of the claim's past."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Derived, Inputs
from processors.validation.columns.made import ArrayColumn, Made

_DAYS_OF_YEAR = 366
_LAST_DAY = np.iinfo(np.int32).max
"""Stands for a missing first date: no last date is after it."""


def _days(later: str, earlier: str) -> pl.Expr:
    # Dates as days: subtracting the dates themselves makes durations, which cost more.
    return pl.col(later).to_physical() - pl.col(earlier).to_physical()


_SOONEST_BIRTH = (pl.col("patient_age_years") + 1) * _DAYS_OF_YEAR
"""More days than have passed since the patient's birth."""

CLAIM_SPANS: tuple[Derived, ...] = (
    Derived(
        "spans_years",
        "the claim's first and last service date are in different years",
        (_days("last_service_date", "service_date") > 0)
        & (pl.col("last_service_date").dt.year() != pl.col("service_date").dt.year()),
    ),
    Derived(
        "event_before_birth",
        "the onset or the accident is before the patient was born, judged by the age on the day of service",
        (_days("service_date", "onset_on") > _SOONEST_BIRTH) | (_days("service_date", "accident_on") > _SOONEST_BIRTH),
    ),
    Derived(
        "days_posted_early",
        "days by which the charge was posted before the first service date",
        _days("service_date", "charge_posted_on"),
    ),
    Derived(
        "days_checked_late",
        "days from the last service date to the last eligibility check",
        _days("eligibility_checked_on", "last_service_date"),
    ),
)


def _line_months(inputs: Inputs) -> list[Made]:
    first = inputs.line_fields["service_from"].whole(_LAST_DAY)
    last = inputs.line_fields["service_to"].whole(0)
    spans = np.zeros(len(first), dtype=bool)
    longer = np.flatnonzero(last > first)
    months = (days[longer].astype("datetime64[D]").astype("datetime64[M]") for days in (first, last))
    spans[longer] = np.not_equal(*months)
    return [ArrayColumn("line_spans_months", spans)]


LINE_MONTHS = ColumnGroup(
    (("line_spans_months", "the line's first and last service date are in different months"),), _line_months
)
"""Line level."""
