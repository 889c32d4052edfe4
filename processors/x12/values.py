"""Values in X12 elements: amounts, quantities, dates and codes, checked and exact."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

_AMOUNT = re.compile(r"(-?)([0-9]{0,15})(?:\.([0-9]{0,12}))?", re.ASCII)
_QUANTITY = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]*", re.ASCII)


@lru_cache(maxsize=8192)
def cents(text: str) -> int | None:
    """Read an amount in dollars as exact cents.

    Returns:
        Cents, or null for anything that is not an amount of whole cents in fifteen digits.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        return None
    fraction = match[3] or ""
    if fraction[2:].strip("0"):
        return None
    amount = int(match[2] or "0") * 100 + int((fraction + "00")[:2])
    return -amount if match[1] else amount


@lru_cache(maxsize=8192)
def quantity(text: str) -> float | None:
    """Read a decimal quantity; null for anything else."""
    stripped = text.strip()
    return float(stripped) if _QUANTITY.fullmatch(stripped) else None


@lru_cache(maxsize=8192)
def day(text: str) -> date | None:
    """Read CCYYMMDD, ignoring hours after it; null for anything else and for years outside 1850 to 2199."""
    if len(text) not in (8, 12, 14) or not (text.isascii() and text.isdecimal()):
        return None
    year = int(text[:4])
    if not 1850 <= year <= 2199:
        return None
    try:
        return date(year, int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def period(text: str) -> tuple[date | None, date | None]:
    """Read CCYYMMDD-CCYYMMDD or a single date as first and last day; nulls for anything else."""
    first, _, last = text.strip().partition("-")
    start = day(first)
    end = day(last) if last else start
    return (start, end) if start is not None and end is not None else (None, None)


@lru_cache(maxsize=8192)
def code(text: str, longest: int) -> str | None:
    """Return a code of letters and digits without blanks around it; null when it is none or too long.

    The check keeps free text, and with it identifying data, out of fields that are not sealed.
    """
    stripped = text.strip()
    return stripped if len(stripped) <= longest and _CODE.fullmatch(stripped) else None


@lru_cache(maxsize=8192)
def identifier(text: str, longest: int = 30) -> str | None:
    """Return an identifier that organisations give out (payer ids, control numbers); null when it is none."""
    stripped = text.strip()
    return stripped if len(stripped) <= longest and _IDENTIFIER.fullmatch(stripped) else None


def age_in_years(born: date | None, on: date | None) -> int | None:
    """Return full years between two dates; 90 stands for 90 and older, null for unknown or impossible."""
    if born is None or on is None or born > on:
        return None
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return min(years, 90)


@lru_cache(maxsize=1024)
def short_day(text: str) -> date | None:
    """Read YYMMDD as a day from 1950 to 2049, or CCYYMMDD; null for anything else."""
    stripped = text.strip()
    if len(stripped) != 6 or not stripped.isdecimal():
        return day(stripped)
    return day(("19" if stripped[:2] >= "50" else "20") + stripped)
