"""The feature matrix: one code path for training and serving."""

from __future__ import annotations

import polars as pl

from processors.batch import ClaimBatch
from processors.features.catalogue import FEATURES
from processors.features.encoders import Encoders
from processors.features.prepare import prepare


def feature_matrix(batch: ClaimBatch, encoders: Encoders | None = None) -> pl.DataFrame:
    """Compute the features of every claim.

    Each row depends on its own claim alone: the order and the number of claims do not change it. Validation
    and pricing may or may not have run; without them their features are NaN.

    Args:
        batch: Claims numbered 0..n-1 in order, their lines and findings.
        encoders: Tables of the model that will read the matrix; None leaves encoded features NaN.

    Returns:
        Float32 columns in catalogue order, one row a claim in row order; NaN means missing.
    """
    prepared = prepare(batch, encoders or Encoders())
    return prepared.select(feature.column() for feature in FEATURES)
