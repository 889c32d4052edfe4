"""Whether the procedure code of a line exists, and whether it is valid on the day of service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.arrays import code_numbers
from processors.validation.columns.claim_days import day_numbers
from processors.validation.columns.code_families import CODE_BITS, families_of_codes
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.fee_facts import CodePlaces, fee_fact, fee_facts, fee_years
from processors.validation.columns.flags import Flags, has
from processors.validation.columns.forms import PROCEDURE
from processors.validation.columns.made import ArrayColumn, Made
from reference.library import ReferenceLibrary

_FOREVER = np.iinfo(np.int32).max
_LEVEL_TWO = 10 * 36_000
"""Number of the first code that begins with a letter."""
_LETTER_BASE, _NINE, _F, _T = 36, 9, 15, 29
"""Places of the last character, and the characters that end CPT codes which the schedule lists."""


@dataclass(frozen=True, eq=False)
class _LevelTwo:
    """HCPCS level II codes; the last entry of every array stands for a code that is none."""

    codes: CodePlaces
    first_day: Integers
    last_day: Integers
    coverage: np.ndarray
    pricing: np.ndarray
    covered_from: int
    covered_to: int


_COVERAGES = pl.Enum(["", *"CDIMS"])


@lru_cache(maxsize=4)
def _level_two(library: ReferenceLibrary) -> _LevelTwo:
    table = library.find("hcpcs")
    rows = library.frame("hcpcs").unique("hcpcs", keep="last", maintain_order=True)
    days = rows.select(
        first=pl.col("valid_from").to_physical().fill_null(-_FOREVER),
        last=pl.col("valid_to").to_physical().fill_null(_FOREVER),
    )
    coverage = rows["coverage"].cast(_COVERAGES, strict=False).to_physical().fill_null(0).to_numpy()
    pricing = rows["pricing_ind"].cast(pl.Int16, strict=False).fill_null(-1).to_numpy()
    last_day = table.effective_to if table is not None else None
    return _LevelTwo(
        CodePlaces(PROCEDURE.numbers(rows["hcpcs"])),
        np.append(days["first"].to_numpy(), _FOREVER),
        np.append(days["last"].to_numpy(), -_FOREVER),
        np.append(coverage, 0).astype(np.uint8),
        np.append(pricing, -1),
        _earliest_end(days["last"]),
        -_FOREVER if last_day is None else (last_day - _EPOCH).days,
    )


def _earliest_end(last_days: pl.Series) -> int:
    """Return the first day from which the table can miss no code: it drops codes that ended long before it."""
    ended = last_days.filter(last_days < _NEVER)
    return int(ended.to_numpy().min()) if len(ended) else -_FOREVER


_NEVER = 1_000_000
"""A day of the year 4707: tables write 9999 for a code that goes on."""

_EPOCH = np.datetime64(0, "D").item()


def _validity(inputs: Inputs) -> list[Made]:
    """Return whether codes are known and valid; null where the tables cannot tell."""
    number, day = inputs.once(code_numbers), inputs.once(day_numbers)
    schedule, level_two = fee_facts(inputs.library), _level_two(inputs.library)
    year_loaded = schedule.loaded.take(inputs.once(fee_years))
    scheduled = schedule.codes.of(number) < schedule.codes.size
    place = level_two.codes.of(number)
    dated = place < level_two.codes.size
    known = scheduled | dated
    within = (level_two.first_day.take(place) <= day) & (day <= level_two.last_day.take(place))
    valid = fee_fact(inputs, "listed") | within
    # That a code is unknown can be told of CPT codes by the schedule of the year, which lists them all; of level II
    # codes only for the days that their table speaks for; of dental codes, published elsewhere, never.
    # Codes of laboratories (U, M) and of vaccine campaigns (A) are of no schedule.
    end = number % _LETTER_BASE
    is_cpt = (number < _LEVEL_TWO) & year_loaded & ((end <= _NINE) | (end == _F) | (end == _T))
    is_level_two = (number >= _LEVEL_TWO) & (number < PROCEDURE.size)
    told = is_cpt | (is_level_two & (level_two.covered_from <= day) & (day <= level_two.covered_to))
    told &= ~has(families_of_codes().take(number), CODE_BITS.of("dental"))
    outside = ~valid & (dated | (scheduled & year_loaded))
    return [
        _three_valued("procedure_known", known, known | told),
        _three_valued("procedure_valid", valid, valid | outside),
    ]


def _three_valued(name: str, true: Flags, told: Flags) -> ArrayColumn:
    return ArrayColumn(name, true, given=None if told.all() else told)


LINE_VALIDITY = ColumnGroup(
    (
        ("procedure_known", "the code is published, today or once; null where the tables do not cover it"),
        ("procedure_valid", "the code is valid on the day of service; null for an unknown code"),
    ),
    _validity,
    tables=("fee_schedule", "hcpcs"),
    whole=True,
)


def _coverage(inputs: Inputs) -> list[Made]:
    level_two = _level_two(inputs.library)
    number = inputs.once(code_numbers)
    place = level_two.codes.of(number)
    pricing, letter = level_two.pricing.take(place), number // _LETTER_STEP
    equipment = (letter == _E) | (letter == _K)
    return [
        ArrayColumn("medicare_coverage", level_two.coverage.take(place), enum=_COVERAGES),
        ArrayColumn("is_rental_equipment", equipment & ((pricing == _CAPPED_RENTAL) | (pricing == _INEXPENSIVE))),
    ]


_LETTER_STEP = 36_000
_E, _K = 14, 20
_INEXPENSIVE, _CAPPED_RENTAL = 32, 36

LINE_COVERAGE = ColumnGroup(
    (
        (
            "medicare_coverage",
            "what Medicare says of a level II code: C judgment, D instructions, I M S not paid; empty without a say",
        ),
        (
            "is_rental_equipment",
            "equipment that Medicare rents or buys (E and K codes of pricing 32 or 36)",
        ),
    ),
    _coverage,
    tables=("hcpcs",),
)
