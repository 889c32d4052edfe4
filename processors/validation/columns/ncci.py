"""Columns of the National Correct Coding Initiative: codes that are not paid together, and units beyond plausible.

Sources: NCCI policy manual, chapter I; published edit files (procedure to procedure, medically unlikely).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.arrays import NO_DAY, claim_arrays, code_numbers, line_arrays
from processors.validation.columns.claim_days import claim_days, day_numbers, repeats
from processors.validation.columns.code_pairs import PairTable
from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers
from processors.validation.columns.fee_facts import CodePlaces
from processors.validation.columns.flags import Flags, has
from processors.validation.columns.forms import PROCEDURE
from processors.validation.columns.institutional import outpatient_bills
from processors.validation.columns.made import ArrayColumn, Made
from processors.validation.columns.modifiers import modifier_bits, of
from reference.library import ReferenceLibrary

_FOREVER = np.iinfo(np.int64).max
NO_PAIR, NEVER, NEEDS_MODIFIER, HAS_MODIFIER = -1, 0, 1, 2
"""What `ncci_pair` says of a line."""


@dataclass(frozen=True, eq=False)
class _Edits:
    """Pairs of one setting, with what holds for each."""

    pairs: PairTable
    modifier_ind: np.ndarray
    first_day: Integers
    last_day: Integers


@lru_cache(maxsize=8)
def _edits(library: ReferenceLibrary, setting: str) -> _Edits:
    rows = library.frame("ncci_ptp").filter((pl.col("setting") == setting) & pl.col("modifier_ind").is_in([0, 1]))
    days = rows.select(
        first=pl.col("effective_from").to_physical().cast(pl.Int64).fill_null(-_FOREVER),
        last=pl.col("effective_to").to_physical().cast(pl.Int64).fill_null(_FOREVER),
    )
    pairs = PairTable(PROCEDURE.numbers(rows["column1"]), PROCEDURE.numbers(rows["column2"]))
    return _Edits(pairs, rows["modifier_ind"].to_numpy(), days["first"].to_numpy(), days["last"].to_numpy())


def settings_of_lines(inputs: Inputs) -> dict[str, Flags]:
    """Return which lines the edits of each setting hold for: professional ones, and those of outpatient bills."""
    return {
        "practitioner": inputs.once(claim_arrays)["is_professional"][inputs.row],
        "hospital": inputs.once(outpatient_bills)[inputs.row],
    }


def _pair_columns(inputs: Inputs) -> list[Made]:
    number, bits = inputs.once(code_numbers), inputs.once(modifier_bits)
    days, day = inputs.once(claim_days).group, inputs.once(day_numbers)
    state = np.full(len(number), NO_PAIR, dtype=np.int8)
    other = np.full(len(number), len(number), dtype=np.int64)
    for setting, wanted in inputs.once(settings_of_lines).items():
        if not wanted.any():
            continue
        edits = _edits(inputs.library, setting)
        paid, denied, row = edits.pairs.find(days, number, wanted)
        holds = (edits.first_day[row] <= day[denied]) & (day[denied] <= edits.last_day[row])
        paid, denied, row = paid[holds], denied[holds], row[holds]
        excused = has(bits[paid] | bits[denied], of("ncci"))
        found = np.where(edits.modifier_ind[row] == 0, NEVER, np.where(excused, HAS_MODIFIER, NEEDS_MODIFIER))
        # A line may be denied for several others: the gravest is written last and stays.
        order = np.argsort(-found, kind="stable")
        state[denied[order]] = found[order]
        other[denied[order]] = paid[order]
    return [ArrayColumn("ncci_pair", state), ArrayColumn("ncci_other_line", other.astype(np.uint32))]


LINE_PAIRS = ColumnGroup(
    (
        (
            "ncci_pair",
            "edit with another line of the claim and day: 0 never paid beside it, 1 only with a modifier that is "
            "missing, 2 with the modifier it has; -1 none",
        ),
    ),
    _pair_columns,
    tables=("ncci_ptp",),
    raw=("ncci_other_line",),
)

LINE_PAIR_CODES: tuple[Derived, ...] = (
    Derived(
        "ncci_column1",
        "code of the line that the payer pays instead",
        pl.col("procedure_code").gather(pl.when(pl.col("ncci_other_line") < pl.len()).then("ncci_other_line")),
    ),
)

NO_LIMIT = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class _Limits:
    """Most units by code; the last entry of both arrays stands for a code without a limit."""

    codes: CodePlaces
    units: np.ndarray
    by: np.ndarray


@lru_cache(maxsize=8)
def _unit_limits(library: ReferenceLibrary, setting: str) -> _Limits:
    table = library.frame("ncci_mue")
    rows = table.filter(pl.col("service_type") == setting)
    if setting == "practitioner":
        # Suppliers of equipment bill professional claims too: what only they may bill has their limit.
        supplied = table.filter((pl.col("service_type") == "dme") & (pl.col("max_units") > 0))
        own = rows.filter((pl.col("max_units") > 0) | ~pl.col("hcpcs").is_in(supplied["hcpcs"].implode()))
        rows = pl.concat([own, supplied.join(own, on="hcpcs", how="anti")])
    return _Limits(
        CodePlaces(PROCEDURE.numbers(rows["hcpcs"])),
        np.append(rows["max_units"].to_numpy(), NO_LIMIT).astype(np.int32),
        np.append(rows["mai"].to_numpy(), 0).astype(np.int8),
    )


def _limit_columns(inputs: Inputs) -> list[Made]:
    number = inputs.once(code_numbers)
    most, by = np.full(len(number), NO_LIMIT, dtype=np.int32), np.zeros(len(number), dtype=np.int8)
    for setting, wanted in inputs.once(settings_of_lines).items():
        if wanted.any():
            limits = _unit_limits(inputs.library, setting)
            place = limits.codes.of(number)
            most = np.where(wanted, limits.units.take(place), most)
            by = np.where(wanted, limits.by.take(place), by)
    counted = inputs.once(units_a_day)
    again = inputs.once(repeats)
    if len(again.positions):
        # By line (1) every line counts alone; by day (2 and 3) all lines of the code do.
        total = again.same.total(counted[again.positions])
        by_day = by[again.positions] > 1
        counted = counted.copy()
        counted[again.positions[by_day]] = total[by_day]
    return [ArrayColumn("mue_units", most), ArrayColumn("mue_by", by), ArrayColumn("mue_counted", counted)]


def units_a_day(inputs: Inputs) -> np.ndarray:
    """Return the units of every line that count against a limit, a day: minutes, and care after surgery, do not."""
    lines = inputs.once(line_arrays)
    counts = lines["counts_units"] & ~has(inputs.once(modifier_bits), of("55"))
    counted = np.where(counts, lines["units"], 0.0)
    span = lines["last_day"] - inputs.once(day_numbers)
    longer = np.flatnonzero((span > 0) & (lines["last_day"] != NO_DAY) & (span < _LONGEST))
    if len(longer):
        counted[longer] = np.rint(counted[longer] / (span[longer] + 1))
    return counted


_LONGEST = 10_000

LINE_UNIT_LIMITS = ColumnGroup(
    (
        ("mue_units", "most units that one patient plausibly gets; 2147483647 when the table has no limit"),
        ("mue_by", "what the limit counts: 1 the line, 2 the day by policy, 3 the day; 0 no limit"),
        ("mue_counted", "units that count against the limit: of the line, or of the code that day"),
    ),
    _limit_columns,
    tables=("ncci_mue",),
)
