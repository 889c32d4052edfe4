"""Columns of a frame as numpy arrays; the formulas run on these, not on frames.

A batch of a few hundred claims costs a frame engine mostly planning: numpy on the column buffers has none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]


def filled(values: npt.NDArray[Any], value: float = 0.0) -> Numbers:
    """Return numbers with a value for those that are not known."""
    result: Numbers = np.where(np.isnan(values), value, values)
    return result
