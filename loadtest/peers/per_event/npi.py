"""The check digit of an NPI, for one at a time."""

from __future__ import annotations

_PREFIX_SUM = 24
_DIGITS = 10
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def npi_valid(npi: str | None) -> bool | None:
    """Tell whether an NPI is well formed; null where there is none."""
    if npi is None:
        return None
    if len(npi) != _DIGITS or not npi.isascii() or not npi.isdigit() or npi[0] not in "12":
        return False
    digits = [int(digit) for digit in npi]
    return (_PREFIX_SUM + sum(_DOUBLED[d] for d in digits[::2]) + sum(digits[1::2])) % 10 == 0
