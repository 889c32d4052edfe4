"""Text columns as small integers: each distinct value is looked up once, not once a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from processors.features.columns import Flags, Index, Numbers
from processors.features.encoders import Encoders

Floats = npt.NDArray[np.float32]

_FEW = 32
"""Rows up to which a dict is faster than to set up an encoding."""


@dataclass(frozen=True)
class Coded:
    """A dictionary-encoded column.

    Attributes:
        values: The distinct values.
        index: Position in `values` of each row; the length of `values` stands for null.
    """

    values: list[str]
    index: Index

    @classmethod
    def of(cls, column: pl.Series) -> Coded:
        """Encode a String column."""
        if len(column) <= _FEW:
            return cls._of_few(column.to_list())
        return cls.of_arrow(column.to_arrow(compat_level=pl.CompatLevel.oldest()))

    @classmethod
    def of_arrow(cls, array: pa.Array) -> Coded:
        """Encode an array of text."""
        if len(array) <= _FEW:
            return cls._of_few(array.to_pylist())
        encoded = array.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        index = encoded.indices
        if index.null_count:
            index = index.fill_null(len(values))
        return cls(values, index.to_numpy().astype(np.int64))

    @classmethod
    def _of_few(cls, texts: list[str | None]) -> Coded:
        place: dict[str, int] = {}
        for text in texts:
            if text is not None:
                place.setdefault(text, len(place))
        index = [len(place) if text is None else place[text] for text in texts]
        return cls(list(place), np.array(index, dtype=np.int64))

    @property
    def null(self) -> int:
        """The index of null."""
        return len(self.values)

    def look_up(self, encoders: Encoders, table: str) -> Floats:
        """Return the number of each row; NaN for null and for what the table does not know."""
        return numbers_of(encoders, table, self.values)[self.index]

    def among(self, *wanted: str) -> Flags:
        """Tell which rows hold one of these values; null does not."""
        result: Flags = self.answer([value in wanted for value in self.values]) == 1
        return result

    def answer(self, answers: list[bool]) -> Numbers:
        """Return the answer to each row's value, given one answer a distinct value; NaN for null."""
        result: Numbers = np.array([*answers, np.nan])[self.index]
        return result

    @property
    def known(self) -> Flags:
        """Tell which rows are not null."""
        result: Flags = self.index != self.null
        return result

    def take(self, rows: Index) -> Coded:
        """Return the values of these rows, in their order."""
        return Coded(self.values, self.index[rows])

    def head(self, length: int) -> Coded:
        """Return the column with each value cut to its first characters (values may then repeat)."""
        return Coded([value[:length] for value in self.values], self.index)


def numbers_of(encoders: Encoders, table: str, keys: list[str]) -> Floats:
    """Return the number of each key, and NaN behind the last for null."""
    lookup = encoders.tables.get(table)
    if lookup is None:
        return np.full(len(keys) + 1, np.nan, dtype=np.float32)
    default = np.nan if lookup.default is None else lookup.default
    found = [lookup.values.get(key, default) for key in keys]
    return np.array([*found, np.nan], dtype=np.float32)


def look_up_pairs(encoders: Encoders, table: str, first: Coded, second: Coded) -> Floats:
    """Return the number of each row's pair of values, its key being `first|second`; NaN where one is null."""
    width = len(second.values) + 1
    cell = first.index * width + second.index
    met = np.zeros((len(first.values) + 1) * width, dtype=bool)
    met[cell] = True
    met[first.null * width :] = False
    met[second.null :: width] = False
    cells = np.flatnonzero(met)
    keys = [f"{first.values[c // width]}|{second.values[c % width]}" for c in cells.tolist()]
    numbers = np.full(len(met), np.nan, dtype=np.float32)
    numbers[cells] = numbers_of(encoders, table, keys)[:-1]
    result: Floats = numbers[cell]
    return result
