"""Days of service as periods: days in one period share the year of the schedule and every conversion factor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from processors.pricing.arrays import NONE, Integers

if TYPE_CHECKING:
    from processors.pricing.book import PriceBook

NO_DATE = -(10**9)
"""Day of a line without a date."""

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Calendar:
    """Periods of the loaded tables.

    Attributes:
        first_year: The earliest year of the fee schedule.
        years: Number of its years; this number itself stands for every other year.
        starts: First days of the periods, from 1970, ascending; period 0 is everything before.
        year: Number of the year by period.
        factor_e4: Conversion factor in ten-thousandths of a dollar by period, and by whether the provider takes part
            in an alternative payment model; NONE outside the tables.
    """

    first_year: int
    years: int
    starts: Integers
    year: Integers
    factor_e4: NDArray[np.int64]

    @classmethod
    def of(cls, book: PriceBook) -> Self:
        """Make the calendar of a book: a period begins wherever one of its dated tables changes."""
        years = book.rates["year"]
        first, last = (int(years.min()), int(years.max())) if len(years) else (1970, 1969)  # type: ignore[arg-type]  # polars types min of any column loosely
        spans = [(factor.first, factor.last) for factor in book.conversion_factors]
        spans += book.anesthesia_factors.select("effective_from", "effective_to").unique().rows()
        begins = {date(year, 1, 1) for year in range(first, last + 2)}
        begins |= {span[0] for span in spans} | {span[1] + timedelta(days=1) for span in spans}
        starts = sorted(begins)
        since = np.array([NONE, *(day.year - first for day in starts)])
        calendar = cls(
            first_year=first,
            years=last - first + 1,
            starts=np.array([days_since_1970(day) for day in starts], dtype=np.int64),
            year=np.where((since >= 0) & (since <= last - first), since, last - first + 1),
            factor_e4=np.full((len(starts) + 1, 2), NONE, dtype=np.int64),
        )
        for factor in book.conversion_factors:
            for period in calendar.between(factor.first, factor.last):
                for apm in calendar.apm_of(factor.basis):
                    calendar.factor_e4[period, apm] = factor.per_unit_e4
        return calendar

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(self.year)

    def period(self, days: Integers) -> Integers:
        """Return the period of every day."""
        return np.searchsorted(self.starts, days, side="right")

    def year_number(self, years: Integers) -> Integers:
        """Return the number of every calendar year."""
        since = years.astype(np.int64) - self.first_year
        return np.where((since >= 0) & (since < self.years), since, self.years)

    def between(self, first: date, last: date) -> Iterable[int]:
        """Return the periods from a day to another; both are known to the calendar."""
        low, high = np.searchsorted(self.starts, [days_since_1970(first), days_since_1970(last)], side="right")
        return range(int(low), int(high) + 1)

    @staticmethod
    def apm_of(basis: str) -> tuple[int, ...]:
        """Return the columns of `factor_e4` that a basis (ALL, NON_APM, APM) fills."""
        return {"APM": (1,), "NON_APM": (0,)}.get(basis, (0, 1))


def days_since_1970(day: date) -> int:
    """Return a day as a number."""
    return (day - _EPOCH).days
