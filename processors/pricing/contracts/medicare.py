"""What Medicare pays for lines, before its comparison with the charge: the base of a share of Medicare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.pricing.arrays import Integers, Mask
from processors.pricing.contracts.steps import StepLists

AFTER_THE_FEE = ("non_participating", "lesser_of_charge")
"""Last steps of a Medicare price that a share of Medicare does not take over: the contract says who is paid what."""

NO_RATE = (
    "institutional",
    "dental",
    "unknown_code",
    "carrier_priced",
    "not_covered",
    "not_valid",
    "reporting_only",
    "not_on_schedule",
)
"""Statuses of lines for which Medicare has no rate, so that a later term of the contract may pay them.

Any other line without a price was billed so that Medicare's rules give none (bundled, a modifier that its code does
not allow, an unknown place of service), or its rate is in a table that is not loaded: a share of Medicare gives none
either.
"""

_LONGEST_CLAIM_DAYS = 180


@dataclass(frozen=True, eq=False)  # arrays have no equality
class MedicarePrices:
    """Medicare's prices of some lines, line by line.

    Attributes:
        amount: Cents before the comparison with the charge; 0 without a price.
        has_price: Whether there is a price.
        has_rate: Whether Medicare has a rate for the service, be it that the line as billed has no price.
        reason: For a line without a price the place of its price status in `statuses`, else -1.
        statuses: Price statuses of the lines without a price.
        steps: How the amounts came about, without the comparison with the charge.
    """

    amount: Integers
    has_price: Mask
    has_rate: Mask
    reason: Integers
    statuses: pl.Series
    steps: StepLists


def medicare_prices(lines: pl.DataFrame, at: Integers, steps: StepLists) -> MedicarePrices:
    """Return the prices that `price` gave to some lines.

    Args:
        lines: All lines of a batch after `price`.
        at: Positions of the lines asked for.
        steps: Price steps of all lines.
    """
    base = StepLists(steps.steps, steps.start[at], _without_last(steps, steps.start[at], steps.count[at]))
    has_price = base.count > 0  # a line has steps if and only if it has a price
    has_rate = has_price.copy()
    unpriced = np.flatnonzero(~has_price)
    statuses = lines["price_status"][at[unpriced]]
    has_rate[unpriced] = ~statuses.is_in(NO_RATE).to_numpy()
    reason = np.full(len(at), -1, dtype=np.int64)
    reason[unpriced] = np.arange(len(unpriced))
    return MedicarePrices(base.last_amounts(), has_price, has_rate, reason, statuses, base)


def _without_last(steps: StepLists, start: Integers, count: Integers) -> Integers:
    """Return how many steps of each line there are before those of AFTER_THE_FEE at its end."""
    count = count.copy()
    open_lines = np.flatnonzero(count > 0)
    while len(open_lines):
        last = steps.steps.name[start[open_lines] + count[open_lines] - 1]
        open_lines = open_lines[last.is_in(AFTER_THE_FEE).to_numpy()]
        count[open_lines] -= 1
        open_lines = open_lines[count[open_lines] > 0]
    return count


def priced_in_year(
    batch: ClaimBatch, at: Integers, price_again: Callable[[ClaimBatch], ClaimBatch], year: int
) -> MedicarePrices:
    """Return what Medicare would pay for some lines under the last schedule of a year.

    The claims of the lines are priced again with their last service day moved to the end of the year; days
    stay apart as they were, because lines of one day are priced together.

    Args:
        batch: The batch.
        at: Positions of the lines.
        price_again: Prices the claims.
        year: Year of the schedule.
    """
    row = batch.lines["row"].to_numpy()
    is_wanted = np.zeros(batch.size, dtype=bool)
    is_wanted[row[at]] = True
    is_kept = is_wanted[row]
    new_row = pl.Series("row", (np.cumsum(is_wanted) - is_wanted).astype(np.uint32))
    lines = (
        batch.lines.with_columns(service_from=pl.coalesce("service_from", batch.claims["service_from"].gather(row)))
        .filter(pl.Series(is_kept))
        .with_columns(service_from=pl.lit(date(year, 12, 31)) - pl.duration(days=_days_before_the_last()))
    )
    lines = lines.with_columns(new_row.gather(lines["row"]))
    claims = batch.claims.filter(pl.Series(is_wanted)).drop("row").with_row_index("row")
    priced = price_again(replace(batch, claims=claims, lines=lines)).lines
    return medicare_prices(priced, (np.cumsum(is_kept) - 1)[at], StepLists.of(priced["price_steps"]))


def _days_before_the_last() -> pl.Expr:
    """Return how many days before the last service day of its claim a line was."""
    day = pl.col("service_from")
    return (day.max().over("row") - day).dt.total_days().clip(0, _LONGEST_CLAIM_DAYS)


def spread(prices: MedicarePrices, places: Integers, size: int) -> MedicarePrices:
    """Return the prices put at some places among `size` lines; the other lines have no rate."""
    source = np.full(size, len(places), dtype=np.int64)
    source[places] = np.arange(len(places))
    return MedicarePrices(
        amount=np.append(prices.amount, 0)[source],
        has_price=np.append(prices.has_price, False)[source],
        has_rate=np.append(prices.has_rate, False)[source],
        reason=np.append(prices.reason, -1)[source],
        statuses=prices.statuses,
        steps=StepLists(
            prices.steps.steps, np.append(prices.steps.start, 0)[source], np.append(prices.steps.count, 0)[source]
        ),
    )
