"""PriceBook: the effective-dated tables that pricing looks up, as exact integers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Self

import polars as pl

from processors.pricing.rates import rates_of
from processors.pricing.tables import PriceTables
from reference.library import ReferenceLibrary
from reference.loader import scaled


@dataclass(frozen=True)
class ConversionFactor:
    """Dollars per relative value unit in ten-thousandths, for service dates from first to last.

    Attributes:
        first: First day of service.
        last: Last day of service.
        basis: ALL, or NON_APM or APM: providers outside or inside an alternative payment model.
        per_unit_e4: The factor.
    """

    first: date
    last: date
    basis: str
    per_unit_e4: int


@dataclass(frozen=True)
class PriceBook:
    """What the fee schedule says, ready to be looked up.

    Attributes:
        rates: As `processors.pricing.rates.rates_of`.
        localities: year, state, locality, state_default (1 where only the state is known) and the indices in
            thousandths.
        zip_localities: zip (five digits), state, locality; empty unless a site loads the table.
        settings: By place of service: facility (Boolean) and adjudicated (Boolean).
        conversion_factors: Dated factors.
        anesthesia_factors: effective_from, effective_to, state, locality, basis, factor_cents, derived.
        anesthesia_base_units: hcpcs, base_units.
        modifiers: Published modifiers; empty: whatever a line carries is taken as published.
        shares: Taxonomies that are not paid the whole fee: taxonomy, share_e4.
        version: Short hash of everything above.
    """

    rates: pl.DataFrame
    localities: pl.DataFrame
    zip_localities: pl.DataFrame
    settings: pl.DataFrame
    conversion_factors: tuple[ConversionFactor, ...]
    anesthesia_factors: pl.DataFrame
    anesthesia_base_units: pl.DataFrame
    shares: pl.DataFrame
    modifiers: tuple[str, ...]
    version: str

    @cached_property
    def tables(self) -> PriceTables:
        """The tables laid out for looking up whole columns."""
        return PriceTables.of(self)

    @classmethod
    @cache
    def starter(cls) -> Self:
        """Return the book of the starter tables shipped with the package."""
        return cls.of(ReferenceLibrary.starter())

    @classmethod
    def of(cls, library: ReferenceLibrary) -> Self:
        """Return the book of a reference library.

        Raises:
            ReferenceDataError: A stored table is damaged.
        """
        return cls.build(
            fee_schedule=library.frame("fee_schedule"),
            gpci=library.frame("gpci"),
            conversion_factors=library.frame("conversion_factors"),
            pos_codes=library.frame("pos_codes"),
            zip_localities=library.frame("zip_locality"),
            anesthesia_factors=library.frame("anesthesia_factors"),
            anesthesia_base_units=library.frame("anesthesia_base_units"),
            taxonomy=library.frame("taxonomy"),
            modifiers=library.frame("modifiers"),
        )

    @classmethod
    def build(  # noqa: PLR0913 one argument a table
        cls,
        fee_schedule: pl.DataFrame,
        gpci: pl.DataFrame,
        conversion_factors: pl.DataFrame,
        pos_codes: pl.DataFrame,
        *,
        zip_localities: pl.DataFrame | None = None,
        anesthesia_factors: pl.DataFrame | None = None,
        anesthesia_base_units: pl.DataFrame | None = None,
        taxonomy: pl.DataFrame | None = None,
        modifiers: pl.DataFrame | None = None,
    ) -> Self:
        """Make a book from tables with the columns of the reference tables of these names.

        Args:
            fee_schedule: Relative values and indicators.
            gpci: Cost indices of the localities.
            conversion_factors: Dated factors.
            pos_codes: Places of service.
            zip_localities: As `zip_locality`; None when only the state is to be used.
            anesthesia_factors: Locality factors; None prices no anesthesia. `basis` may be absent
                (ALL), and so may `derived` (no).
            anesthesia_base_units: Base units; None prices no anesthesia.
            taxonomy: Shares by provider taxonomy; None pays every provider the whole fee.
            modifiers: Published modifiers; None takes every modifier as published.
        """
        rates = rates_of(fee_schedule)
        localities, settings, factors = _localities(gpci), _settings(pos_codes), _factors(conversion_factors)
        zips = _or_empty(zip_localities, _ZIPS).select(list(_ZIPS)).unique("zip", keep="first", maintain_order=True)
        anesthesia = _anesthesia(_or_empty(anesthesia_factors, _ANESTHESIA))
        base_units = _or_empty(anesthesia_base_units, _BASE_UNITS).select(list(_BASE_UNITS)).drop_nulls()
        shares = _shares(_or_empty(taxonomy, _TAXONOMY))
        published = _or_empty(modifiers, _MODIFIERS).select(pl.col("modifier").unique().sort())
        return cls(
            rates=rates,
            localities=localities,
            zip_localities=zips,
            settings=settings,
            conversion_factors=tuple(ConversionFactor(*row) for row in factors.iter_rows()),
            anesthesia_factors=anesthesia,
            anesthesia_base_units=base_units,
            shares=shares,
            modifiers=tuple(published.to_series()),
            version="mpfs-"
            + _digest([rates, localities, zips, settings, factors, anesthesia, base_units, shares, published]),
        )


_ZIPS = {"zip": pl.String, "state": pl.String, "locality": pl.String}
_ANESTHESIA = {
    "effective_from": pl.Date,
    "effective_to": pl.Date,
    "state": pl.String,
    "locality": pl.String,
    "basis": pl.String,
    "conversion_factor": pl.String,
}
_BASE_UNITS = {"hcpcs": pl.String, "base_units": pl.Int32}
_MODIFIERS = {"modifier": pl.String}
_TAXONOMY = {"taxonomy": pl.String, "mpfs_factor": pl.String}


def _or_empty(frame: pl.DataFrame | None, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame(schema=schema) if frame is None else frame


def _localities(gpci: pl.DataFrame) -> pl.DataFrame:
    return gpci.select(
        "year",
        "state",
        "locality",
        "state_default",
        scaled("work_gpci", 3).alias("work_gpci_e3"),
        scaled("pe_gpci", 3).alias("pe_gpci_e3"),
        scaled("mp_gpci", 3).alias("mp_gpci_e3"),
    )


def _settings(pos_codes: pl.DataFrame) -> pl.DataFrame:
    return pos_codes.select(
        "pos", facility=pl.col("pfs_setting") == "F", adjudicated=pl.col("medicare_adjudicated") == 1
    )


def _factors(conversion_factors: pl.DataFrame) -> pl.DataFrame:
    factors = conversion_factors.select("effective_from", "effective_to", "basis", scaled("conversion_factor", 4))
    return factors.sort("effective_from", "basis")


def _anesthesia(factors: pl.DataFrame) -> pl.DataFrame:
    """Return the anesthesia factors in cents: those of the localities have two decimals."""
    basis = pl.col("basis").fill_null("ALL") if "basis" in factors.columns else pl.lit("ALL")
    derived = pl.col("derived").fill_null(value=False) if "derived" in factors.columns else pl.lit(value=False)
    return factors.select(
        "effective_from",
        "effective_to",
        "state",
        "locality",
        basis.alias("basis"),
        scaled("conversion_factor", 2).alias("factor_cents"),
        derived.alias("derived"),
    ).drop_nulls()


def _shares(taxonomy: pl.DataFrame) -> pl.DataFrame:
    """Return the taxonomies that are paid a share, in ten-thousandths; one without a share is paid the whole."""
    shares = taxonomy.select("taxonomy", scaled("mpfs_factor", 4).alias("share_e4")).drop_nulls()
    return shares.filter(pl.col("share_e4") != 10_000).unique("taxonomy", keep="first", maintain_order=True)


def _digest(frames: Sequence[pl.DataFrame]) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(frame.write_csv().encode())
    return digest.hexdigest()[:12]
