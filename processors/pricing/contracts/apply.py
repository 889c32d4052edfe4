"""Apply payer contracts to a priced batch: what a contract says replaces what the fee schedule says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.frames import with_columns
from processors.pricing.arrays import Integers, Mask
from processors.pricing.book import PriceBook
from processors.pricing.contracts import claim_methods, line_methods
from processors.pricing.contracts.clause import Clause
from processors.pricing.contracts.contract_set import ContractSet, ReadyContract
from processors.pricing.contracts.coverage import contracts_of
from processors.pricing.contracts.lines import CoveredLines
from processors.pricing.contracts.result import with_result
from processors.pricing.contracts.steps import StepLists
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
    batch = replace(batch, claims=with_columns(batch.claims, version))
    row = batch.lines["row"].to_numpy()
    group = contracts.groups_of(batch.claims)[row]
    at = np.flatnonzero(group >= 0)
    if not len(at):
        return batch
    lines = CoveredLines(batch, at, row[at])
    held = list(contracts_of(lines, group[at], contracts))
    if not held:
        return batch
    years = {year for contract, _ in held for year in contract.years}
    year_lines = {
        year: np.sort(np.concatenate([places for contract, places in held if year in contract.years])) for year in years
    }
    sheet = Worksheet(lines, partial(price_again, book=book), year_lines, StepLists.of(batch.lines["price_steps"]))
    for contract, places in held:
        _settle(contract, sheet, places)
    return with_result(batch, sheet)


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
