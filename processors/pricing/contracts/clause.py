"""Clause: a term of a contract made ready for whole columns, and what all methods of payment share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.pricing.arrays import FULL_E4, Integers
from processors.pricing.contracts.condition import Condition
from processors.pricing.contracts.fee_table import FeeTable
from processors.pricing.contracts.terms import Term
from processors.pricing.contracts.worksheet import Worksheet

CHARGE_STEP = "lesser_of_charge"
"""Step of an amount that the charge capped."""


@dataclass(frozen=True, eq=False)  # tables have no equality
class Clause:
    """A term as the methods of payment read it.

    Attributes:
        contract: Id of the contract.
        term: What the file says.
        condition: Which lines it is about; None for every line.
        table: Its fee table; empty for a term that has none.
        capped: Whether the charge caps its amounts.
        rounding: half_up, up or down.
    """

    contract: str
    term: Term
    condition: Condition | None
    table: FeeTable
    capped: bool
    rounding: str

    @property
    def step(self) -> str:
        """Name of the step of the method."""
        return f"contract:{self.contract}/{self.term.id} {self.term.method}"

    def divided(self, product: Integers, divisor: int) -> Integers:
        """Return a product of cents and a factor, none of them negative, in cents again, rounded as agreed."""
        added = {"half_up": divisor // 2, "up": divisor - 1, "down": 0}[self.rounding]
        return (product + added) // divisor

    def share(self, cents: Integers, percent_e4: int) -> Integers:
        """Return a share of some amounts, rounded as agreed."""
        return self.divided(cents * percent_e4, FULL_E4)

    def settle(self, sheet: Worksheet, at: Integers, cents: Integers) -> None:
        """Note the amounts of some lines, each capped by its charge if the contract says so."""
        if self.capped:
            cap = sheet.lines.cap[at]
            above = np.flatnonzero(cents > cap)
            if len(above):
                cents = np.minimum(cents, cap)
                sheet.log.add(CHARGE_STEP, at[above], cents[above])
        sheet.pay(at, cents)
