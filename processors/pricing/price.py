"""Price every line of a batch: fee schedule row, setting, locality, one rounding to cents, units.

Formula (record layout of the Medicare relative value file):
`fee = (work * GPCI work + practice expense * GPCI pe + malpractice * GPCI mp) * conversion factor`,
rounded half up to the cent once; imaging is capped at the hospital outpatient amount; then modifiers,
units, and the lesser of fee and charge. All in integers: units in hundredths times indices in thousandths
times a factor in ten-thousandths give dollars in billionths, far inside 64 bits.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from processors.batch import ClaimBatch
from processors.pricing.adjustments import has_modifier, with_modifiers
from processors.pricing.book import INDICES, PriceBook

_MAX_UNITS = 10_000
_STATUS_GATE = {
    "A": "priced",
    "R": "priced",
    "T": "priced",
    "C": "carrier_priced",
    "B": "bundled",
    "P": "bundled",
    "N": "not_covered",
    "I": "not_valid",
    "D": "not_valid",
    "M": "reporting_only",
    "J": "anesthesia",
    "E": "not_on_schedule",
    "X": "not_on_schedule",
}
"""Status code of the fee schedule row as a price status; any other code is not_valid."""

_CLAIM_COLUMNS = ("claim_type", "service_from", "place_of_service", "billing_state", "billing_zip")
_LINE_COLUMNS = (
    "procedure_code",
    "modifiers",
    "units",
    "unit_basis",
    "charge_cents",
    "place_of_service",
    "service_from",
)
_RESULT = ("expected_allowed_cents", "rvu_total_e5", "rvu_work_e5", "price_status")


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
    priced = _priced_lines(batch, book).select(_RESULT)
    lines = batch.lines.drop(_RESULT, strict=False).hstack(priced)
    return replace(batch, lines=lines, claims=_with_totals(batch.claims, lines, book.version))


def _priced_lines(batch: ClaimBatch, book: PriceBook) -> pl.DataFrame:
    """Return the lines, in order, with the columns of _RESULT."""
    claims = batch.claims.select(pl.col(_CLAIM_COLUMNS).name.prefix("claim_"))
    lines = batch.lines.select(_LINE_COLUMNS).hstack(claims[batch.lines["row"]])
    return (
        lines.lazy()
        .with_columns(
            claim_type="claim_claim_type",
            service_date=pl.coalesce("service_from", "claim_service_from"),
            pos=pl.coalesce("place_of_service", "claim_place_of_service"),
            state="claim_billing_state",
            zip5=pl.col("claim_billing_zip").str.slice(0, 5),
            asked=_component(),
            units_e3=_units_e3(),
        )
        .with_columns(year=pl.col("service_date").dt.year())
        .pipe(_look_up, book)
        .with_columns(_conversion_factor_e4(book).alias("factor_e4"))
        .with_columns(_unit_totals_e5())
        .with_columns(unit_fee_cents=_unit_fee_cents())
        .collect()
        .pipe(with_modifiers)
        .with_columns(price_status=_status())
        .select(_line_result())
    )


def _component() -> pl.Expr:
    """Return the fee schedule row asked for: 26 professional, TC technical, 53 stopped, or the whole."""
    return (
        pl.when(has_modifier("26"))
        .then(pl.lit("26"))
        .when(has_modifier("TC"))
        .then(pl.lit("TC"))
        .when(has_modifier("53"))
        .then(pl.lit("53"))
        .otherwise(pl.lit(""))
    )


def _units_e3() -> pl.Expr:
    """Return service units in thousandths, null where they cannot be priced (minutes, days, zero, absurd)."""
    units = pl.col("units")
    sensible = (pl.col("unit_basis") == "UN") & units.is_finite() & (units > 0) & (units <= _MAX_UNITS)
    return pl.when(sensible).then((units * 1000).round()).cast(pl.Int64)


def _look_up(lines: pl.LazyFrame, book: PriceBook) -> pl.LazyFrame:
    """Join the fee schedule row, the place of service and the locality; a miss leaves nulls."""
    looked_up = (
        lines.rename({"procedure_code": "hcpcs"})
        .join(book.rates.lazy(), on=["year", "hcpcs", "asked"], how="left", maintain_order="left")
        .join(book.settings.lazy(), on="pos", how="left", maintain_order="left")
        .join(book.localities.lazy(), on=["year", "state"], how="left", maintain_order="left")
    )
    if book.zip_localities.is_empty():
        return looked_up
    return looked_up.join(
        book.zip_localities.lazy(), on=["year", "zip5"], how="left", maintain_order="left", suffix="_by_zip"
    ).with_columns(pl.coalesce(f"{index}_by_zip", index).alias(index) for index in INDICES)


def _conversion_factor_e4(book: PriceBook) -> pl.Expr:
    """Return the conversion factor of the service date in ten-thousandths, null outside the book."""
    return pl.coalesce(
        pl.when(pl.col("service_date").is_between(factor.first, factor.last)).then(pl.lit(factor.per_unit_e4))
        for factor in book.conversion_factors
    ).cast(pl.Int64)


def _status() -> pl.Expr:
    """Return the price status of a line: the first reason not to price it, else `priced`."""
    gate = pl.col("status_code").replace_strict(_STATUS_GATE, default="not_valid", return_dtype=pl.String)
    has_price = pl.when("facility").then("fac_has_price").otherwise("nonfac_has_price")
    reasons = (
        (pl.col("claim_type") != "professional", pl.col("claim_type")),
        (pl.col("service_date").is_null(), pl.lit("no_date")),
        (pl.col("factor_e4").is_null(), pl.lit("no_year")),
        (pl.col("status_code").is_null(), pl.lit("unknown_code")),
        (gate != "priced", gate),
        (~pl.col("component_exists"), pl.lit("component_not_applicable")),
        (~pl.col("adjudicated").fill_null(value=False), pl.lit("unknown_pos")),
        (~has_price, pl.lit("not_priced_in_setting")),
        (pl.col("work_gpci_e3").is_null(), pl.lit("no_locality")),
        (pl.col("modifier_refused"), pl.lit("modifier_not_priced")),
        (pl.col("units_e3").is_null(), pl.lit("units_not_priced")),
    )
    return pl.coalesce(*(pl.when(holds).then(reason) for holds, reason in reasons), pl.lit("priced"))


def _total_e5(practice: pl.Expr, malpractice: pl.Expr) -> pl.Expr:
    """Return geographically adjusted units of one service in hundred-thousandths."""
    return (
        pl.col("work_rvu_e2") * pl.col("work_gpci_e3")
        + practice * pl.col("pe_gpci_e3")
        + malpractice * pl.col("mp_gpci_e3")
    )


def _unit_totals_e5() -> tuple[pl.Expr, pl.Expr]:
    """Return the adjusted units of one service: as the schedule has them, and after the imaging cap."""
    practice = pl.when("facility").then("fac_pe_rvu_e2").otherwise("nonfac_pe_rvu_e2")
    capped_practice = pl.when("facility").then("opps_fac_pe_e2").otherwise("opps_nonfac_pe_e2")
    total = _total_e5(practice, pl.col("mp_rvu_e2"))
    cap = pl.when(capped_practice > 0).then(_total_e5(capped_practice, pl.col("opps_mp_e2")))
    return total.alias("unit_total_e5"), pl.min_horizontal(total, cap).alias("unit_payable_e5")


def _unit_fee_cents() -> pl.Expr:
    """Return the fee of one service in cents, rounded half up once."""
    # e5 units times e4 dollars are billionths of a dollar, that is ten-millionths of a cent.
    return (pl.col("unit_payable_e5") * pl.col("factor_e4") + 5_000_000) // 10_000_000


def _line_result() -> tuple[pl.Expr, ...]:
    """Return the result columns of a line; figures are null unless the line is priced."""
    priced = pl.col("price_status") == "priced"
    line_cents = _times_units(pl.col("unit_fee_cents"))
    charge_cents = pl.col("charge_cents").clip(lower_bound=0)
    return (
        pl.when(priced).then(pl.min_horizontal(line_cents, charge_cents)).alias("expected_allowed_cents"),
        pl.when(priced).then(_times_units(pl.col("unit_total_e5"))).alias("rvu_total_e5"),
        pl.when(priced).then(_times_units(pl.col("work_rvu_e2") * 1000)).alias("rvu_work_e5"),
        pl.col("price_status"),
    )


def _times_units(amount: pl.Expr) -> pl.Expr:
    """Return an amount of one service times the units of the line, rounded half up."""
    return (amount * pl.col("units_e3") + 500) // 1000


def _with_totals(claims: pl.DataFrame, lines: pl.DataFrame, version: str) -> pl.DataFrame:
    """Return the claims with the sums over their priced lines."""
    sums = ("expected_allowed_cents", "rvu_total_e5", "rvu_work_e5")
    by_row = lines.lazy().filter(pl.col("price_status") == "priced").group_by("row").agg(pl.col(sums).sum())
    # Joining on the row numbers alone keeps the wide claims out of the join.
    totals = claims.lazy().select("row").join(by_row, on="row", how="left", maintain_order="left").collect()
    priced = pl.col("rvu_total_e5").is_not_null()
    return claims.with_columns(totals.select(sums)).with_columns(
        price_basis=pl.when(priced).then(pl.lit("fee_schedule")).otherwise(pl.lit("none")),
        price_version=pl.lit(version),
    )
