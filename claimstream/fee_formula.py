"""FeeFormula: what a fee is made of (relative values, cost indices, conversion factor), for people who check it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from processors.pricing import PriceBook
from processors.pricing.rates import COMPONENTS

_NATIONAL = {"work_gpci_e3": 1000, "pe_gpci_e3": 1000, "mp_gpci_e3": 1000}


@dataclass(frozen=True)
class FeeFormula:
    """The fee of one service before the imaging cap, modifiers and units.

    Attributes:
        parts: Name, relative value in hundredths and cost index in thousandths of work, practice expense and
            malpractice.
        factor_e4: Dollars per unit in ten-thousandths.
    """

    parts: tuple[tuple[str, int, int], ...]
    factor_e4: int

    @property
    def units_e5(self) -> int:
        """Adjusted units of the service in hundred-thousandths."""
        return sum(value * index for _, value, index in self.parts)

    @property
    def cents(self) -> int:
        """The fee, rounded half up once."""
        return (self.units_e5 * self.factor_e4 + 5_000_000) // 10_000_000


def fee_formula(line: dict[str, Any], book: PriceBook) -> FeeFormula | None:
    """Return what the fee of a line is made of.

    Args:
        line: code, modifiers, pos, date, state, locality, zip and, if known, in_apm, as `price_lines` takes them.
        book: Price book.

    Returns:
        The formula; None where the book has no such row, place, locality or date.
    """
    facility = _row(book.settings, pos=line["pos"])
    row = _schedule_row(line, book)
    indices = _indices(line, book)
    factor = _factor_e4(line["date"], book, "APM" if line.get("in_apm") else "NON_APM")
    if facility is None or row is None or indices is None or factor is None:
        return None
    practice = row["fac_pe_rvu_e2" if facility["facility"] else "nonfac_pe_rvu_e2"]
    return FeeFormula(
        (
            ("work", row["work_rvu_e2"], indices["work_gpci_e3"]),
            ("practice expense", practice, indices["pe_gpci_e3"]),
            ("malpractice", row["mp_rvu_e2"], indices["mp_gpci_e3"]),
        ),
        factor,
    )


def _schedule_row(line: dict[str, Any], book: PriceBook) -> dict[str, Any] | None:
    """Return the row of the component that the modifiers ask for, else the whole row."""
    asked = [component for component in COMPONENTS[1:] if component in line["modifiers"]]
    for component in (*asked, ""):
        row = _row(book.rates, year=line["date"].year, hcpcs=line["code"], component=component, asked=True)
        if row is not None:
            return row
    return None


def _indices(line: dict[str, Any], book: PriceBook) -> dict[str, Any] | None:
    """Return the cost indices of the locality, of that of the ZIP code, or of the rest of the state."""
    state, locality, year = line["state"], line["locality"], line["date"].year
    if locality is None and line["zip"] is not None:
        found = _row(book.zip_localities, zip=line["zip"][:5])
        state, locality = (found["state"], found["locality"]) if found else (state, None)
    if state == "US" and locality is None:
        return _NATIONAL
    if locality is None:
        return _row(book.localities, year=year, state=state, state_default=1)
    return _row(book.localities, year=year, state=state, locality=locality)


def _factor_e4(day: date, book: PriceBook, basis: str) -> int | None:
    factors = (f for f in book.conversion_factors if f.first <= day <= f.last and f.basis in ("ALL", basis))
    return next((factor.per_unit_e4 for factor in factors), None)


def _row(frame: pl.DataFrame, **key: object) -> dict[str, Any] | None:
    """Return the first row with this key."""
    found = frame.filter(pl.all_horizontal(pl.col(name) == pl.lit(value) for name, value in key.items()))
    return found.row(0, named=True) if found.height else None
