"""A level of a batch: its rows, and the columns that rules read of them, as frames and as addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property

import numpy as np
import polars as pl

from processors.validation.machine.layout import COLUMN_WIDTH, THROUGH
from processors.validation.machine.memory import LentColumns

Words = tuple[int, ...]


class GivenLevel(ExitStack):
    """A level that comes with every column that is asked for.

    Good inside the with block, at whose end what is lent is given back.

    Args:
        frame: The rows of the level, with `row`, the number of the claim of each (UInt32).
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__()
        self._frame = frame

    @property
    def height(self) -> int:
        """Number of rows."""
        return self._frame.height

    @property
    def rows(self) -> np.ndarray:
        """The number of the claim of each row (UInt32)."""
        return self._frame["row"].to_numpy()

    def make(self, names: Collection[str]) -> None:
        """Make columns; here they are all there."""

    def column(self, name: str) -> pl.Series:
        """Return a column, which has been made."""
        return self._frame.get_column(name)

    def frame(self, names: Iterable[str]) -> pl.DataFrame:
        """Return a frame of columns."""
        self.make(wanted := sorted(set(names)))
        return pl.DataFrame([self.column(name) for name in wanted])

    def memory(self, columns: Sequence[tuple[str, bool]]) -> np.ndarray:
        """Return where the values of columns lie, as the machine takes it.

        Args:
            columns: Names, each with whether it is that of a column of the claim of a line.
        """
        words = [self._words_through_claim(name) if of_claim else self.words(name) for name, of_claim in columns]
        return np.array(words, dtype=np.int64).reshape(-1, COLUMN_WIDTH)

    def words(self, name: str) -> Words:
        """Return where the values of a column lie."""
        return self._lent.words(name)

    @cached_property
    def _lent(self) -> LentColumns:
        return self.enter_context(LentColumns(self._frame))

    def _words_through_claim(self, name: str) -> Words:
        words = list(self.claim_words(name))
        words[THROUGH] = 1
        return tuple(words)

    def claim_words(self, name: str) -> Words:
        """Return where the values of a column of the claims lie."""
        raise KeyError(name)
