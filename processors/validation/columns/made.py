"""What a group of columns makes: series, or arrays that become series only when a rule that reads them is asked.

Making a series costs more than a small batch has to tell, and most columns of a batch rule their rules out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False, slots=True)
class ArrayColumn:
    """A column as an array.

    Attributes:
        name: Its name.
        values: Its values: booleans, whole numbers or floats.
        given: Which of them are there; all when null.
        enum: The texts that the values are the numbers of; null when they are no texts.
    """

    name: str
    values: np.ndarray
    given: Flags | None = None
    enum: pl.Enum | None = None

    def series(self) -> pl.Series:
        """Return the column."""
        if self.given is not None:
            return pl.Series(self.name, pa.array(self.values, mask=~self.given))
        column = pl.Series(self.name, self.values)
        return column if self.enum is None else column.cat.to(self.enum)


@dataclass(frozen=True, eq=False, slots=True)
class FlagColumn:
    """A boolean column without nulls that is not even computed yet.

    Attributes:
        name: Its name.
        make: Returns the flags.
        possible: Whether any of them can be true.
        bits: Numbers of which a flag is a bit, for those who can ask for it themselves.
        mask: The flag is true where any of these bits is set.
    """

    name: str
    make: Callable[[], Flags]
    possible: bool
    bits: np.ndarray | None = None
    mask: int = 0

    def series(self) -> pl.Series:
        """Return the column."""
        return pl.Series(self.name, self.make())


def never(name: str, size: int) -> FlagColumn:
    """Return a column of flags none of which is true."""
    return FlagColumn(name, lambda: np.zeros(size, dtype=bool), possible=False)


Made = pl.Series | ArrayColumn | FlagColumn
"""A column of a group."""
