"""Worksheet: the covered lines of a batch, what Medicare pays for them, and what contracts have decided so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from processors.batch import ClaimBatch
from processors.pricing.arrays import Integers, Mask
from processors.pricing.contracts.lines import CoveredLines
from processors.pricing.contracts.medicare import MedicarePrices, medicare_prices, priced_in_year, spread
from processors.pricing.contracts.steps import StepLists, StepLog


@dataclass(eq=False)  # arrays have no equality
class Worksheet:
    """What the terms of contracts read and write; positions are places among the covered lines.

    Attributes:
        lines: The covered lines.
        price_again: Prices claims whose service dates were moved to a fixed year.
        year_lines: The lines whose contract asks for the schedule of a fixed year, by year.
        steps: Price steps of all lines of the batch.
        cents: Amount by contract; only where `paid` holds.
        paid: Lines with an amount by contract.
        refused: Lines that a contract is about and has no amount for, and why: places and price statuses.
        base: Year (0 for the current one) whose Medicare steps come before those of the contract; -1 for none.
        log: Steps of the contracts.
    """

    lines: CoveredLines
    price_again: Callable[[ClaimBatch], ClaimBatch]
    year_lines: Mapping[int, Integers]
    steps: StepLists
    cents: Integers = field(init=False)
    paid: Mask = field(init=False)
    base: Integers = field(init=False)
    log: StepLog = field(init=False)
    refused: list[tuple[Integers, list[str]]] = field(default_factory=list)
    _years: dict[int, MedicarePrices] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.lines.at)
        self.cents = np.zeros(count, dtype=np.int64)
        self.paid = np.zeros(count, dtype=bool)
        self.base = np.full(count, -1, dtype=np.int64)
        self.log = StepLog(count)

    @property
    def years(self) -> Mapping[int, MedicarePrices]:
        """The Medicare prices that were asked for so far, by year; 0 is the current one."""
        return self._years

    def medicare(self, year: int) -> MedicarePrices:
        """Return Medicare's prices of the covered lines.

        Args:
            year: 0 for the schedule of the service date, else the last schedule of this year, for the lines of
                `year_lines` only.
        """
        if year not in self._years:
            batch, at = self.lines.batch, self.lines.at
            if year == 0:
                self._years[year] = medicare_prices(batch.lines, at, self.steps)
            else:
                places = self.year_lines[year]
                self._years[year] = spread(priced_in_year(batch, at[places], self.price_again, year), places, len(at))
        return self._years[year]

    def pay(self, at: Integers, cents: Integers) -> None:
        """Note the amounts of some lines."""
        self.cents[at] = cents
        self.paid[at] = True

    def refuse(self, at: Integers, status: str | list[str]) -> None:
        """Note that some lines have no price, and the price status that says why."""
        if len(at):
            self.refused.append((at, [status] * len(at) if isinstance(status, str) else status))
