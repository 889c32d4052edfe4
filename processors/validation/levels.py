"""A level of a batch: its rows, and the columns that rules read of them, as frames and as addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from types import TracebackType
from typing import Self

import numpy as np
import polars as pl

from processors.validation.machine.layout import COLUMN_WIDTH, THROUGH
from processors.validation.machine.memory import LentColumns

Words = tuple[int, ...]


class GivenLevel:
    """A level that comes with every column that is asked for; good inside the with block.

    Args:
        frame: The rows of the level, with `row`, the number of the claim of each (UInt32).
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._lent: list[LentColumns] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back what was lent."""
        for lent in self._lent:
            lent.__exit__(kind, error, trace)
        self._lent.clear()

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
        if not self._lent:
            self.lend(self._frame)
        return self._lent[0].words(name)

    def lend(self, frame: pl.DataFrame) -> LentColumns:
        """Lend a frame until the end of the with block."""
        lent = LentColumns(frame).__enter__()
        self._lent.append(lent)
        return lent

    def _words_through_claim(self, name: str) -> Words:
        words = list(self.claim_words(name))
        words[THROUGH] = 1
        return tuple(words)

    def claim_words(self, name: str) -> Words:
        """Return where the values of a column of the claims lie."""
        raise KeyError(name)
