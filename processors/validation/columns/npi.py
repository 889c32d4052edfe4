"""Columns that say whether an NPI has its check digit.

An NPI is ten digits, the first 1 or 2; with the prefix 80840 it satisfies the Luhn formula (ISO/IEC 7812).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Inputs

_PREFIX_SUM = 24
"""What the prefix 80840 adds to the Luhn sum of the ten digits."""


_FIRST, _LAST = 1_000_000_000, 2_999_999_999


def _doubled(digit: int) -> int:
    """Return what a doubled digit adds: the sum of the digits of its double."""
    return digit * 2 - 9 * (digit > 4)


def _half_sums(doubled_places: tuple[int, ...]) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """Return the Luhn sum of every five-digit number with these places (0 is the rightmost) doubled."""
    numbers = np.arange(100_000)
    total = np.zeros(100_000, dtype=np.int8)  # at most 5 * 9
    double = np.array([_doubled(digit) for digit in range(10)], dtype=np.int8)
    for place in range(5):
        digits = numbers // 10**place % 10
        total += double[digits] if place in doubled_places else digits.astype(np.int8)
    return total


# Every second digit from the right is doubled, beginning left of the check digit.
_LOW_SUMS = _half_sums((1, 3))
_HIGH_SUMS = _half_sums((0, 2, 4))


_NPI = pl.col("npi")
# Ten bytes that read as a number from 1,000,000,000 to 2,999,999,999 are ten digits, the first 1 or 2.
_NUMBER = pl.when(_NPI.str.len_bytes() == 10).then(_NPI.cast(pl.Int64, strict=False)).fill_null(0)
_CHECKED = pl.when(_NPI.is_not_null()).then("checked")


def npis_are_valid(npis: pl.Series) -> pl.Series:
    """Return whether each NPI (String) is well formed; null where there is none."""
    frame = npis.alias("npi").to_frame()
    number = frame.select(_NUMBER).to_series().to_numpy()
    high = number // 100_000
    low = number - high * 100_000
    total = _HIGH_SUMS.take(high, mode="clip") + _LOW_SUMS.take(low, mode="clip") + _PREFIX_SUM
    checked = (number >= _FIRST) & (number <= _LAST) & (total % 10 == 0)
    return frame.hstack([pl.Series("checked", checked)]).select(_CHECKED).to_series()


_ROLES = ("billing", "rendering", "referring", "supervising", "attending", "operating", "facility")


def _checked(inputs: Inputs) -> pl.Series:
    """Return the checks of the claims' NPIs role by role, then those of the lines: one step serves both levels."""
    npis = [*(inputs.claims[f"{role}_npi"] for role in _ROLES), inputs.lines["rendering_npi"]]
    return npis_are_valid(pl.concat(npis))


def _on_claims(inputs: Inputs) -> list[pl.Series]:
    checked = inputs.once(_checked)
    return [
        checked.slice(place * inputs.size, inputs.size).alias(f"{role}_npi_valid") for place, role in enumerate(_ROLES)
    ]


def _on_lines(inputs: Inputs) -> list[pl.Series]:
    return [inputs.once(_checked).slice(len(_ROLES) * inputs.size).alias("rendering_npi_valid")]


CLAIM_NPIS = ColumnGroup(
    tuple((f"{role}_npi_valid", f"the {role} NPI has ten digits and its check digit") for role in _ROLES), _on_claims
)
"""Null where the claim has no such NPI."""

LINE_NPIS = ColumnGroup((("rendering_npi_valid", "the line's rendering NPI is well formed"),), _on_lines)
