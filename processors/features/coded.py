"""Text columns as small integers: each distinct value is looked up once, not once a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from processors.features.encoders import Encoders

Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


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
        arrow = column.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
        encoded = arrow.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        index = pc.fill_null(encoded.indices, len(values)).to_numpy(zero_copy_only=False)
        return cls(values, index.astype(np.int64))

    @property
    def null(self) -> int:
        """The index of null."""
        return len(self.values)

    def look_up(self, encoders: Encoders, table: str) -> Floats:
        """Return the number of each row; NaN for null and for what the table does not know."""
        return numbers_of(encoders, table, self.values)[self.index]

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
