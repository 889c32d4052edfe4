"""Columns of numbers while prices are worked out: their types, and the one way to round."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Bits = NDArray[np.int64]
"""Modifiers of a line, a bit each."""
Mask = NDArray[np.bool_]
Numbers = NDArray[np.uint8]

FULL_E4 = 10_000
"""A whole amount in ten-thousandths."""

NONE = -1
"""Stands for an amount or a number that is not there; all that are there are zero or more."""


def times_e4(amount: Integers, factor_e4: Integers | int) -> Integers:
    """Return amounts times a factor in ten-thousandths, rounded half up to the whole cent."""
    product: Integers = (amount * factor_e4 + FULL_E4 // 2) // FULL_E4
    return product
