"""The feature matrix: one code path for training and serving."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from processors.batch import ClaimBatch
from processors.features.catalogue import FEATURE_NAMES, FEATURES
from processors.features.encoders import Encoders
from processors.features.facts import Facts
from processors.features.rates import HistoryRates

_LOW = np.array([[feature.low] for feature in FEATURES], dtype=np.float32)
_HIGH = np.array([[feature.high] for feature in FEATURES], dtype=np.float32)


def feature_array(
    batch: ClaimBatch, encoders: Encoders | None = None, rates: HistoryRates | None = None
) -> npt.NDArray[np.float32]:
    """Compute the features of every claim as the array that the graphs read.

    Each row depends on its own claim alone: the order and the number of claims do not change it. Validation
    and pricing may or may not have run; without them their features are NaN.

    Args:
        batch: Claims numbered 0..n-1 in order, their lines and findings.
        encoders: Tables of the model that will read the matrix; None leaves encoded features NaN.
        rates: Historical denial rates; None leaves the history features NaN.

    Returns:
        Claims x features in catalogue order, float32, C order, each within the feature's range; NaN means
        missing.
    """
    # Filled feature by feature, so that each formula writes one contiguous stretch; turned once at the end.
    tall = np.empty((len(FEATURES), batch.size), dtype=np.float32)
    # A division by zero or a number beyond float32 is an infinity, which the range then bounds.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        facts = Facts.of(batch, encoders or Encoders(), rates)
        for values, feature in zip(tall, FEATURES, strict=True):
            values[:] = feature.formula.run(facts)
        np.clip(tall, _LOW, _HIGH, out=tall)  # NaN stays NaN
    return np.ascontiguousarray(tall.T)


def feature_matrix(
    batch: ClaimBatch, encoders: Encoders | None = None, rates: HistoryRates | None = None
) -> pl.DataFrame:
    """Compute the features of every claim as a frame: `feature_array` with names.

    Returns:
        Float32 columns in catalogue order, one row a claim in row order; NaN means missing.
    """
    return pl.DataFrame(feature_array(batch, encoders, rates), schema=list(FEATURE_NAMES))
