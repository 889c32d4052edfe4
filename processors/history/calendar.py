"""Days, quarters and how long they are remembered; every rule here is about service dates, none about the clock."""

from __future__ import annotations

import numpy as np

from processors.history.entry import Integers

FIRST_DAY = 7305
"""1990-01-01: no claim is older, an earlier date is an error."""

MAJOR_SURGERY_DAYS = 90
"""Global days of a major surgery, whose period begins on the day before."""

NEW_PATIENT_YEARS = 3
NEW_PATIENT_QUARTERS = 4 * NEW_PATIENT_YEARS

KEPT_QUARTERS = 16
"""Quarters before that of the watermark that are kept: three years for a claim filed up to a year late."""


def quarter_of(days: Integers) -> Integers:
    """Return the quarters since 1970 of days since 1970-01-01."""
    months: Integers = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months // 3


def oldest_kept(watermark_days: Integers) -> Integers:
    """Return the first quarter that is still remembered at a watermark."""
    return quarter_of(watermark_days) - KEPT_QUARTERS


def years_before(days: Integers, years: int) -> Integers:
    """Return the same calendar day some years earlier; the day after, where that year has no 29 February."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    shifted: Integers = ((months - 12 * years).astype("datetime64[D]") + (dates - months)).astype(np.int64)
    return shifted


def quarter_name(quarter: int) -> str:
    """Return a quarter since 1970 as four digits of the year and its number; names sort as quarters do."""
    return f"{1970 + quarter // 4:04d}{quarter % 4 + 1}"
