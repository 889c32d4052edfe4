"""FeeTable: rates by procedure code and modifier, read from a comma-separated file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from processors.pricing.arrays import Integers, Mask
from processors.pricing.contracts.codes import Numbers, number
from processors.pricing.contracts.errors import PayerContractError
from processors.pricing.contracts.figures import MOST_CENTS, exact

_REQUIRED = {"procedure_code", "rate"}
_COLUMNS = _REQUIRED | {"modifier"}


@dataclass(frozen=True, eq=False)  # arrays have no equality
class FeeTable:
    """Rates of services.

    Attributes:
        rates: For each modifier in the order of the file ("" last: rows without one), the codes as numbers,
            ascending, and their rates in cents.
    """

    rates: dict[str, tuple[Numbers, Integers]]

    @classmethod
    def of(cls, rates: dict[tuple[str, str], int]) -> Self:
        """Return the table of these rates, cents by procedure code and modifier."""
        modifiers = dict.fromkeys(modifier for _, modifier in rates)
        modifiers.pop("", None)
        by_modifier = {}
        for modifier in (*modifiers, ""):
            found = sorted((number(code), cents) for (code, of), cents in rates.items() if of == modifier)
            if found:
                codes, cents_of_codes = zip(*found, strict=True)
                by_modifier[modifier] = np.array(codes, dtype=np.uint64), np.array(cents_of_codes, dtype=np.int64)
        return cls(by_modifier)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table: columns procedure_code, rate (dollars) and, where it is needed, modifier.

        Raises:
            PayerContractError: The file cannot be read, or a row makes no sense.
        """
        frame = _read(path)
        rates: dict[tuple[str, str], int] = {}
        for line, row in enumerate(frame.iter_rows(named=True), start=2):
            code, modifier = row["procedure_code"] or "", row.get("modifier") or ""
            try:
                cents = exact(row["rate"] or "", 2)
            except ValueError as error:
                raise PayerContractError(path.name, f"line {line}: rate {error}") from error
            if not 0 <= cents <= MOST_CENTS:
                raise PayerContractError(path.name, f"line {line}: rate {row['rate']} is not between 0 and 10000000")
            if not code:
                raise PayerContractError(path.name, f"line {line} has no procedure_code")
            if (code, modifier) in rates:
                raise PayerContractError(path.name, f"line {line}: {code} {modifier} stands there twice")
            rates[code, modifier] = cents
        return cls.of(rates)

    def find(self, modifier: str, codes: Numbers) -> tuple[Integers, Mask]:
        """Return the rates of these codes with a modifier, and which of them the table has."""
        known, cents = self.rates[modifier]
        place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        return cents[place], known[place] == codes


def _read(path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise PayerContractError(path.name, f"the table cannot be read ({type(error).__name__})") from error
    if missing := sorted(_REQUIRED - set(frame.columns)):
        raise PayerContractError(path.name, f"the table has no column {', '.join(missing)}")
    if unknown := sorted(set(frame.columns) - _COLUMNS):
        raise PayerContractError(path.name, f"the table has the unknown column {', '.join(unknown)}")
    if not frame.height:
        raise PayerContractError(path.name, "the table has no rows")
    return frame
