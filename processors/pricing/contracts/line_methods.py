"""Methods that pay each line by itself: share of Medicare, share of the charge, fee table, no payment.

Every method takes a clause and its term, the worksheet and the positions of the lines that the clause is about. It
notes amounts and steps and returns which of the lines are settled; the other lines go on to the next term.
"""

from __future__ import annotations

import numpy as np

from processors.pricing.arrays import FULL_E4, Integers, Mask
from processors.pricing.contracts.clause import Clause
from processors.pricing.contracts.fee_table import FeeTable
from processors.pricing.contracts.lines import NO_CAP
from processors.pricing.contracts.terms import FeeTableTerm, PercentOfCharge, PercentOfMedicare
from processors.pricing.contracts.worksheet import Worksheet

CHANGE_THE_PRICE = (
    *("26", "TC", "50", "52", "53", "54", "55", "56", "62", "66", "73", "78", "80", "81", "82"),
    *("AS", "AD", "QK", "QX", "QY", "RR", "UE"),
)
"""Modifiers of a part, a multiple or another kind of the service: no rate without them holds for such a line."""

MODIFIER_NOT_IN_CONTRACT = "modifier_not_in_contract"
"""Price status: the line carries a modifier of CHANGE_THE_PRICE that neither the table nor the term names."""

NO_CHARGE = "no_charge"
"""Price status: the contract pays a share of the charge, which was not given."""


def percent_of_medicare(clause: Clause, term: PercentOfMedicare, sheet: Worksheet, at: Integers) -> Mask:
    """Pay a share of the Medicare fee; a line that Medicare has no rate for is not settled."""
    year = 0 if term.year == "current" else term.year
    medicare = sheet.medicare(year)
    has_price, has_rate = medicare.has_price[at], medicare.has_rate[at]
    paid = at[has_price]
    cents = clause.share(medicare.amount[paid], term.percent)
    sheet.base[paid] = year
    sheet.log.add(clause.step, paid, cents, term.percent)
    clause.settle(sheet, paid, cents)
    unpaid = at[has_rate & ~has_price]
    if len(unpaid):
        sheet.refuse(unpaid, medicare.statuses[medicare.reason[unpaid]].to_list())
    return has_rate


def percent_of_charge(clause: Clause, term: PercentOfCharge, sheet: Worksheet, at: Integers) -> Mask:
    """Pay a share of the charge; a line without a known charge has no price."""
    known = sheet.lines.cap[at] != NO_CAP
    paid = at[known]
    charge = sheet.lines.charge[paid]
    cents = clause.share(charge, term.percent)
    sheet.log.add("charge", paid, charge)
    sheet.log.add(clause.step, paid, cents, term.percent)
    clause.settle(sheet, paid, cents)
    sheet.refuse(at[~known], NO_CHARGE)
    return np.ones(len(at), dtype=bool)


def no_payment(clause: Clause, sheet: Worksheet, at: Integers) -> Mask:
    """Pay nothing."""
    nothing = np.zeros(len(at), dtype=np.int64)
    sheet.log.add(clause.step, at, nothing)
    sheet.pay(at, nothing)
    return np.ones(len(at), dtype=bool)


def fee_table(clause: Clause, term: FeeTableTerm, sheet: Worksheet, at: Integers) -> Mask:
    """Pay the rate of a table times units; a line whose code is not in the table is not settled."""
    rate, row_modifier = _rates(clause.table, sheet, at)
    known = row_modifier >= 0
    explained = _explained(term, clause.table, sheet, at, row_modifier)
    countable = sheet.lines.units_e3[at] > 0
    sheet.refuse(at[known & ~explained], MODIFIER_NOT_IN_CONTRACT)
    sheet.refuse(at[known & explained & ~countable], "units_not_priced")
    payable = known & explained & countable
    paid, cents = at[payable], rate[payable]
    sheet.log.add(clause.step, paid, cents)
    cents = _with_modifiers(clause, term, sheet, paid, cents, row_modifier[payable])
    cents = _times_units(clause, sheet, paid, cents)
    clause.settle(sheet, paid, cents)
    return known


def _rates(table: FeeTable, sheet: Worksheet, at: Integers) -> tuple[Integers, Integers]:
    """Return the rate of every line, and which modifier of the table its row has; -1 for no row."""
    rate = np.zeros(len(at), dtype=np.int64)
    row_modifier = np.full(len(at), -1, dtype=np.int64)
    codes = sheet.lines.procedure[at]
    for number, modifier in enumerate(table.rates):
        cents, known = table.find(modifier, codes)
        found = known & (row_modifier < 0)
        if modifier:
            found &= sheet.lines.carry([modifier])[at]
        rate[found], row_modifier[found] = cents[found], number
    return rate, row_modifier


def _explained(term: FeeTableTerm, table: FeeTable, sheet: Worksheet, at: Integers, row_modifier: Integers) -> Mask:
    """Return which lines carry no price-changing modifier but that of their row and those of `modifier_percent`."""
    unexplained = [code for code in CHANGE_THE_PRICE if code not in term.modifier_percent]
    explained = ~sheet.lines.carry(unexplained)[at]
    for number, modifier in enumerate(table.rates):
        if modifier in unexplained:
            others = [code for code in unexplained if code != modifier]
            explained |= (row_modifier == number) & ~sheet.lines.carry(others)[at]
    return explained


def _with_modifiers(
    clause: Clause, term: FeeTableTerm, sheet: Worksheet, at: Integers, cents: Integers, row_modifier: Integers
) -> Integers:
    """Return the rates with the share of every modifier that the contract names and the line carries."""
    cents = cents.copy()
    for modifier, percent_e4 in term.modifier_percent.items():
        carries = sheet.lines.carry([modifier])[at]
        if modifier in clause.table.rates:
            carries &= row_modifier != list(clause.table.rates).index(modifier)
        if carries.any():
            cents[carries] = clause.share(cents[carries], percent_e4)
            sheet.log.add(f"modifier_{modifier}", at[carries], cents[carries], percent_e4)
    return cents


def _times_units(clause: Clause, sheet: Worksheet, at: Integers, cents: Integers) -> Integers:
    """Return amounts of one service times the units of the lines."""
    units_e3 = sheet.lines.units_e3[at]
    several = np.flatnonzero(units_e3 != 1000)
    if not len(several):
        return cents
    cents = clause.divided(cents * units_e3, 1000)
    sheet.log.add("units", at[several], cents[several], units_e3[several] * (FULL_E4 // 1000))
    return cents
