"""CoveredLines: the lines that contracts may pay, as arrays that the terms compute with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.pricing.arrays import Integers, Mask
from processors.pricing.contracts.codes import Numbers, number, numbered
from processors.pricing.inputs import units_e3

NO_CAP = np.iinfo(np.int64).max
"""Charge of a line that has none: it caps nothing."""

MOST_CHARGE_CENTS = 10**12
"""A larger charge counts as this one in products, so that they stay inside 64 bits."""

_CLAIM_TYPES = pl.Enum(["professional", "institutional", "dental"])
CLAIM_TYPE_COUNT = len(_CLAIM_TYPES.categories)
"""Number of claim types; it is also the number that stands for an unknown one."""

_NUMBERED = {column: numbered(column) for column in ("procedure_code", "revenue_code", "place_of_service", "modifiers")}
_CLAIM_TYPE = (
    pl.col("claim_type").cast(_CLAIM_TYPES, strict=False).to_physical().cast(pl.Int64).fill_null(CLAIM_TYPE_COUNT)
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
    _carrying: dict[tuple[str, ...], Mask] = field(default_factory=dict, init=False)

    @cached_property
    def line_number(self) -> Integers:
        """Numbers of the lines in their claims."""
        return self._column("line_number").to_numpy().astype(np.int64)

    @cached_property
    def procedure(self) -> Numbers:
        """Procedure codes as numbers."""
        return _numbers(self._column("procedure_code"))

    @cached_property
    def revenue(self) -> Numbers:
        """Revenue codes as numbers."""
        return _numbers(self._column("revenue_code"))

    @cached_property
    def place(self) -> Numbers:
        """Places of service as numbers: of the line, else of the claim."""
        own = _numbers(self._column("place_of_service"))
        return np.where(own == 0, _numbers(self.batch.claims["place_of_service"])[self.row], own)

    @cached_property
    def claim_type(self) -> Integers:
        """Number of the type of the claim, as `claim_type_number` gives it."""
        types: Integers = self.batch.claims.select(_CLAIM_TYPE).to_series().to_numpy()[self.row]
        return types

    @cached_property
    def cap(self) -> Integers:
        """Charge that may cap an amount, cents; never below zero, NO_CAP where none is known."""
        charge = self._column("charge_cents")
        known: Integers = (charge.fill_null(NO_CAP) if charge.null_count() else charge).to_numpy()
        return np.maximum(known, 0)

    @cached_property
    def charge(self) -> Integers:
        """Charge to compute with, cents; 0 where none is known."""
        return np.minimum(np.where(self.cap == NO_CAP, 0, self.cap), MOST_CHARGE_CENTS)

    @cached_property
    def units_e3(self) -> Integers:
        """Service units in thousandths; 0 where they cannot be priced (minutes, days, none, absurd)."""
        return np.where(self._is_in("UN"), self._quantity_e3, 0)

    @cached_property
    def days_e3(self) -> Integers:
        """Days of an accommodation line in thousandths; 0 where they cannot be priced."""
        return np.where(self._is_in("UN") | self._is_in("DA"), self._quantity_e3, 0)

    @cached_property
    def _quantity_e3(self) -> Integers:
        return np.maximum(units_e3(self._column("units").to_numpy()), 0)

    def _is_in(self, unit_basis: str) -> Mask:
        found = self._column("unit_basis") == unit_basis
        known: Mask = (found.fill_null(value=False) if found.null_count() else found).to_numpy()
        return known

    @cached_property
    def _carried(self) -> tuple[Numbers, Integers]:
        """Every modifier of every line, in order, and the place of its line."""
        lists = self._column("modifiers").rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
        offsets = lists.offsets.to_numpy()
        carried = pl.Series("modifiers", lists.values.slice(offsets[0], offsets[-1] - offsets[0]), dtype=pl.String)
        return _numbers(carried), np.repeat(np.arange(len(self.at)), np.diff(offsets))

    def carry(self, modifiers: Sequence[str]) -> Mask:
        """Return which lines carry any of these modifiers."""
        wanted = tuple(modifiers)
        if wanted not in self._carrying:
            carried, owner = self._carried
            carries = np.zeros(len(self.at), dtype=bool)
            numbers = np.array([number(modifier) for modifier in wanted], dtype=np.uint64)
            carries[owner[np.isin(carried, numbers)]] = True
            self._carrying[wanted] = carries
        return self._carrying[wanted]

    def of_claim(self, expr: pl.Expr) -> Mask:
        """Return for every line whether something holds for its claim; null is no."""
        found: Mask = self.batch.claims.select(expr.fill_null(value=False)).to_series().to_numpy()[self.row]
        return found

    def _column(self, name: str) -> pl.Series:
        return self.batch.lines[name][self.at]


def _numbers(codes: pl.Series) -> Numbers:
    numbers: Numbers = codes.to_frame().select(_NUMBERED[codes.name]).to_series().to_numpy()
    return numbers


def claim_type_number(claim_type: str) -> int:
    """Return the number of a claim type."""
    return _CLAIM_TYPES.categories.to_list().index(claim_type)
