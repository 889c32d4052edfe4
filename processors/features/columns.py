"""Columns of a frame as numpy arrays; the formulas run on these, not on frames.

A batch of a few hundred claims costs a frame engine mostly planning: numpy on the column buffers has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]


def numbers(column: pl.Series) -> Numbers:
    """Return numbers, booleans (0 or 1) or dates (days since 1970) as float64, NaN for null."""
    result: Numbers = column.cast(pl.Float64).to_numpy()
    return result


def filled(values: npt.NDArray[Any], value: float = 0.0) -> Numbers:
    """Return numbers with a value for those that are not known."""
    result: Numbers = np.where(np.isnan(values), value, values)
    return result


def flags(column: pl.Series) -> Flags:
    """Return booleans, False for null."""
    result: Flags = numbers(column) == 1
    return result


def known(column: pl.Series) -> Flags:
    """Tell which values are not null."""
    missing = column.null_count()
    if missing in {0, len(column)}:
        return np.full(len(column), missing == 0)
    # Through Arrow: asked of the series, this would plan and run a query.
    result: Flags = column.to_arrow(compat_level=pl.CompatLevel.newest()).is_valid().to_numpy(zero_copy_only=False)
    return result


def text_lengths(column: pl.Series) -> Index:
    """Return the length of each text in bytes, 0 for null."""
    array = column.to_arrow(compat_level=pl.CompatLevel.oldest())
    ends = np.frombuffer(array.buffers()[1], dtype=np.int64)
    result: Index = np.diff(ends[array.offset : array.offset + len(array) + 1])
    return result


@dataclass(frozen=True)
class Lists:
    """A List column as its elements laid end to end.

    Attributes:
        elements: Elements of all lists.
        starts: Position of each list's first element.
        lengths: Number of elements; 0 for null.
        known: False where the list is null.
    """

    elements: pa.Array
    starts: Index
    lengths: Index
    known: Flags

    @classmethod
    def of(cls, column: pl.Series) -> Lists:
        """Read a List column."""
        array = column.to_arrow(compat_level=pl.CompatLevel.oldest())
        not_null = known(column)
        lengths = np.diff(array.offsets.to_numpy()) * not_null
        return cls(array.flatten(), np.cumsum(lengths) - lengths, lengths, not_null)

    @property
    def filled(self) -> Index:
        """Rows whose list holds an element."""
        return np.flatnonzero(self.lengths)

    @property
    def counts(self) -> Numbers:
        """Number of elements of each list, NaN for null."""
        return np.where(self.known, self.lengths, np.nan)
