"""Modifiers of a line as bits, by what they tell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from processors.features.coded import Coded
from processors.lent import ListShape

REPEAT, THERAPY, TELEHEALTH, WAIVER, SEPARATE_VISIT, CAP_EXCEPTION = (1 << bit for bit in range(6))

_BITS: dict[str, int] = (
    # Why the same code is billed twice on a day, or that a service is separate.
    dict.fromkeys(("76", "77", "59", "91", "XE", "XP", "XS", "XU", "RT", "LT", "50"), REPEAT)
    | dict.fromkeys(("GP", "GO", "GN"), THERAPY)
    | dict.fromkeys(("95", "93", "GT", "GQ", "FQ"), TELEHEALTH)
    # The patient was told that the service may not be covered, or it is known not to be.
    | dict.fromkeys(("GA", "GX", "GY", "GZ"), WAIVER)
    | dict.fromkeys(("25", "57"), SEPARATE_VISIT)
    | {"KX": CAP_EXCEPTION}
)


def modifier_bits(modifiers: pl.Series, shape: ListShape) -> npt.NDArray[np.int64]:
    """Return for each line the bits of its modifiers.

    Args:
        modifiers: List(String).
        shape: Its shape.
    """
    bits = np.zeros(len(modifiers), dtype=np.int64)
    if shape.filled.size:
        coded = Coded.of_elements(modifiers)
        of_value = np.array([*(_BITS.get(value, 0) for value in coded.values), 0], dtype=np.int64)
        bits[shape.filled] = np.bitwise_or.reduceat(of_value[coded.index], shape.starts[shape.filled])
    return bits
