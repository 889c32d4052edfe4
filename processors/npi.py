"""The check digit of National Provider Identifiers, a whole batch at once.

An NPI is ten digits, the first 1 or 2; with the prefix 80840 of the card issuer it satisfies the Luhn formula
(45 CFR 162.406, ISO/IEC 7812).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.lent.arrow import child_of, is_there, view_of
from schemas.codec.lending import LentFrame
from schemas.compiled import Word, bytes_at, compiled, int32_at

MISSING, VALID, INVALID = range(3)
"""What is known of an NPI."""

_DIGITS = 10
_PREFIX_SUM = 24
"""What the prefix 80840 adds to the Luhn sum of the ten digits."""


def npi_checks(npis: pl.DataFrame) -> NDArray[np.int8]:
    """Check NPIs.

    Args:
        npis: Columns of NPIs, String.

    Returns:
        MISSING, VALID or INVALID: one row a column of the frame, one column a row of it.
    """
    checks = np.zeros((npis.width, npis.height), dtype=np.int8)
    if npis.height:
        with LentFrame(npis) as lent:
            _check(lent.array, checks)
    return checks


@compiled
def _check(array: Word, checks: NDArray[np.int8]) -> None:
    for place in range(checks.shape[0]):
        column = child_of(array, place)
        for row in range(checks.shape[1]):
            if is_there(column, row):
                checks[place, row] = VALID if _is_valid(view_of(column, row)) else INVALID
            else:
                checks[place, row] = MISSING


@compiled
def _is_valid(view: Word) -> bool:
    """Tell whether the text of an Arrow view, which holds up to twelve bytes itself, is an NPI."""
    if int32_at(view)[0] != _DIGITS:
        return False
    text = bytes_at(view + 4)
    total: Word = _PREFIX_SUM
    for place in range(_DIGITS):
        digit = np.int64(text[place]) - 48
        if digit < 0 or digit > 9 or (place == 0 and digit not in (1, 2)):
            return False
        if place % 2 == 0:  # every second digit from the right, left of the check digit
            digit = 2 * digit - 9 * (digit > 4)
        total += digit
    return bool(total % 10 == 0)
