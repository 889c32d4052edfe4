"""The tables of a price book laid out for looking up whole columns: every key finds its row by numbers.

Codes become numbers through an Enum, whose hash table is built once a book; a join would build one every batch.
The last row of every table is empty: it answers for keys that the table does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl

from processors.pricing.status import COMPONENT_NOT_APPLICABLE, GATES, NOT_VALID, PRICED, UNKNOWN_CODE

if TYPE_CHECKING:
    from processors.pricing.book import ConversionFactor, PriceBook

COMPONENTS = ("", "26", "TC", "53")
"""The fee schedule rows a line can ask for, by number: whole, professional, technical, stopped."""

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)  # arrays have no equality
class YearIndex:
    """Row of a table by year, code and variant.

    Attributes:
        codes: The codes.
        first_year: The earliest year of the table.
        rows: Row by years since the first one, number of the code and variant; one more year and one more code
            stand for all that the table does not have.
        missing: The row that answers for them.
    """

    codes: pl.Enum
    first_year: int
    rows: np.ndarray[tuple[int, int, int], np.dtype[np.int64]]
    missing: int

    @classmethod
    def of(cls, year: pl.Series, code: pl.Series, variant: pl.Series | None = None, *, variants: int = 1) -> Self:
        """Return the index of a table, and number its rows in order.

        Args:
            year: Year of every row.
            code: Code of every row.
            variant: Number of the variant of every row, below `variants`; None for one variant.
            variants: Number of variants.
        """
        codes = pl.Enum(code.unique(maintain_order=True))
        years = year.to_numpy().astype(np.int64)
        first, last = (int(years.min()), int(years.max())) if len(years) else (0, -1)
        rows = np.full((last - first + 2, len(codes.categories) + 1, variants), len(years), dtype=np.int64)
        numbers = code.cast(codes).to_physical().to_numpy()
        rows[years - first, numbers, 0 if variant is None else variant.to_numpy()] = np.arange(len(years))
        return cls(codes, first, rows, len(years))

    def number(self, code: pl.Expr) -> pl.Expr:
        """Return the number of a code, as `find` takes it."""
        unknown = len(self.codes.categories)
        return code.cast(self.codes, strict=False).to_physical().cast(pl.Int64).fill_null(unknown)

    def find(self, year: Integers, number: Integers, variant: Integers | int = 0) -> Integers:
        """Return the row of every key; a year without a date is 0."""
        beyond = len(self.rows) - 1
        since = year.astype(np.int64) - self.first_year
        found: Integers = self.rows[np.where((since >= 0) & (since < beyond), since, beyond), number, variant]
        return found


@dataclass(frozen=True, eq=False)  # frames have no equality
class PriceTables:
    """The tables of a book.

    Attributes:
        rate_index: Row of a rate by year, HCPCS code and component asked for.
        rates: The rates: what modifiers read.
        figures: Two rows a rate, outside and inside a facility: units, gate (a price status) and has_price.
        state_index: Row of a locality by year and state.
        zip_index: Row of a locality by year and five-digit ZIP code.
        localities: Cost indices of the states, then of the ZIP codes.
        places: The places of service; a code's number is its row.
        settings: facility and adjudicated of every place of service.
        conversion_factors: As of the book.
    """

    rate_index: YearIndex
    rates: pl.DataFrame
    figures: pl.DataFrame
    state_index: YearIndex
    zip_index: YearIndex
    localities: pl.DataFrame
    places: pl.Enum
    settings: pl.DataFrame
    conversion_factors: tuple[ConversionFactor, ...]

    @classmethod
    def of(cls, book: PriceBook) -> Self:
        """Lay out the tables of a book."""
        asked = book.rates["asked"].cast(pl.Enum(COMPONENTS)).to_physical()
        states, zips = book.localities, book.zip_localities
        indices = ("work_gpci_e3", "pe_gpci_e3", "mp_gpci_e3")
        return cls(
            rate_index=YearIndex.of(book.rates["year"], book.rates["hcpcs"], asked, variants=len(COMPONENTS)),
            rates=_with_empty_row(book.rates),
            figures=_figures(_with_empty_row(book.rates)),
            state_index=YearIndex.of(states["year"], states["state"]),
            zip_index=YearIndex.of(zips["year"], zips["zip5"]),
            localities=_with_empty_row(pl.concat([states.select(indices), zips.select(indices)])),
            places=pl.Enum(book.settings["pos"]),
            settings=_with_empty_row(book.settings.select("facility", "adjudicated")).fill_null(value=False),
            conversion_factors=book.conversion_factors,
        )

    def locality(self, year: Integers, state: Integers, zip5: Integers) -> Integers:
        """Return the row of the locality: by ZIP code where the book has it, else by state."""
        by_state = self.state_index.find(year, state)
        by_zip = self.zip_index.find(year, zip5)
        nowhere = self.localities.height - 1
        otherwise = np.where(by_state == self.state_index.missing, nowhere, by_state)
        return np.where(by_zip == self.zip_index.missing, otherwise, self.state_index.missing + by_zip)


def _with_empty_row(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, frame.clear(1)])


def _figures(rates: pl.DataFrame) -> pl.DataFrame:
    """Return the rates outside and inside a facility, one below the other for each rate."""
    status = pl.col("status_code").replace_strict(GATES, default=NOT_VALID, return_dtype=pl.UInt8)
    gate = (
        pl.when(pl.col("status_code").is_null())
        .then(UNKNOWN_CODE)
        .when((status == PRICED) & ~pl.col("component_exists"))
        .then(COMPONENT_NOT_APPLICABLE)
        .otherwise(status)
        .cast(pl.UInt8)
    )
    settings = [
        rates.with_row_index("rate").select(
            "rate",
            "work_rvu_e2",
            "mp_rvu_e2",
            "opps_mp_e2",
            pl.col(f"{setting}_pe_rvu_e2").alias("practice_e2"),
            pl.col(f"opps_{setting}_pe_e2").alias("capped_practice_e2"),
            pl.col(f"{setting}_has_price").alias("has_price"),
            gate=gate,
        )
        for setting in ("nonfac", "fac")
    ]
    return pl.concat(settings).sort("rate", maintain_order=True).drop("rate")
