"""NPIs that fail their check digit, counted by claim."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.features.columns import Numbers
from processors.npi import INVALID, npi_checks

NPI_COLUMNS = (
    "billing_npi",
    "rendering_npi",
    "referring_npi",
    "supervising_npi",
    "attending_npi",
    "operating_npi",
    "facility_npi",
)


def invalid_npi_counts(claims: pl.DataFrame) -> Numbers:
    """Count the NPIs of each claim that are given but fail the length or check-digit test.

    Args:
        claims: Columns of NPI_COLUMNS, String.

    Returns:
        One value a claim.
    """
    result: Numbers = (npi_checks(claims[list(NPI_COLUMNS)]) == INVALID).sum(axis=0).astype(np.float64)
    return result
