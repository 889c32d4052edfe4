"""The build-up of prices: what every stage did to a line, gathered into one list column."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from processors.pricing.arrays import NONE, Integers, Mask
from processors.pricing.order import STEPS

PRICE_STEPS = pl.List(pl.Struct({"step": pl.String, "factor_e4": pl.Int64, "amount_cents": pl.Int64}))
"""Build-up of a line: what was done, factor in ten-thousandths (null where the step sets an amount), cents after."""

STEP_NAMES = pl.Series(STEPS, dtype=pl.String)


Entry = tuple[Integers, Integers | int, Integers | int | None, Integers]
"""Sequences, each at most once; number of the step; factors, or None where amounts were set; amounts after it."""


@dataclass(frozen=True, eq=False)
class StepLog:
    """What was done to sequences of amounts, in the order in which it was done."""

    entries: list[Entry] = field(default_factory=list)

    def write(
        self, sequences: Integers, step: Integers | int, factor_e4: Integers | int | None, amount: Integers
    ) -> None:
        """Note a step of these sequences; `step` is its number."""
        self.entries.append((sequences, step, factor_e4, amount))

    def flat(self, sequences: int, keep: Mask) -> FlatSteps:
        """Return the steps sequence after sequence, leaving out those that are not kept."""
        counts = np.zeros(sequences, dtype=np.int64)
        entries = self.entries if keep.all() else [_kept(entry, keep) for entry in self.entries]
        for at, _, _, _ in entries:
            counts[at] += 1
        starts = np.zeros(sequences + 1, dtype=np.int64)
        np.cumsum(counts, out=starts[1:])
        step = np.empty(starts[-1], dtype=np.int64)
        factor = np.full(starts[-1], NONE, dtype=np.int64)
        amount = np.empty(starts[-1], dtype=np.int64)
        cursor = starts[:-1].copy()
        for at, number, factor_e4, amounts in entries:
            place = cursor[at]
            step[place] = number
            amount[place] = amounts
            if factor_e4 is not None:
                factor[place] = factor_e4
            cursor[at] += 1
        return FlatSteps(starts, step, factor, amount)


def _kept(entry: Entry, keep: Mask) -> Entry:
    at, step, factor, amount = entry
    kept = keep[at]
    return (
        at[kept],
        step[kept] if isinstance(step, np.ndarray) else step,
        factor[kept] if isinstance(factor, np.ndarray) else factor,
        amount[kept],
    )


@dataclass(frozen=True, eq=False)  # arrays have no equality
class FlatSteps:
    """Steps of sequences, one after the other.

    Attributes:
        starts: First step of each sequence, and the number of steps.
        step: Number of each step.
        factor_e4: Its factor, NONE where it sets an amount.
        amount_cents: Cents after it.
    """

    starts: Integers
    step: Integers
    factor_e4: Integers
    amount_cents: Integers


def step_lists(offsets: Integers, step: pl.Series, factor_e4: Integers, amount_cents: Integers) -> pl.Series:
    """Return the list column of build-ups.

    Args:
        offsets: First step of every row, and the number of steps: one more than there are rows.
        step: Name of every step.
        factor_e4: Its factor, NONE where it sets an amount.
        amount_cents: Cents after it.

    Returns:
        A series named price_steps of type PRICE_STEPS; a row without steps is an empty list.
    """
    fields = [
        step.to_arrow(compat_level=pl.CompatLevel.newest()),
        _arrow(factor_e4, _validity(factor_e4 == NONE)),
        _arrow(amount_cents, None),
    ]
    struct = pa.StructArray.from_arrays(fields, names=["step", "factor_e4", "amount_cents"])
    return pl.Series("price_steps", pa.LargeListArray.from_arrays(_arrow(offsets, None), struct))


def nullable(missing: Mask, **columns: Integers) -> list[pl.Series]:
    """Return integers as series that are null where they are missing."""
    valid = _validity(missing)
    return [pl.Series(name, _arrow(values, valid)) for name, values in columns.items()]


def gathered(names: pl.Series, numbers: Integers) -> pl.Series:
    """Return the name of every number."""
    # A series of this type is what polars gathers by; anything else it converts first, at several times the cost.
    return names[pl.Series(numbers.astype(np.uint32))]


def _validity(missing: Mask) -> pa.Buffer | None:
    """Return the bitmap of what is there as Arrow keeps it; None where nothing is missing."""
    return pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None


def _arrow(values: Integers, valid: pa.Buffer | None) -> pa.Array:
    """Return integers as an Arrow array over the same memory."""
    return pa.Array.from_buffers(pa.int64(), len(values), [valid, pa.py_buffer(np.ascontiguousarray(values))])
