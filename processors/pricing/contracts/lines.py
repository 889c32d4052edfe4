"""CoveredLines: the lines that contracts may pay, as arrays that the terms compute with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.pricing.contracts.codes import Integers, Mask, Numbers, number, numbered

NO_CAP = np.iinfo(np.int64).max
"""Charge of a line that has none: it caps nothing."""

_MOST_CHARGE_CENTS = 10**12
"""A larger charge counts as this one in products, so that they stay inside 64 bits."""

_MAX_UNITS = 10_000
_LINE_COLUMNS = (
    "line_number",
    "procedure_code",
    "revenue_code",
    "modifiers",
    "place_of_service",
    "charge_cents",
    "units",
    "unit_basis",
)


@dataclass(frozen=True, eq=False)  # frames have no equality
class CoveredLines:
    """Some lines of a batch.

    Attributes:
        batch: The batch.
        at: Positions of the lines in the batch, ascending; positions elsewhere are places in this array.
        row: Row of the claim of every line.
    """

    batch: ClaimBatch
    at: Integers
    row: Integers

    @cached_property
    def _frame(self) -> pl.DataFrame:
        return self.batch.lines.select(_LINE_COLUMNS)[self.at]

    @cached_property
    def line_number(self) -> Integers:
        """Numbers of the lines in their claims."""
        return self._frame["line_number"].to_numpy()

    @cached_property
    def procedure(self) -> Numbers:
        """Procedure codes as numbers."""
        return self._numbers("procedure_code")

    @cached_property
    def revenue(self) -> Numbers:
        """Revenue codes as numbers."""
        return self._numbers("revenue_code")

    @cached_property
    def place(self) -> Numbers:
        """Places of service as numbers: of the line, else of the claim."""
        own = self._numbers("place_of_service")
        claims = self.batch.claims.select(numbered("place_of_service")).to_series().to_numpy()
        return np.where(own == 0, claims[self.row], own)

    @cached_property
    def cap(self) -> Integers:
        """Charge that may cap an amount, cents; never below zero, NO_CAP where none is known."""
        return self._frame["charge_cents"].fill_null(NO_CAP).clip(lower_bound=0).to_numpy()

    @cached_property
    def charge(self) -> Integers:
        """Charge to compute with, cents; 0 where none is known."""
        return self._frame["charge_cents"].fill_null(0).clip(0, _MOST_CHARGE_CENTS).to_numpy()

    @cached_property
    def units_e3(self) -> Integers:
        """Service units in thousandths; 0 where they cannot be priced (minutes, days, none, absurd)."""
        return self._units_e3("UN")

    @cached_property
    def days_e3(self) -> Integers:
        """Days of an accommodation line in thousandths; 0 where they cannot be priced."""
        return self._units_e3("UN", "DA")

    def _units_e3(self, *bases: str) -> Integers:
        units = pl.col("units")
        sensible = pl.col("unit_basis").is_in(bases) & units.is_finite() & (units > 0) & (units <= _MAX_UNITS)
        counted = pl.when(sensible).then((units * 1000).round()).otherwise(0).cast(pl.Int64).fill_null(0)
        return self._frame.select(counted).to_series().to_numpy()

    @cached_property
    def _carried(self) -> tuple[Numbers, Integers]:
        """Every modifier of every line, in order, and the place of its line."""
        lists = self._frame["modifiers"]
        flat = lists.explode(empty_as_null=False, keep_nulls=False).alias("modifier").to_frame()
        owner = np.repeat(np.arange(len(self.at)), lists.list.len().fill_null(0).to_numpy())
        return flat.select(numbered("modifier")).to_series().to_numpy(), owner

    def carry(self, modifiers: Sequence[str]) -> Mask:
        """Return which lines carry any of these modifiers."""
        carried, owner = self._carried
        carries = np.zeros(len(self.at), dtype=bool)
        wanted = np.array([number(modifier) for modifier in modifiers], dtype=np.uint64)
        carries[owner[np.isin(carried, wanted)]] = True
        return carries

    def of_claim(self, expr: pl.Expr) -> Mask:
        """Return for every line whether something holds for its claim; null is no."""
        found: Mask = self.batch.claims.select(expr.fill_null(value=False)).to_series().to_numpy()[self.row]
        return found

    def _numbers(self, column: str) -> Numbers:
        return self._frame.select(numbered(column)).to_series().to_numpy()
