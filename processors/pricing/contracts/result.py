"""Put what contracts decided back on the batch: amounts, statuses, bases, steps, and the sums of claims."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.frames import with_columns
from processors.pricing.arrays import Integers
from processors.pricing.contracts.steps import StepLists, Steps, joined
from processors.pricing.contracts.worksheet import Worksheet
from processors.pricing.steps import gathered, nullable

_BASES = pl.Series("price_basis", ["none", "fee_schedule", "contract"])


def with_result(batch: ClaimBatch, sheet: Worksheet) -> ClaimBatch:
    """Return the batch with what the worksheet says of its lines."""
    lines, at, row = batch.lines, sheet.lines.at, batch.lines["row"].to_numpy()
    refused = np.concatenate([np.empty(0, dtype=np.int64), *(places for places, _ in sheet.refused)])
    steps = _steps(sheet, refused)
    cents, is_priced = steps.last_amounts(), steps.count > 0
    basis = is_priced.astype(np.int64)
    basis[at[sheet.paid]] = 2
    status = _statuses(sheet, refused)
    return replace(
        batch,
        lines=with_columns(
            lines,
            *nullable(~is_priced, expected_allowed_cents=cents),
            status,
            _BASES[basis],
            steps.column(),
        ),
        claims=with_columns(batch.claims, *_totals(row, cents, basis, batch.size)),
    )


def _steps(sheet: Worksheet, refused: Integers) -> StepLists:
    """Return the steps of all lines of the batch: those of the fee schedule that still hold, then the contract's."""
    at, pool = sheet.lines.at, [sheet.steps.steps]
    start, count = sheet.steps.start.copy(), sheet.steps.count.copy()
    count[at[sheet.paid]] = 0
    count[at[refused]] = 0
    for year, medicare in sheet.years.items():
        based = np.flatnonzero(sheet.base == year)
        shift = 0 if year == 0 else sum(len(steps) for steps in pool)
        start[at[based]], count[at[based]] = medicare.steps.start[based] + shift, medicare.steps.count[based]
        if year:
            pool.append(medicare.steps.steps)
    logged = sheet.log.lists()
    log_start, log_count = np.zeros_like(start), np.zeros_like(count)
    log_start[at], log_count[at] = logged.start, logged.count
    return joined(StepLists(Steps.together(pool), start, count), StepLists(logged.steps, log_start, log_count))


def _statuses(sheet: Worksheet, refused: Integers) -> pl.Series:
    """Return the price statuses of all lines of the batch."""
    before, at = sheet.lines.batch.lines["price_status"], sheet.lines.at
    names = ["priced", *(name for _, of_places in sheet.refused for name in of_places)]
    source = np.arange(len(before))
    source[at[sheet.paid]] = len(before)
    source[at[refused]] = len(before) + 1 + np.arange(len(refused))
    return pl.concat([before, pl.Series(before.name, names)], rechunk=True)[source]


def _totals(row: Integers, cents: Integers, basis: Integers, size: int) -> list[pl.Series]:
    """Return the amount and the basis of every claim: contract if any line has it."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, row, cents)
    of_claim = np.zeros(size, dtype=np.int64)
    for number in (1, 2):
        of_claim[row[basis == number]] = number
    return [*nullable(of_claim == 0, expected_allowed_cents=total), gathered(_BASES, of_claim)]
