"""Price every line of a batch: fee schedule row, setting, locality, one rounding to cents, units.

Formula (record layout of the Medicare relative value file):
`fee = (work * GPCI work + practice expense * GPCI pe + malpractice * GPCI mp) * conversion factor`,
rounded half up to the cent once; imaging is capped at the hospital outpatient amount; then modifiers,
units, and the lesser of fee and charge. All in integers: units in hundredths times indices in thousandths
times a factor in ten-thousandths give dollars in billionths, far inside 64 bits.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.pricing.adjustments import Bits, bits, modifier_bits, with_modifiers
from processors.pricing.book import PriceBook
from processors.pricing.status import IS_PRICED, STATUS, STATUS_NAME
from processors.pricing.tables import COMPONENTS, Integers, PriceTables

_MAX_UNITS = 10_000

_CLAIM_COLUMNS = ["claim_type", "service_from", "place_of_service", "billing_state", "billing_zip"]
_OF_CLAIM = ["claim_type", "claim_service_from", "claim_place_of_service", "state", "zip"]
"""Fields of the claim, and their names on the line."""

_LINE_COLUMNS = ["procedure_code", "units", "unit_basis", "charge_cents", "place_of_service", "service_from"]
_RESULT = (
    "expected_allowed_cents",
    "rvu_total_e5",
    "rvu_work_e5",
    "price_status",
    "price_basis",
    "price_steps",
)
_SUMS = _RESULT[:3]

PRICE_STEPS = pl.List(pl.Struct({"step": pl.String, "factor_e4": pl.Int64, "amount_cents": pl.Int64}))
"""Build-up of a line: what was done, factor in ten-thousandths (null where the step sets an amount), cents after."""


def price(batch: ClaimBatch, book: PriceBook) -> ClaimBatch:
    """Add the expected allowed amount to every line and to every claim.

    Args:
        batch: Claims and lines of the claims.submitted contract.
        book: Tables to look up.

    Returns:
        The batch. Lines gain expected_allowed_cents (null unless priced), rvu_total_e5 (geographically
        adjusted units of the whole line), rvu_work_e5 (work units without adjustment) and price_status:
        `priced` or why there is no price (institutional, dental, no_date, no_year, unknown_code,
        unknown_pos, no_locality, a status of the fee schedule row, not_priced_in_setting,
        component_not_applicable, modifier_not_priced, units_not_priced). Claims gain the sums over their
        priced lines (null when none), price_basis (fee_schedule or none) and price_version.
    """
    priced = _priced_lines(batch, book)
    claims = batch.claims.with_columns(
        *_totals(batch.lines["row"].to_numpy(), priced, batch.size),
        pl.Series("price_version", [book.version]).new_from_index(0, batch.size),
    )
    unpriced = [column for column in batch.lines.iter_columns() if column.name not in _RESULT]
    lines = pl.DataFrame([*unpriced, *(priced[name] for name in _RESULT)])
    return replace(batch, lines=lines, claims=claims)


def _priced_lines(batch: ClaimBatch, book: PriceBook) -> pl.DataFrame:
    """Return, line by line in order, the columns of _RESULT and is_priced."""
    of_claim = batch.claims[_CLAIM_COLUMNS][batch.lines["row"]]
    of_claim.columns = _OF_CLAIM
    lines = batch.lines[_LINE_COLUMNS].hstack(of_claim)
    keys = lines.select(_keys(book.tables))
    carried = modifier_bits(batch.lines)
    rate, figures = _look_up(keys, _component(carried), book.tables)
    fees = (
        keys[["service_date", "units_e3", "factor_e4"]]
        .hstack(figures)
        .with_columns(_unit_totals_e5())
        .with_columns(_unit_fee_cents())
    )
    return (
        with_modifiers(fees, carried, book.tables.rates, rate)
        .hstack([lines["claim_type"], lines["charge_cents"]])
        .with_columns(STATUS)
        .with_columns(IS_PRICED)
        .select(*_line_result(), "is_priced")
    )


@lru_cache(maxsize=4)
def _keys(tables: PriceTables) -> tuple[pl.Expr, ...]:
    """Return what a line is looked up by, codes as numbers, and the figures that need no table."""
    service_date = pl.coalesce("service_from", "claim_service_from")
    place = pl.coalesce("place_of_service", "claim_place_of_service").cast(tables.places, strict=False)
    return (
        service_date.alias("service_date"),
        service_date.dt.year().fill_null(0).alias("year"),
        tables.rate_index.number(pl.col("procedure_code")).alias("code"),
        place.to_physical().cast(pl.Int64).fill_null(len(tables.places.categories)).alias("place"),
        tables.state_index.number(pl.col("state")).alias("state"),
        tables.zip_index.number(pl.col("zip").str.slice(0, 5)).alias("zip5"),
        _units_e3().alias("units_e3"),
        _conversion_factor_e4(service_date, tables).alias("factor_e4"),
    )


def _component(carried: Bits) -> Integers:
    """Return the number of the fee schedule row asked for: 26 professional, TC technical, 53 stopped, or whole."""
    component = np.zeros(len(carried), dtype=np.int64)
    for code in ("53", "TC", "26"):  # the last one wins
        component[(carried & bits(code)) != 0] = COMPONENTS.index(code)
    return component


def _units_e3() -> pl.Expr:
    """Return service units in thousandths, null where they cannot be priced (minutes, days, zero, absurd)."""
    units = pl.col("units")
    sensible = (pl.col("unit_basis") == "UN") & units.is_finite() & (units > 0) & (units <= _MAX_UNITS)
    return pl.when(sensible).then((units * 1000).round()).cast(pl.Int64)


def _conversion_factor_e4(service_date: pl.Expr, tables: PriceTables) -> pl.Expr:
    """Return the conversion factor of the service date in ten-thousandths, null outside the tables."""
    return pl.coalesce(
        pl.when(service_date.is_between(factor.first, factor.last)).then(pl.lit(factor.per_unit_e4))
        for factor in tables.conversion_factors
    ).cast(pl.Int64)


def _look_up(keys: pl.DataFrame, component: Integers, tables: PriceTables) -> tuple[Integers, list[pl.Series]]:
    """Return the row of every line among the rates, and its figures, cost indices and setting; nulls for a miss."""
    year, code, place, state, zip5 = (keys[name].to_numpy() for name in ("year", "code", "place", "state", "zip5"))
    rate = tables.rate_index.find(year, code, component)
    setting = tables.settings[place]
    figures = tables.figures[rate * 2 + setting["facility"].to_numpy()]
    locality = tables.localities[tables.locality(year, state, zip5)]
    return rate, [*figures, *locality, setting["adjudicated"]]


def _total_e5(practice: pl.Expr, malpractice: pl.Expr) -> pl.Expr:
    """Return geographically adjusted units of one service in hundred-thousandths."""
    return (
        pl.col("work_rvu_e2") * pl.col("work_gpci_e3")
        + practice * pl.col("pe_gpci_e3")
        + malpractice * pl.col("mp_gpci_e3")
    )


@cache
def _unit_totals_e5() -> tuple[pl.Expr, pl.Expr]:
    """Return the adjusted units of one service: as the schedule has them, and after the imaging cap."""
    capped_practice = pl.col("capped_practice_e2")
    total = _total_e5(pl.col("practice_e2"), pl.col("mp_rvu_e2"))
    cap = pl.when(capped_practice > 0).then(_total_e5(capped_practice, pl.col("opps_mp_e2")))
    return total.alias("unit_total_e5"), pl.min_horizontal(total, cap).alias("unit_payable_e5")


@cache
def _unit_fee_cents() -> pl.Expr:
    """Return the fee of one service in cents, rounded half up once."""
    # e5 units times e4 dollars are billionths of a dollar, that is ten-millionths of a cent.
    fee = (pl.col("unit_payable_e5") * pl.col("factor_e4") + 5_000_000) // 10_000_000
    return fee.alias("unit_fee_cents")


@cache
def _line_result() -> tuple[pl.Expr, ...]:
    """Return the result columns of a line; figures are null unless the line is priced."""
    priced = pl.col("is_priced")
    line_cents = _times_units(pl.col("unit_fee_cents"))
    charge_cents = pl.col("charge_cents").clip(lower_bound=0)
    return (
        pl.when(priced).then(pl.min_horizontal(line_cents, charge_cents)).alias("expected_allowed_cents"),
        pl.when(priced).then(_times_units(pl.col("unit_total_e5"))).alias("rvu_total_e5"),
        pl.when(priced).then(_times_units(pl.col("work_rvu_e2") * 1000)).alias("rvu_work_e5"),
        STATUS_NAME.alias("price_status"),
        pl.when(priced).then(pl.lit("fee_schedule")).otherwise(pl.lit("none")).alias("price_basis"),
        pl.lit([], dtype=PRICE_STEPS).alias("price_steps"),
    )


def _times_units(amount: pl.Expr) -> pl.Expr:
    """Return an amount of one service times the units of the line, rounded half up."""
    return (amount * pl.col("units_e3") + 500) // 1000


def _totals(row: Integers, lines: pl.DataFrame, size: int) -> pl.DataFrame:
    """Return the sums over the priced lines of every claim, null where a claim has none, and price_basis.

    Args:
        row: Row of the claim of every line.
        lines: The columns of _SUMS, null unless priced, and is_priced.
        size: Number of claims.
    """
    is_priced, *amounts = (column.to_numpy() for column in lines.select(_AMOUNTS).iter_columns())
    sums = {name: np.zeros(size, dtype=np.int64) for name in _SUMS}
    for total, amount in zip(sums.values(), amounts, strict=True):
        np.add.at(total, row, amount)  # exact, as bincount with weights is not
    has_price = np.bincount(row[is_priced], minlength=size) > 0
    return pl.DataFrame({**sums, "has_price": has_price}).select(_TOTALS)


_AMOUNTS = ("is_priced", pl.col(_SUMS).fill_null(0))
_TOTALS = (
    pl.when("has_price").then(pl.col(_SUMS)),
    pl.when("has_price").then(pl.lit("fee_schedule")).otherwise(pl.lit("none")).alias("price_basis"),
)
