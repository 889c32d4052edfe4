"""NPI check digits, a whole batch at once."""

from __future__ import annotations

import numpy as np
import polars as pl

NPI_COLUMNS = (
    "billing_npi",
    "rendering_npi",
    "referring_npi",
    "supervising_npi",
    "attending_npi",
    "operating_npi",
    "facility_npi",
)
_NPI_DIGITS = 10
# Prefix 80840 of the card issuer contributes 24 to the Luhn sum (45 CFR 162.406, ISO/IEC 7812).
_PREFIX_SUM = 24


def invalid_npi_counts(claims: pl.DataFrame) -> pl.Series:
    """Count the NPIs of each claim that are given but fail the length or check-digit test.

    Args:
        claims: Columns of NPI_COLUMNS, String.

    Returns:
        UInt8 series, one value a claim.
    """
    counts = np.zeros(claims.height, dtype=np.uint8)
    for name in NPI_COLUMNS:
        column = claims[name]
        if column.null_count() == claims.height:
            continue
        given = column.is_not_null().to_numpy()
        shaped = (column.str.len_bytes() == _NPI_DIGITS).fill_null(value=False).to_numpy()
        numbers = column.cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
        counts += given & ~(shaped & luhn_ok(numbers))
    return pl.Series("invalid_npis", counts)


def luhn_ok(numbers: np.ndarray) -> np.ndarray:
    """Tell which ten-digit numbers carry a valid NPI check digit.

    Args:
        numbers: Int64 array; negative stands for not a number.
    """
    total = np.full(numbers.shape, _PREFIX_SUM, dtype=np.int64)
    rest = numbers.copy()
    for position in range(_NPI_DIGITS):
        digit = rest % 10
        rest //= 10
        if position % 2:
            digit = 2 * digit
            digit -= np.where(digit > 9, 9, 0)
        total += digit
    result: np.ndarray = (numbers >= 10**9) & (numbers < 3 * 10**9) & (total % 10 == 0)
    return result
