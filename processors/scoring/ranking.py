"""The most likely reasons of each claim, as the `reasons` column of claims.scored."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

TOP_REASONS = 3
REASON_TYPE = pl.List(pl.Struct({"reason": pl.String, "probability": pl.Float64}))
_STEPS = 10_000
"""Probabilities are rounded to one part in this many."""


def top_reasons(shares: npt.NDArray[np.float64], names: tuple[str, ...]) -> pl.Series:
    """Return the best reasons of each claim.

    Args:
        shares: Claims x reasons.
        names: Names of the columns.

    Returns:
        List(Struct{reason, probability}), best first, probabilities rounded to 1e-4, ties in column order.
    """
    if len(shares) == 0:
        return pl.Series("reasons", [], dtype=REASON_TYPE)
    width = len(names)
    # Rounded share and column in one whole number: a plain sort then ranks by share, earlier columns first.
    last_first = np.arange(width - 1, -1, -1)
    keys = np.rint(shares * _STEPS).astype(np.int32) * width + last_first.astype(np.int32)
    keys.sort(axis=1)
    best = keys[:, ::-1][:, :TOP_REASONS]
    steps, place = np.divmod(best.ravel(), width)
    flat = pl.DataFrame({"reason": pl.Series(names)[last_first[place]], "probability": steps / _STEPS})
    return flat.to_struct("reasons").reshape(best.shape).cast(REASON_TYPE)
