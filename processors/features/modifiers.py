"""Modifiers of a line as bits, by what they tell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from processors.features.coded import Coded

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


def modifier_bits(modifiers: pl.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each line the bits of its modifiers and how many it has.

    Args:
        modifiers: List(String).
    """
    counts = modifiers.list.len().fill_null(0).to_numpy().astype(np.int64)
    bits = np.zeros(len(modifiers), dtype=np.int64)
    flat = Coded.of(modifiers.filter(counts > 0).explode())
    of_value = np.array([*(_BITS.get(value, 0) for value in flat.values), 0], dtype=np.int64)
    np.bitwise_or.at(bits, np.repeat(np.arange(len(modifiers)), counts), of_value[flat.index])
    return bits, counts
