"""Methods that pay one amount for a claim: per diem and case rate.

The amount is for all lines of the claim that the term is about and that no earlier term has settled. It is put on
these lines in proportion to their charges, to the cent: line after line gets what is due up to it less what the lines
before it got, so the lines add up to the claim. Lines of a claim without charges: the first line gets all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from processors.pricing.arrays import Integers, Mask
from processors.pricing.contracts.clause import CHARGE_STEP, Clause
from processors.pricing.contracts.codes import CodeSet, number, numbered
from processors.pricing.contracts.lines import MOST_CHARGE_CENTS
from processors.pricing.contracts.terms import CaseRate, PerDiem, StopLoss
from processors.pricing.contracts.worksheet import Worksheet

_WEIGHT_BITS = 31
"""Charges of a claim beyond these bits are weighed coarsely, so that products of two of them stay inside 64 bits."""


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Claims:
    """Some lines, claim by claim, those of a claim in the order of their line numbers.

    Attributes:
        at: Positions of the lines.
        place: Place of each of them in the positions that were given.
        claim: For every line the number of its claim, 0, 1, 2, ...
        row: Row of every claim in the batch.
    """

    at: Integers
    place: Integers
    claim: Integers
    row: Integers

    @classmethod
    def of(cls, sheet: Worksheet, at: Integers) -> Self:
        """Group lines by claim."""
        row = sheet.lines.row[at]
        place = np.lexsort((sheet.lines.line_number[at], row))
        row = row[place]
        is_first = np.ones(len(row), dtype=bool)
        is_first[1:] = row[1:] != row[:-1]
        return cls(at[place], place, np.cumsum(is_first) - 1, row[is_first])

    @property
    def first(self) -> Integers:
        """Number of the first line of every claim."""
        return np.searchsorted(self.claim, np.arange(len(self.row)))

    def sums(self, of_lines: Integers) -> Integers:
        """Return the sum over the lines of every claim."""
        sums = np.zeros(len(self.row), dtype=np.int64)
        np.add.at(sums, self.claim, of_lines)
        return sums

    def only(self, kept: Mask) -> Claims:
        """Return some of the claims."""
        lines = kept[self.claim]
        return Claims(self.at[lines], self.place[lines], (np.cumsum(kept) - 1)[self.claim[lines]], self.row[kept])


def per_diem(clause: Clause, term: PerDiem, sheet: Worksheet, at: Integers) -> Mask:
    """Pay days of stay; a claim without an accommodation line that has a rate is not settled."""
    claims = Claims.of(sheet, at)
    revenue, days_e3 = sheet.lines.revenue[claims.at], sheet.lines.days_e3[claims.at]
    rate, has_rate = np.zeros(len(at), dtype=np.int64), np.zeros(len(at), dtype=bool)
    for day in term.rates:
        found = CodeSet.of(day.revenue_codes).holds(revenue) & ~has_rate
        rate[found], has_rate[found] = day.rate, True
    amounts = _Amounts(
        cents=claims.sums(clause.divided(rate * days_e3, 1000)),
        settled=claims.sums(has_rate.astype(np.int64)) > 0,
        uncounted=claims.sums((has_rate & (days_e3 == 0)).astype(np.int64)) > 0,
    )
    return _settle(clause, term.stop_loss, sheet, claims, amounts)


def case_rate(clause: Clause, term: CaseRate, sheet: Worksheet, at: Integers) -> Mask:
    """Pay one amount a claim; a claim whose group or type of bill has no rate is not settled."""
    column = "drg_code" if term.by == "drg" else "type_of_bill"
    claims = Claims.of(sheet, at)
    found, cents = _case_rates(term, sheet.lines.batch.claims[column][claims.row])
    amounts = _Amounts(cents, settled=found, uncounted=np.zeros(len(cents), dtype=bool))
    return _settle(clause, term.stop_loss, sheet, claims, amounts)


def _case_rates(term: CaseRate, keys: pl.Series) -> tuple[Mask, Integers]:
    """Return which claims have a rate, and the rates; a longer key goes before a shorter one."""
    found, cents = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=np.int64)
    for length in sorted({len(key) for key in term.rates}, reverse=True):
        of_length = sorted((number(key), rate) for key, rate in term.rates.items() if len(key) == length)
        known, rates = np.array([k for k, _ in of_length], dtype=np.uint64), np.array([r for _, r in of_length])
        claim_keys = keys.str.slice(0, length if term.by == "type_of_bill" else None).alias("key").to_frame()
        codes = claim_keys.select(numbered("key")).to_series().to_numpy()
        place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        new = (known[place] == codes) & ~found
        cents[new], found[new] = rates[place[new]], True
    return found, cents


@dataclass(frozen=True, eq=False)  # arrays have no equality
class _Amounts:
    """What a method says of each claim: its amount, whether it pays it at all, whether days cannot be counted."""

    cents: Integers
    settled: Mask
    uncounted: Mask


def _settle(clause: Clause, stop_loss: StopLoss | None, sheet: Worksheet, claims: Claims, amounts: _Amounts) -> Mask:
    """Note the amounts of the claims on their lines, and return which of the given lines are settled."""
    refused = claims.only(amounts.settled & amounts.uncounted)
    sheet.refuse(refused.at, "units_not_priced")
    payable = amounts.settled & ~amounts.uncounted
    paid = claims.only(payable)
    cents = amounts.cents[payable]
    sheet.log.add(clause.step, paid.at, cents[paid.claim])
    if stop_loss is not None:
        cents = _with_stop_loss(clause, stop_loss, sheet, paid, cents)
    cents = _capped(clause, sheet, paid, cents)
    line_cents = _put_on_lines(sheet, paid, cents)
    several = np.flatnonzero(np.bincount(paid.claim, minlength=len(cents))[paid.claim] > 1)
    sheet.log.add("share_of_claim", paid.at[several], line_cents[several])
    sheet.pay(paid.at, line_cents)
    settled = np.zeros(len(claims.at), dtype=bool)
    settled[claims.place] = amounts.settled[claims.claim]
    return settled


def _with_stop_loss(clause: Clause, stop_loss: StopLoss, sheet: Worksheet, claims: Claims, cents: Integers) -> Integers:
    """Return the amounts with what is added for charges above the threshold."""
    above = claims.sums(sheet.lines.charge[claims.at]) - stop_loss.threshold
    added = clause.share(np.clip(above, 0, MOST_CHARGE_CENTS), stop_loss.percent_of_charge_above)
    raised = cents + added
    lines = np.flatnonzero((above > 0)[claims.claim])
    sheet.log.add("stop_loss", claims.at[lines], raised[claims.claim[lines]])
    return raised


def _capped(clause: Clause, sheet: Worksheet, claims: Claims, cents: Integers) -> Integers:
    """Return the amounts, none above the charges of its lines if the contract says so."""
    if not clause.capped:
        return cents
    charges = claims.sums(sheet.lines.charge[claims.at])
    capped = np.minimum(cents, charges)
    lines = np.flatnonzero((cents > charges)[claims.claim])
    sheet.log.add(CHARGE_STEP, claims.at[lines], capped[claims.claim[lines]])
    return capped


def _put_on_lines(sheet: Worksheet, claims: Claims, cents: Integers) -> Integers:
    """Return the amount of every line: in proportion to charges, adding up to the claim."""
    weight = sheet.lines.charge[claims.at]
    total = claims.sums(weight)
    bits = np.ceil(np.log2(np.maximum(total, 1))).astype(np.int64) + 1
    weight = np.right_shift(weight, np.maximum(bits - _WEIGHT_BITS, 0)[claims.claim])
    weight[claims.first[claims.sums(weight) == 0]] = 1
    total = claims.sums(weight)
    whole, rest = (part[claims.claim] for part in np.divmod(cents, total))
    running = np.cumsum(weight)
    upto = running - (running - weight)[claims.first][claims.claim]
    before = upto - weight
    line_cents: Integers = whole * weight + rest * upto // total[claims.claim] - rest * before // total[claims.claim]
    return line_cents
