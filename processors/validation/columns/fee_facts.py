"""What the physician fee schedule says of the code of a line in the year of its service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.arrays import NO_DAY, code_numbers
from processors.validation.columns.claim_days import day_numbers
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.forms import PROCEDURE
from processors.validation.columns.made import ArrayColumn, Made
from reference.library import ReferenceLibrary

STATUSES = ("", *"ABCDEFGHIJMNPQRTX")
"""Status codes; the first stands for a code that the schedule of the year does not have."""

_STATUS = pl.Enum(STATUSES)
_INDICATORS = {
    "component_indicator": "pctc_ind",
    "multiple_indicator": "mult_proc",
    "bilateral_indicator": "bilat_surg",
    "assistant_indicator": "asst_surg",
    "cosurgeon_indicator": "co_surg",
    "team_indicator": "team_surg",
}
_UNKNOWN = -1


class CodePlaces:
    """Where each of some codes stands among them.

    Args:
        numbers: Numbers of the codes, each once.
    """

    def __init__(self, numbers: Integers) -> None:
        self.size = len(numbers)
        self._place = np.full(PROCEDURE.size + 1, self.size, dtype=np.uint16 if self.size < 2**16 else np.int32)
        self._place[numbers] = np.arange(self.size)
        self._place[PROCEDURE.size] = self.size

    def of(self, numbers: Integers) -> np.ndarray:
        """Return the place of each code; `size` for a code that is not among them."""
        return self._place.take(numbers)


@dataclass(frozen=True, eq=False)
class FeeFacts:
    """The schedule by year and code.

    Attributes:
        years: First day of every year from the first loaded one, and of the year after the last.
        loaded: Whether each of these years is loaded; the last entry stands for every other year.
        codes: Where each code stands.
        facts: Facts by name, each an array over year and code, flat; a code that the year lacks has -1, a status
            of 0, and no flags.
    """

    years: Integers
    loaded: np.ndarray
    codes: CodePlaces
    facts: dict[str, np.ndarray]

    def year_of(self, days: Integers) -> Integers:
        """Return the place of the year of every day; the last one for years that are not loaded."""
        place = np.searchsorted(self.years, days, side="right") - 1
        return np.where((place < 0) | (place >= len(self.years) - 1), len(self.years) - 1, place)

    def cell(self, year: Integers, numbers: Integers) -> Integers:
        """Return where the facts of a code in a year stand."""
        cells: Integers = year * (self.codes.size + 1) + self.codes.of(numbers)
        return cells


@lru_cache(maxsize=4)
def fee_facts(library: ReferenceLibrary) -> FeeFacts:
    """Return the schedule of a library."""
    rows = library.frame("fee_schedule").filter(pl.col("modifier") == "")
    numbers = PROCEDURE.numbers(rows["hcpcs"])
    codes = CodePlaces(np.unique(numbers[numbers < PROCEDURE.size]))
    first, last = _span(rows["year"])
    years = [np.datetime64(f"{year}-01-01", "D").astype(np.int64) for year in range(first, last + 2)]
    place = (rows["year"].to_numpy().astype(np.int64) - first) * (codes.size + 1) + codes.of(numbers)
    size = (len(years)) * (codes.size + 1)
    loaded = np.zeros(len(years), dtype=bool)
    loaded[rows["year"].unique().to_numpy() - first] = True
    facts = {name: _filled(size, place, values, empty) for name, values, empty in _values(rows)}
    # A text that is no code stands in the last place of every year and knows nothing.
    return FeeFacts(np.array(years), loaded, codes, facts)


def _span(years: pl.Series) -> tuple[int, int]:
    """Return the first and the last year; without rows a span of none."""
    known = years.drop_nulls().to_list()
    return (min(known), max(known)) if known else (1970, 1969)


def _filled(size: int, place: Integers, values: np.ndarray, empty: int) -> np.ndarray:
    filled = np.full(size, empty, dtype=values.dtype)
    filled[place] = values
    return filled


def _values(rows: pl.DataFrame) -> list[tuple[str, np.ndarray, int]]:
    """Return the facts of the rows: name, values, and what a code without a row has."""
    status = rows["status_code"].cast(_STATUS, strict=False).to_physical().fill_null(0).to_numpy().astype(np.uint8)
    days = rows["global_days"].cast(pl.Int16, strict=False).fill_null(_UNKNOWN).to_numpy()
    facts = [("status", status, 0), ("global_days", days, _UNKNOWN), ("listed", np.ones(rows.height, dtype=bool), 0)]
    for name, column in _INDICATORS.items():
        facts.append((name, rows[column].cast(pl.Int8, strict=False).fill_null(_UNKNOWN).to_numpy(), _UNKNOWN))
    for name, column in (("facility_na", "fac_na"), ("nonfacility_na", "nonfac_na")):
        facts.append((name, (rows[column] == "NA").fill_null(value=False).to_numpy(), 0))
    return facts


def fee_cells(inputs: Inputs) -> Integers:
    """Return where the facts of every line stand in `fee_facts`."""
    schedule = fee_facts(inputs.library)
    return schedule.cell(inputs.once(fee_years), inputs.once(code_numbers))


def fee_years(inputs: Inputs) -> Integers:
    """Return the place of the year of every line in `fee_facts`."""
    days = inputs.once(day_numbers)
    return fee_facts(inputs.library).year_of(np.maximum(days, NO_DAY))


def fee_fact(inputs: Inputs, name: str) -> np.ndarray:
    """Return a fact of every line."""
    return fee_facts(inputs.library).facts[name].take(inputs.once(fee_cells))


def _fee_columns(inputs: Inputs) -> list[Made]:
    status = ArrayColumn("fee_status", fee_fact(inputs, "status"), enum=_STATUS)
    return [status, *(ArrayColumn(name, fee_fact(inputs, name)) for name, _ in _COLUMNS[1:])]


_COLUMNS = (
    ("fee_status", "status code in the physician fee schedule of the year; empty for a code that it lacks"),
    ("global_days", "days of the surgical package: 0, 10 or 90; -1 for every other code"),
    ("component_indicator", "professional and technical component indicator 0-9; -1 unknown"),
    ("multiple_indicator", "multiple procedure indicator 0-9; -1 unknown"),
    ("bilateral_indicator", "bilateral indicator 0-3 or 9; -1 unknown"),
    ("assistant_indicator", "assistant at surgery indicator 0-2 or 9; -1 unknown"),
    ("cosurgeon_indicator", "co-surgeon indicator 0-2 or 9; -1 unknown"),
    ("team_indicator", "team surgery indicator 0-2 or 9; -1 unknown"),
    ("facility_na", "the schedule has no price for the code in a facility"),
    ("nonfacility_na", "the schedule has no price for the code outside a facility"),
)

LINE_FEES = ColumnGroup(_COLUMNS, _fee_columns, tables=("fee_schedule",))
"""Indicators of the row without modifier; year by the service date of the line."""
