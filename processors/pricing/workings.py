"""Lines while their price is worked out: what was looked up, the amounts so far and what was done to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.pricing.arrays import NONE, Bits, Integers, Mask, times_e4
from processors.pricing.inputs import LineInputs
from processors.pricing.modifiers import bits
from processors.pricing.order import STEP
from processors.pricing.rate_table import CAP_MALPRACTICE, CAP_PRACTICE, MALPRACTICE, PRACTICE, WORK
from processors.pricing.status import CODE, PRICED
from processors.pricing.steps import StepLog
from processors.pricing.tables import PriceTables


@dataclass(eq=False)
class Workings:
    """Lines that have a fee; arrays of one length, one element a line, all of a batch's priced lines.

    Attributes:
        tables: What was looked up in.
        inputs: The lines as they came.
        place: Place of each line among the inputs.
        carried: Modifiers.
        rate: Row of the fee schedule.
        facility: 1 in a facility, else 0.
        indices_e3: Work, practice and malpractice index.
        factor_e4: Conversion factor.
        multiple: Multiple-procedure indicator.
        anesthesia: Lines of anesthesia codes.
        derived: Those whose locality has a factor that is computed, not published.
        fee_cents: Fee of one service before any cap.
        cap_cents: Cap of one service, NONE without.
        units_e3: Units to be paid, in thousandths.
        amount_cents: The amount so far, once the parts are together.
        status: Price status; a stage may find a reason not to price a line.
        log: What was done. The stages after the parts are together write to sequence `tail`.
        tail: Number of the sequence of every line.
        present: Every modifier that any line carries.
        both_sides: Lines whose two units are the two sides of one service; they count as one unit.
    """

    tables: PriceTables
    inputs: LineInputs
    place: Integers
    carried: Bits
    rate: Integers
    facility: Integers
    indices_e3: NDArray[np.int64]
    factor_e4: Integers
    multiple: Integers
    anesthesia: Mask
    derived: Mask
    fee_cents: Integers
    cap_cents: Integers
    units_e3: Integers
    amount_cents: Integers
    status: Integers
    log: StepLog
    tail: Integers
    present: int
    both_sides: Integers

    def carrying(self, *codes: str) -> Integers:
        """Return the lines that carry any of the modifiers."""
        wanted = bits(*codes)
        if not self.present & wanted:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero((self.carried & wanted) != 0)

    def multiply(self, at: Integers, step: str, factor_e4: Integers | int) -> None:
        """Multiply the amounts of these lines."""
        if len(at):
            self.put(at, step, times_e4(self.amount_cents[at], factor_e4), factor_e4)

    def put(self, at: Integers, step: str, amount: Integers, factor_e4: Integers | int | None = None) -> None:
        """Set the amounts of these lines."""
        if len(at):
            self.amount_cents[at] = amount
            self.log.write(self.tail[at], STEP[step], factor_e4, amount)

    def refuse(self, at: Integers, status: str) -> None:
        """Give these lines no price, unless they have none already."""
        still = at[self.status[at] == PRICED]
        self.status[still] = CODE[status]

    def fee_of(self, at: Integers, rate: Integers) -> tuple[Integers, Integers]:
        """Return fee and cap of one service of other rows of the schedule, where and when these lines were done.

        Args:
            at: The lines.
            rate: A row for each.
        """
        figures = self.tables.rates.figures.take(rate * 2 + self.facility[at], axis=0)
        indices, factor = self.indices_e3.take(at, axis=0), self.factor_e4[at]
        return dollars_as_cents(total_e5(figures, indices), factor), cap_cents(figures, indices, factor)


def total_e5(figures: NDArray[np.int64], indices: NDArray[np.int64]) -> Integers:
    """Return geographically adjusted units of one service in hundred-thousandths."""
    total: Integers = (
        figures[:, WORK] * indices[:, 0]
        + figures[:, PRACTICE] * indices[:, 1]
        + figures[:, MALPRACTICE] * indices[:, 2]
    )
    return total


def dollars_as_cents(units_e5: Integers, factor_e4: Integers) -> Integers:
    """Return units times the conversion factor in cents, rounded half up once."""
    # e5 units times e4 dollars are billionths of a dollar, that is ten-millionths of a cent.
    cents: Integers = (units_e5 * factor_e4 + 5_000_000) // 10_000_000
    return cents


def cap_cents(figures: NDArray[np.int64], indices: NDArray[np.int64], factor_e4: Integers) -> Integers:
    """Return the hospital outpatient amount that caps one service, NONE where none does."""
    cap = np.full(len(figures), NONE, dtype=np.int64)
    at = np.flatnonzero(figures[:, CAP_PRACTICE] > 0)
    if len(at):
        row, index = figures.take(at, axis=0), indices.take(at, axis=0)
        units = row[:, WORK] * index[:, 0] + row[:, CAP_PRACTICE] * index[:, 1] + row[:, CAP_MALPRACTICE] * index[:, 2]
        cap[at] = dollars_as_cents(units, factor_e4[at])
    return cap
