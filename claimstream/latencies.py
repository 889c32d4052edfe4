"""The latencies of the latest claims, of which a scrape asks a quantile: batches only write them down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]


class LatencyWindow:
    """A ring of the latest values.

    One thread adds while another may ask: it then sees some of the values that are being added.

    Args:
        size: Values that are kept.
    """

    def __init__(self, size: int) -> None:
        self._values = np.zeros(size)
        self._added = 0

    def add(self, values: Seconds) -> None:
        """Take values in; the oldest go."""
        size = len(self._values)
        latest = values[-size:]
        self._values[(self._added + np.arange(len(latest))) % size] = latest
        self._added += len(latest)

    def quantile(self, share: float) -> float:
        """Return the value that this share of the kept values does not exceed; 0 before the first value."""
        kept = self._values[: self._added]
        return float(np.quantile(kept, share)) if len(kept) else 0.0
