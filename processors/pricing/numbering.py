"""Codes as numbers: their places among the codes that a table knows.

Codes become numbers through an Enum, whose hash table is built once a book; a join would build one every batch.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from processors.lent import NumberedTexts
from processors.pricing.arrays import Integers


def numbers(codes: pl.Enum, code: pl.Expr) -> pl.Expr:
    """Return the number of a code; the number of codes for one that is not among them."""
    return code.cast(codes, strict=False).to_physical().cast(pl.Int64).fill_null(len(codes.categories))


def numbered(codes: pl.Enum, column: pl.Series) -> Integers:
    """Return the numbers of a column of codes."""
    return pl.select(numbers(codes, pl.lit(column))).to_series().to_numpy()


def numbers_of(codes: pl.Enum, texts: NumberedTexts, length: int | None = None) -> Integers:
    """Return the numbers of codes without a query; the number of codes for null and for one that is not among them.

    Args:
        codes: What is known.
        texts: The codes; every distinct one is looked up once.
        length: Characters of each that count; None for all.
    """
    place = _places(codes)
    found = [place.get(text[:length], len(place)) for text in texts.values]
    return np.array([*found, len(place)], dtype=np.int64)[texts.index]


@lru_cache(maxsize=32)
def _places(codes: pl.Enum) -> dict[str, int]:
    return {code: number for number, code in enumerate(codes.categories.to_list())}
