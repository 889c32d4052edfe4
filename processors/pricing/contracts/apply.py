"""Apply payer contracts to a priced batch: what a contract says replaces what the fee schedule says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Protocol

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.pricing.arrays import Integers, Mask
from processors.pricing.book import PriceBook
from processors.pricing.contracts import claim_methods, line_methods
from processors.pricing.contracts.clause import Clause
from processors.pricing.contracts.contract_set import NO_DAY, ContractSet, ReadyContract, in_force
from processors.pricing.contracts.lines import CoveredLines
from processors.pricing.contracts.steps import StepLists, joined
from processors.pricing.contracts.terms import (
    CaseRate,
    FeeTableTerm,
    NoPayment,
    PercentOfCharge,
    PercentOfMedicare,
    PerDiem,
)
from processors.pricing.contracts.worksheet import Worksheet
from processors.pricing.price import price


class Pricer(Protocol):
    """What `price` is: it puts the fee schedule's price on every line and every claim of a batch."""

    def __call__(self, batch: ClaimBatch, book: PriceBook) -> ClaimBatch:
        """Return the batch with prices."""
        ...


def apply_contracts(
    batch: ClaimBatch, book: PriceBook, contracts: ContractSet, price_again: Pricer = price
) -> ClaimBatch:
    """Price the lines that a contract is about by the contract.

    Args:
        batch: Claims and lines after `price`.
        book: The price book that `price` used.
        contracts: Contracts in force at one time or another.
        price_again: How claims were priced, for terms that ask for the schedule of a fixed year.

    Returns:
        The batch. Lines that a contract pays have the basis `contract`, the status `priced`, its amount and its
        steps after those of the fee schedule that it builds on; lines that it is about and has no amount for have
        no price and a status that says why; all other lines stay as they are. Relative value units stay those of
        the fee schedule. Claims have the sum of their lines, the basis `contract` if any line has it, and a
        price_version that names the contracts too.
    """
    if not contracts:
        return batch
    version = pl.Series("price_version", [f"{book.version}+{contracts.version}"]).new_from_index(0, batch.size)
    batch = replace(batch, claims=batch.claims.with_columns(version))
    row = batch.lines["row"].to_numpy()
    group = contracts.groups_of(batch.claims)[row]
    at = np.flatnonzero(group >= 0)
    if not len(at):
        return batch
    lines = CoveredLines(batch, at, row[at])
    held = list(_contracts_of(lines, group[at], contracts))
    if not held:
        return batch
    years = {year for contract, _ in held for year in contract.years}
    year_lines = {
        year: np.sort(np.concatenate([places for contract, places in held if year in contract.years])) for year in years
    }
    sheet = Worksheet(lines, partial(price_again, book=book), year_lines, StepLists.of(batch.lines["price_steps"]))
    for contract, places in held:
        _settle(contract, sheet, places)
    return _with_totals(replace(batch, lines=_priced_lines(sheet)), at[sheet.paid])


def _contracts_of(
    lines: CoveredLines, group: Integers, contracts: ContractSet
) -> Iterator[tuple[ReadyContract, Integers]]:
    """Yield the contracts that hold for some of the lines, and the places of these lines."""
    days = _service_days(lines)
    for number in np.flatnonzero(np.bincount(group)):
        of_group = np.flatnonzero(group == number)
        for contract in contracts.groups[number]:
            places = of_group[in_force(contract, days[of_group])]
            if contract.scope is not None and len(places):
                places = places[lines.of_claim(contract.scope)[places]]
            if len(places):
                yield contract, places


def _service_days(lines: CoveredLines) -> Integers:
    """Return the day that decides which contract holds for a line, in days since 1970-01-01.

    It is the service date of the line; for institutional claims it is the first day of the statement, so that
    one contract holds for the whole claim.
    """
    claims = lines.batch.claims.select(
        day=_day(pl.col("service_from")),
        statement_day=_day(pl.coalesce("statement_from", "service_from", "admitted_on")),
        institutional=(pl.col("claim_type") == "institutional").fill_null(value=False),
    )
    day, statement_day, institutional = (column.to_numpy()[lines.row] for column in claims.iter_columns())
    own = lines.batch.lines.select(_day(pl.col("service_from"))).to_series().to_numpy()[lines.at]
    return np.where(institutional, statement_day, np.where(own == NO_DAY, day, own))


def _day(column: pl.Expr) -> pl.Expr:
    return column.to_physical().cast(pl.Int64).fill_null(NO_DAY)


def _settle(contract: ReadyContract, sheet: Worksheet, places: Integers) -> None:
    """Let the terms of a contract settle lines, one term after the other, each what the terms before it left."""
    for clause in contract.clauses:
        left = np.ones(len(places), dtype=bool)
        fits = left if clause.condition is None else clause.condition.fits(sheet.lines, places)
        if not fits.any():
            continue
        left[fits] = ~_paid_by(clause, sheet, places[fits])
        places = places[left]
        if not len(places):
            return


def _paid_by(clause: Clause, sheet: Worksheet, at: Integers) -> Mask:
    """Let a term settle lines by its method, and return which it has settled."""
    match clause.term:
        case PercentOfMedicare() as term:
            return line_methods.percent_of_medicare(clause, term, sheet, at)
        case PercentOfCharge() as term:
            return line_methods.percent_of_charge(clause, term, sheet, at)
        case FeeTableTerm() as term:
            return line_methods.fee_table(clause, term, sheet, at)
        case NoPayment():
            return line_methods.no_payment(clause, sheet, at)
        case PerDiem() as term:
            return claim_methods.per_diem(clause, term, sheet, at)
        case CaseRate() as term:
            return claim_methods.case_rate(clause, term, sheet, at)


def _priced_lines(sheet: Worksheet) -> pl.DataFrame:
    """Return the lines of the batch with what the worksheet says."""
    lines, at = sheet.lines.batch.lines, sheet.lines.at
    refused = np.concatenate([places for places, _ in sheet.refused] or [np.empty(0, dtype=np.int64)])
    cents = lines["expected_allowed_cents"].clone().scatter(at[sheet.paid], sheet.cents[sheet.paid])
    is_paid = np.zeros(lines.height, dtype=bool)
    is_paid[at] = sheet.paid
    paid = pl.Series(is_paid)
    status, basis = (
        pl.Series(name, [value]).new_from_index(0, lines.height).zip_with(paid, lines[name])
        for name, value in (("price_status", "priced"), ("price_basis", "contract"))
    )
    if len(refused):
        cents = cents.scatter(at[refused], None)
        basis = basis.scatter(at[refused], "none")
        status = _with_statuses(status, at[refused], [name for _, names in sheet.refused for name in names])
    return lines.with_columns(cents, status, basis, _steps(sheet, refused).column())


def _with_statuses(status: pl.Series, at: Integers, names: list[str]) -> pl.Series:
    """Return price statuses with those of some lines replaced."""
    source = np.arange(len(status))
    source[at] = len(status) + np.arange(len(at))
    return pl.concat([status, pl.Series(status.name, names)])[source]


def _steps(sheet: Worksheet, refused: Integers) -> StepLists:
    """Return the steps of all lines of the batch: those of the fee schedule that still hold, then the contract's."""
    at, pool = sheet.lines.at, [sheet.steps.steps]
    start, count = sheet.steps.start.copy(), sheet.steps.count.copy()
    count[at[sheet.paid]] = 0
    count[at[refused]] = 0
    for year, medicare in sheet.years.items():
        based = sheet.base == year
        shift = 0 if year == 0 else sum(steps.height for steps in pool)
        start[at[based]], count[at[based]] = medicare.steps.start[based] + shift, medicare.steps.count[based]
        if year:
            pool.append(medicare.steps.steps)
    logged = sheet.log.lists()
    log_start, log_count = np.zeros_like(start), np.zeros_like(count)
    log_start[at], log_count[at] = logged.start, logged.count
    return joined(StepLists(pl.concat(pool), start, count), StepLists(logged.steps, log_start, log_count))


def _with_totals(batch: ClaimBatch, paid: Integers) -> ClaimBatch:
    """Return the batch with the amount and the basis of every claim from its lines.

    Args:
        batch: The batch with the amounts of its lines.
        paid: Positions of the lines that a contract pays.
    """
    row, cents = batch.lines["row"].to_numpy(), batch.lines["expected_allowed_cents"]
    totals = np.zeros(batch.size, dtype=np.int64)
    np.add.at(totals, row, cents.fill_null(0).to_numpy())
    priced = np.bincount(row[cents.is_not_null().to_numpy()], minlength=batch.size) > 0
    by_contract = np.bincount(row[paid], minlength=batch.size) > 0
    return batch.with_claim_columns(
        pl.when(pl.Series(priced)).then(pl.Series(totals)).alias("expected_allowed_cents"),
        pl.when(pl.Series(by_contract))
        .then(pl.lit("contract"))
        .when(pl.Series(priced))
        .then(pl.lit("fee_schedule"))
        .otherwise(pl.lit("none"))
        .alias("price_basis"),
    )
