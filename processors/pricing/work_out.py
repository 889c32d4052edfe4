"""Work out prices: look every line up, find what has no price, and take the rest through the stages in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.pricing import anesthesia, diagnostic, parts, shares, surgery, therapy
from processors.pricing.arrays import NONE, Integers, Mask
from processors.pricing.calendar import NO_DATE
from processors.pricing.inputs import LineInputs
from processors.pricing.modifiers import bits, refusals
from processors.pricing.order import ORDER, TOGETHER
from processors.pricing.parts import Parts
from processors.pricing.rate_table import GATE, HAS_PRICE, MULTIPLE, WORK
from processors.pricing.rates import COMPONENTS
from processors.pricing.status import ANESTHESIA, BASIS, CODE, NAMES, PRICED
from processors.pricing.steps import STEP_NAMES, StepLog, gathered, nullable, step_lists
from processors.pricing.tables import PriceTables
from processors.pricing.workings import Workings, cap_cents, dollars_as_cents, total_e5

PART_STAGES: dict[str, Callable[[Workings, Parts], None]] = {
    "fee": parts.name_fee,
    "therapy": parts.reduce_therapy,
    "film": parts.reduce_film,
    "diagnostic": parts.reduce_diagnostic,
    "outpatient_cap": parts.cap_at_outpatient_amount,
    "units": parts.multiply_by_units,
}
LINE_STAGES: dict[str, Callable[[Workings], None]] = {
    "bilateral": surgery.pay_both_sides,
    "endoscopy": surgery.pay_endoscopies,
    "multiple_procedure": surgery.rank_procedures,
    "surgical_split": shares.split_surgical_package,
    "reduced_service": shares.reduce_service,
    "co_surgeon": shares.pay_co_surgeon,
    "assistant": shares.pay_assistant,
    "medical_direction": shares.pay_medical_direction,
    "practitioner_share": shares.pay_practitioner_share,
    "non_participating": shares.reduce_non_participating,
    "lesser_of_charge": shares.pay_at_most_the_charge,
}


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Found:
    """What the tables say of every line.

    Attributes:
        year: Number of the year of the schedule.
        rate: Row of the fee schedule.
        facility: 1 in a facility, else 0.
        figures: Its figures in that setting.
        indices_e3: Cost indices, NONE where the locality is unknown.
        factor_e4: Conversion factor, NONE outside the tables.
        given: Lines of anesthesia codes.
        anesthesia_cents: What an anesthesia unit is paid there, NONE where unknown and for all other lines.
        anesthesia_derived: Whether that is derived.
    """

    year: Integers
    rate: Integers
    facility: Integers
    figures: NDArray[np.int64]
    indices_e3: NDArray[np.int64]
    factor_e4: Integers
    given: Mask
    anesthesia_cents: Integers
    anesthesia_derived: Mask


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Priced:
    """What was worked out.

    Attributes:
        columns: expected_allowed_cents, rvu_total_e5, rvu_work_e5, price_status, price_basis and price_steps of every
            line, in order.
        is_priced: Whether a line has a price.
        sums: The numbers of the columns that are added up on claims, by name; 0 unless priced.
    """

    columns: list[pl.Series]
    is_priced: Mask
    sums: dict[str, Integers]


def work_out(lines: LineInputs, tables: PriceTables) -> Priced:
    """Return the price of every line."""
    found = _look_up(lines, tables)
    status = _status(lines, found, tables)
    units_e5 = total_e5(found.figures, found.indices_e3)
    work = _workings(lines, found, status, units_e5, tables)
    _run_stages(work)
    status[work.place] = work.status
    return _result(lines, found, status, units_e5, work)


def _look_up(lines: LineInputs, tables: PriceTables) -> Found:
    """Look up every line."""
    period = tables.calendar.period(lines.days)
    year = tables.calendar.year[period]
    rate = tables.rates.rows[year, lines.code, _component(lines.carried)]
    facility = tables.facility[lines.place].astype(np.int64)
    locality = np.where(lines.locality == NONE, tables.localities.of_state[year, lines.state], lines.locality)
    # `take` of whole rows costs a fifth of what an index of an array does.
    figures = tables.rates.figures.take(rate * 2 + facility, axis=0)
    given = figures[:, GATE] == ANESTHESIA
    cents, derived = np.full(len(rate), NONE, dtype=np.int64), np.zeros(len(rate), dtype=bool)
    at = np.flatnonzero(given)
    if len(at):
        where = (period[at], locality[at], lines.apm[at])
        cents[at] = tables.localities.anesthesia_cents[where]
        derived[at] = tables.localities.anesthesia_derived[where]
    return Found(
        year=year,
        rate=rate,
        facility=facility,
        figures=figures,
        indices_e3=_rows(tables.localities.indices_e3, year, locality),
        factor_e4=tables.calendar.factor_e4[period, lines.apm],
        given=given,
        anesthesia_cents=cents,
        anesthesia_derived=derived,
    )


def _rows(table: NDArray[np.int64], first: Integers, second: Integers) -> NDArray[np.int64]:
    """Return the rows of a table of three dimensions."""
    flat: NDArray[np.int64] = table.reshape(-1, table.shape[2]).take(first * table.shape[1] + second, axis=0)
    return flat


def _component(carried: Integers) -> Integers:
    """Return the number of the fee schedule row asked for: 26 professional, TC technical, 53 stopped, or whole."""
    component = np.zeros(len(carried), dtype=np.int64)
    asking = np.flatnonzero((carried & bits(*COMPONENTS[1:])) != 0)
    for code in ("53", "TC", "26"):  # the last one wins
        component[asking[(carried[asking] & bits(code)) != 0]] = COMPONENTS.index(code)
    return component


def _status(lines: LineInputs, found: Found, tables: PriceTables) -> Integers:
    """Return the number of the first reason not to price a line, else of `priced`."""
    status = lines.kind.copy()
    gate, given = found.figures[:, GATE], found.given
    _refuse(status, lines.days == NO_DATE, "no_date")
    _refuse(status, (found.factor_e4 == NONE) | (found.year == tables.calendar.years), "no_year")
    at = np.flatnonzero((gate != PRICED) & ~given & (status == PRICED))
    status[at] = gate[at]
    _refuse(status, _wrong_component(lines, found, tables), "component_not_applicable")
    _refuse(status, ~tables.adjudicated[lines.place], "unknown_pos")
    _refuse(status, found.figures[:, HAS_PRICE] == 0, "not_priced_in_setting")
    _refuse(status, found.indices_e3[:, 0] == NONE, "no_locality")
    at, reason = refusals(lines.carried, found.rate, given, tables.rates)
    status[at] = np.where(status[at] == PRICED, reason, status[at])
    at = np.flatnonzero(given)
    if len(at):
        for holds, name in anesthesia.refusals(lines, at, found.anesthesia_cents[at], tables):
            status[at[holds & (status[at] == PRICED)]] = CODE[name]
    twice = ((lines.carried & bits("50")) != 0) & (lines.units_e3 != parts.ONE_UNIT_E3)
    _refuse(status, ((lines.units_e3 == NONE) | twice) & ~given, "units_not_priced")
    return status


def _refuse(status: Integers, holds: Mask, name: str) -> None:
    if holds.any():
        status[holds & (status == PRICED)] = CODE[name]


def _wrong_component(lines: LineInputs, found: Found, tables: PriceTables) -> Mask:
    """Return the lines that ask for a component that their code does not have."""
    wrong = np.zeros(len(lines.code), dtype=bool)
    at = np.flatnonzero((lines.carried & bits("26", "TC")) != 0)
    wrong[at] = tables.rates.component[found.rate[at]] != _component(lines.carried[at])
    return wrong


def _workings(lines: LineInputs, found: Found, status: Integers, units_e5: Integers, tables: PriceTables) -> Workings:
    """Return the lines that have a fee, ready for the stages."""
    at = np.flatnonzero(status == PRICED)
    figures, indices = found.figures.take(at, axis=0), found.indices_e3.take(at, axis=0)
    factor, given = found.factor_e4[at], found.given[at]
    fee = dollars_as_cents(units_e5[at], factor)
    if given.any():
        fee = np.where(given, found.anesthesia_cents[at], fee)
    carried = lines.carried[at]
    return Workings(
        tables=tables,
        inputs=lines,
        place=at,
        carried=carried,
        rate=found.rate[at],
        facility=found.facility[at],
        indices_e3=indices,
        factor_e4=factor,
        multiple=figures[:, MULTIPLE],
        anesthesia=given,
        derived=found.anesthesia_derived[at] & given,
        fee_cents=fee,
        cap_cents=cap_cents(figures, indices, factor),
        units_e3=lines.units_e3[at],
        amount_cents=fee,
        status=status[at],
        log=StepLog(),
        tail=at,
        both_sides=np.empty(0, dtype=np.int64),
        present=int(np.bitwise_or.reduce(carried)) if len(carried) else 0,
    )


def _run_stages(work: Workings) -> None:
    """Take the lines through ORDER."""
    surgery.bundle_injections(work)
    surgery.count_sides(work)
    anesthesia.count_units(work)
    of_line = parts.with_blocks(work, [*diagnostic.split(work), *therapy.split(work)])
    for name in ORDER:
        if name == TOGETHER:
            parts.put_together(work, of_line)
        elif name in PART_STAGES:
            PART_STAGES[name](work, of_line)
        else:
            LINE_STAGES[name](work)


def _result(lines: LineInputs, found: Found, status: Integers, units_e5: Integers, work: Workings) -> Priced:
    """Return the result columns; figures are null and steps are empty unless the line is priced."""
    size = len(status)
    unpriced = status != PRICED
    amount = np.zeros(size, dtype=np.int64)
    amount[work.place] = work.amount_cents
    amount[unpriced] = 0
    units_e3 = np.where(unpriced | found.given, 0, lines.units_e3)
    sums = {
        "expected_allowed_cents": amount,
        "rvu_total_e5": (units_e5 * units_e3 + 500) // 1000,
        "rvu_work_e5": found.figures[:, WORK] * units_e3,
    }
    columns = [
        *nullable(unpriced, **sums),
        gathered(NAMES, status).alias("price_status"),
        gathered(BASIS, unpriced).alias("price_basis"),
        _steps(work, size),
    ]
    return Priced(columns, ~unpriced, sums)


def _steps(work: Workings, size: int) -> pl.Series:
    """Return the build-up of every line."""
    sequences = int(work.tail[-1]) + 1 if len(work.tail) else 0
    keep, priced = np.ones(sequences, dtype=bool), work.status == PRICED
    if not priced.all():
        keep = priced[np.searchsorted(work.tail, np.arange(sequences), side="left")]
    flat = work.log.flat(sequences, keep)
    ends = np.zeros(size, dtype=np.int64)
    ends[work.place] = np.diff(flat.starts[work.tail + 1], prepend=0)
    offsets = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(ends, out=offsets[1:])
    return step_lists(offsets, gathered(STEP_NAMES, flat.step), flat.factor_e4, flat.amount_cents)
