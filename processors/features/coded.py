"""Text columns as small integers: each distinct value is looked up once, not once a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from processors.features.columns import Index, Numbers
from processors.features.encoders import Encoders
from processors.lent import NumberedTexts, list_texts, number_texts

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Coded(NumberedTexts):
    """A column of codes: its distinct values, and the position of each row's value among them."""

    @classmethod
    def of(cls, column: pl.Series) -> Coded:
        """Encode a String column."""
        return cls.each_of(column.to_frame())[column.name]

    @classmethod
    def each_of(cls, frame: pl.DataFrame) -> dict[str, Coded]:
        """Encode every column of a frame of texts."""
        return {name: cls(texts.values, texts.index) for name, texts in number_texts(frame).items()}

    @classmethod
    def of_elements(cls, lists: pl.Series) -> Coded:
        """Encode the elements of a List(String) column, laid end to end."""
        texts = list_texts(lists)
        return cls(texts.values, texts.index)

    @property
    def null(self) -> int:
        """The index of null."""
        return len(self.values)

    def look_up(self, encoders: Encoders, table: str) -> Floats:
        """Return the number of each row; NaN for null and for what the table does not know."""
        return numbers_of(encoders, table, self.values)[self.index]

    def answer(self, answers: list[bool]) -> Numbers:
        """Return the answer to each row's value, given one answer a distinct value; NaN for null."""
        result: Numbers = np.array([*answers, np.nan])[self.index]
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
