"""Values as X12 writes them: amounts, quantities, dates."""

from __future__ import annotations

from datetime import date


def money(amount_cents: int) -> str:
    """Return an amount in dollars without needless zeros (X12 type R)."""
    sign, amount = ("-" if amount_cents < 0 else ""), abs(amount_cents)
    whole, fraction = divmod(amount, 100)
    return f"{sign}{whole}" + (f".{fraction:02d}".rstrip("0") if fraction else "")


def number(value: float) -> str:
    """Return a quantity without needless zeros and never in exponents."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return text if text not in ("", "-0") else "0"


def compact(day: date) -> str:
    """Return CCYYMMDD."""
    return f"{day:%Y%m%d}"


def dates(qualifier: str, first: date, last: date | None) -> list[str]:
    """Return a DTP segment: D8 for a day, RD8 for a span."""
    if last is None or last == first:
        return ["DTP", qualifier, "D8", compact(first)]
    return ["DTP", qualifier, "RD8", f"{compact(first)}-{compact(last)}"]
