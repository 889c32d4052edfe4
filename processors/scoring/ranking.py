"""The most likely reasons of each claim, as the `reasons` column of claims.scored."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

TOP_REASONS = 3
REASON_TYPE = pl.List(pl.Struct({"reason": pl.String, "probability": pl.Float64}))
_STEPS = 10_000
"""Probabilities are rounded to one part in this many."""


def top_reasons(
    shares: npt.NDArray[np.float64], names: tuple[str, ...], rows: npt.NDArray[np.int64], size: int
) -> pl.Series:
    """Return the best reasons of each claim.

    Args:
        shares: Some claims x reasons.
        names: Names of the columns.
        rows: The claims they are of, ascending.
        size: Number of claims in all.

    Returns:
        List(Struct{reason, probability}), best first, probabilities rounded to 1e-4, ties in column order; empty
        for the other claims.
    """
    width = len(names)
    # Rounded share and column in one whole number: a plain sort then ranks by share, earlier columns first.
    last_first = np.arange(width - 1, -1, -1)
    keys = np.rint(shares * _STEPS).astype(np.int32) * width + last_first.astype(np.int32)
    keys.sort(axis=1)
    best = keys[:, ::-1][:, :TOP_REASONS]
    steps, place = np.divmod(best.ravel(), width)
    text = pa.array(names, pa.large_string()).take(pa.array(last_first[place]))
    values = pa.StructArray.from_arrays([text, pa.array(steps / _STEPS)], ["reason", "probability"])
    counts = np.zeros(size, dtype=np.int64)
    counts[rows] = best.shape[1]
    ends = np.concatenate([[0], np.cumsum(counts)])
    return pl.Series("reasons", pa.LargeListArray.from_arrays(ends, values), dtype=REASON_TYPE)
