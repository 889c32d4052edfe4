"""The tables of a price book laid out for looking up whole columns: every key finds its row by numbers.

The last row of every table is empty: it answers for keys that the table does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl
import pyarrow as pa

from processors.pricing.arrays import NONE, Integers, Mask
from processors.pricing.calendar import Calendar
from processors.pricing.localities import Localities
from processors.pricing.modifiers import known_modifiers
from processors.pricing.numbering import numbered
from processors.pricing.rate_table import Rates

if TYPE_CHECKING:
    from processors.pricing.book import PriceBook


@dataclass(frozen=True, eq=False)  # arrays have no equality
class PriceTables:
    """The tables of a book.

    Attributes:
        calendar: Days that share a year and a conversion factor.
        rates: The fee schedule.
        localities: Payment localities.
        places: The places of service; a code's number is its row.
        facility: Whether a place of service is a facility.
        adjudicated: Whether services at a place of service are priced at all.
        taxonomies: Provider taxonomies with a share of their own.
        share_e4: The share of the fee schedule of each, in ten-thousandths; the last is the whole.
        base_units: Anesthesia base units by number of the code, NONE where unknown.
        modifiers: Those that pricing reads, then the other published ones.
    """

    calendar: Calendar
    rates: Rates
    localities: Localities
    places: pl.Enum
    facility: Mask
    adjudicated: Mask
    taxonomies: pl.Enum
    share_e4: Integers
    base_units: Integers
    modifiers: pa.Array

    @classmethod
    def of(cls, book: PriceBook) -> Self:
        """Lay out the tables of a book."""
        calendar = Calendar.of(book)
        rates = Rates.of(book.rates, calendar)
        base_units = np.full(len(rates.codes.categories) + 1, NONE, dtype=np.int64)
        known = book.anesthesia_base_units
        base_units[numbered(rates.codes, known["hcpcs"])] = known["base_units"].to_numpy()
        base_units[-1] = NONE
        return cls(
            calendar=calendar,
            rates=rates,
            localities=Localities.of(book, calendar),
            places=pl.Enum(book.settings["pos"]),
            facility=np.append(book.settings["facility"].to_numpy(), False),
            adjudicated=np.append(book.settings["adjudicated"].to_numpy(), False),
            taxonomies=pl.Enum(book.shares["taxonomy"]),
            share_e4=np.append(book.shares["share_e4"].to_numpy(), 10_000),
            base_units=base_units,
            modifiers=known_modifiers(book.modifiers),
        )
