"""NPI check digits, a whole batch at once."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.features.columns import Flags, Index, Numbers, known, numbers, text_lengths

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
_FIRST, _LAST = 1_000_000_000, 2_999_999_999
# Prefix 80840 of the card issuer contributes 24 to the Luhn sum (45 CFR 162.406, ISO/IEC 7812).
_PREFIX_SUM = 24
_HALF = 100_000


def _half_sums(first_doubled: int) -> Index:
    """Return the Luhn sum of every five-digit number, every second place doubled from this one (0 = ones)."""
    sums = np.zeros(_HALF, dtype=np.int64)
    for place in range(5):
        digit = np.arange(_HALF) // 10**place % 10
        doubled = place % 2 == first_doubled
        sums += digit * 2 - 9 * (digit > 4) if doubled else digit
    return sums


# The check digit itself stands; its left neighbour is doubled. Two look-ups take the place of ten divisions.
_LOW_SUMS, _HIGH_SUMS = _half_sums(1), _half_sums(0)


def invalid_npi_counts(claims: pl.DataFrame) -> Numbers:
    """Count the NPIs of each claim that are given but fail the length or check-digit test.

    Args:
        claims: Columns of NPI_COLUMNS, String.

    Returns:
        One value a claim.
    """
    used = [claims[name] for name in NPI_COLUMNS if claims[name].null_count() < claims.height]
    if not used:
        return np.zeros(claims.height)
    stacked = pl.concat(used)
    shaped = text_lengths(stacked) == _NPI_DIGITS
    read = np.nan_to_num(numbers(stacked.cast(pl.Int64, strict=False)), nan=-1)
    valid = shaped & luhn_ok(read.astype(np.int64))
    invalid = known(stacked) & ~valid
    result: Numbers = invalid.reshape(len(used), -1).sum(axis=0).astype(np.float64)
    return result


def luhn_ok(numbers: Index) -> Flags:
    """Tell which ten-digit numbers carry a valid NPI check digit.

    Args:
        numbers: Int64 array; negative stands for not a number.
    """
    in_range = (numbers >= _FIRST) & (numbers <= _LAST)
    high, low = np.divmod(np.where(in_range, numbers, _FIRST), _HALF)
    result: Flags = in_range & ((_HIGH_SUMS[high] + _LOW_SUMS[low] + _PREFIX_SUM) % 10 == 0)
    return result
