"""PriceBook: the effective-dated tables that pricing looks up, as exact integers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Self

import polars as pl

from processors.pricing.tables import PriceTables
from reference import starter
from reference.loader import scaled

_RVU_COLUMNS = (
    "work_rvu",
    "nonfac_pe_rvu",
    "fac_pe_rvu",
    "mp_rvu",
    "opps_nonfac_pe",
    "opps_fac_pe",
    "opps_mp",
    "pre_op_pct",
    "intra_op_pct",
    "post_op_pct",
)
_INDICATORS = ("bilat_surg", "asst_surg", "co_surg")


@dataclass(frozen=True)
class ConversionFactor:
    """Dollars per relative value unit in ten-thousandths, for service dates from first to last."""

    first: date
    last: date
    per_unit_e4: int


@dataclass(frozen=True)
class PriceBook:
    """What the fee schedule says, ready to be looked up.

    Attributes:
        rates: By (year, hcpcs, asked component): see `_rates`.
        localities: By (year, state): the indices in thousandths of the locality that holds where only the
            state is known (its one locality or its rest-of-state locality).
        zip_localities: By (year, zip5): the indices in thousandths; empty unless a site loads the table.
        settings: By place of service: facility (Boolean) and adjudicated (Boolean).
        conversion_factors: Factors of providers outside an alternative payment model.
        version: Short hash of everything above.
    """

    rates: pl.DataFrame
    localities: pl.DataFrame
    zip_localities: pl.DataFrame
    settings: pl.DataFrame
    conversion_factors: tuple[ConversionFactor, ...]
    version: str

    @cached_property
    def tables(self) -> PriceTables:
        """The tables laid out for looking up whole columns."""
        return PriceTables.of(self)

    @classmethod
    @cache
    def starter(cls) -> Self:
        """Return the book of the starter tables shipped with the package."""
        return cls.build(
            fee_schedule=starter.fee_schedule(),
            gpci=starter.gpci(),
            conversion_factors=starter.conversion_factors(),
            pos_codes=starter.pos_codes(),
        )

    @classmethod
    def build(
        cls,
        fee_schedule: pl.DataFrame,
        gpci: pl.DataFrame,
        conversion_factors: pl.DataFrame,
        pos_codes: pl.DataFrame,
        zip_localities: pl.DataFrame | None = None,
    ) -> Self:
        """Make a book from tables with the columns of the starter tables.

        Args:
            fee_schedule: As `reference.starter.fee_schedule()`.
            gpci: As `reference.starter.gpci()`.
            conversion_factors: As `reference.starter.conversion_factors()`; APM rows are left out because the
                claim does not tell whether its provider takes part in an alternative payment model.
            pos_codes: As `reference.starter.pos_codes()`.
            zip_localities: Columns zip (five digits), state, locality; None when only the state is to be
            used.
        """
        indices = gpci.select(
            "year",
            "state",
            "locality",
            "state_default",
            scaled("work_gpci", 3).alias("work_gpci_e3"),
            scaled("pe_gpci", 3).alias("pe_gpci_e3"),
            scaled("mp_gpci", 3).alias("mp_gpci_e3"),
        )
        localities = indices.filter(pl.col("state_default") == 1).drop("locality", "state_default")
        zips = zip_localities if zip_localities is not None else _NO_ZIPS
        zip_indices = zips.join(indices, on=["state", "locality"]).select(
            "year", pl.col("zip").alias("zip5"), "work_gpci_e3", "pe_gpci_e3", "mp_gpci_e3"
        )
        rates = _rates(fee_schedule)
        settings = pos_codes.select(
            "pos", facility=pl.col("pfs_setting") == "F", adjudicated=pl.col("medicare_adjudicated") == 1
        )
        factors = conversion_factors.filter(pl.col("basis") != "APM").with_columns(scaled("conversion_factor", 4))
        return cls(
            rates=rates,
            localities=localities,
            zip_localities=zip_indices,
            settings=settings,
            conversion_factors=tuple(
                ConversionFactor(first, last, factor)
                for first, last, factor in factors.select(
                    "effective_from", "effective_to", "conversion_factor"
                ).iter_rows()
            ),
            version="mpfs-" + _digest(rates, localities, zip_indices, settings, factors),
        )


_NO_ZIPS = pl.DataFrame(schema={"zip": pl.String, "state": pl.String, "locality": pl.String})


def _rates(fee_schedule: pl.DataFrame) -> pl.DataFrame:
    """Return what the schedule pays for every code and every component that a line can ask for.

    Columns: year, hcpcs, asked ("", 26, TC, 53), component (the row that answers), component_exists,
    figures in hundredths (suffix _e2), indicators. 26 or TC on a code without such a row is no service; a
    stopped procedure (53) without a row of its own is priced from the whole row.
    """
    rows = fee_schedule.select(
        "year",
        "hcpcs",
        pl.col("modifier").alias("component"),
        "status_code",
        *(scaled(column, 2).alias(f"{column}_e2") for column in _RVU_COLUMNS),
        *_INDICATORS,
        nonfac_has_price=pl.col("nonfac_na").ne_missing("NA"),
        fac_has_price=pl.col("fac_na").ne_missing("NA"),
    )
    whole = rows.filter(pl.col("component") == "")
    own = rows.with_columns(asked=pl.col("component"), component_exists=pl.lit(value=True))
    fallbacks = [
        whole.join(rows.filter(pl.col("component") == asked), on=["year", "hcpcs"], how="anti").with_columns(
            asked=pl.lit(asked), component_exists=pl.lit(value=asked == "53")
        )
        for asked in ("26", "TC", "53")
    ]
    return pl.concat([own, *fallbacks])


def _digest(*frames: pl.DataFrame) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(frame.write_csv().encode())
    return digest.hexdigest()[:12]
