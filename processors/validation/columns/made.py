"""What a group of columns makes: series, or arrays that become series only when a rule that reads them is asked.

Making a series costs more than a small batch has to tell, and most columns of a batch rule their rules out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False, slots=True)
class ArrayColumn:
    """A column without nulls as an array.

    Attributes:
        name: Its name.
        values: Its values: booleans, whole numbers or floats.
    """

    name: str
    values: np.ndarray

    def series(self) -> pl.Series:
        """Return the column."""
        return pl.Series(self.name, self.values)


@dataclass(frozen=True, eq=False, slots=True)
class FlagColumn:
    """A boolean column without nulls that is not even computed yet.

    Attributes:
        name: Its name.
        make: Returns the flags.
        possible: Whether any of them can be true.
    """

    name: str
    make: Callable[[], Flags]
    possible: bool

    def series(self) -> pl.Series:
        """Return the column."""
        return pl.Series(self.name, self.make())


Made = pl.Series | ArrayColumn | FlagColumn
"""A column of a group."""
