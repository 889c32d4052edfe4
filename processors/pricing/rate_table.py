"""The fee schedule laid out for looking up whole columns: a row by year, code and component asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.pricing.arrays import NONE, Integers, Mask
from processors.pricing.calendar import Calendar
from processors.pricing.numbering import numbered
from processors.pricing.rates import COMPONENTS
from processors.pricing.status import GATES, NOT_VALID, PRICED, UNKNOWN_CODE

WORK, PRACTICE, MALPRACTICE, CAP_PRACTICE, CAP_MALPRACTICE, GATE, HAS_PRICE, MULTIPLE = range(8)
"""Columns of `Rates.figures`."""


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Rates:
    """The fee schedule by row; the last row is empty.

    Attributes:
        codes: The HCPCS codes, also those that are only named as a base.
        rows: Row by year of the calendar, number of the code and component asked for. Where a code has no such row,
            its whole row.
        component: Number of the component that a row pays.
        figures: Two rows a rate, outside and inside a facility: units in hundredths (of the outpatient cap as
            well), gate (a price status), whether it has a price there, and the multiple-procedure indicator.
        code: Number of the code.
        professional_row: Row of the professional component of a whole row, NONE where it has none.
        technical_row: Row of the technical component of a whole row.
        technical: Whether the row is technical altogether.
        base_row: Row of the base of the endoscopy family.
        base_code: Number of the code of the base of the family; of a code that is the base of others, its own.
        bilateral: Bilateral indicator, 9 where the concept does not apply.
        assistant: Indicator of assistants at surgery, 9 as above.
        co_surgeon: Indicator of two surgeons, 9 as above.
        team: Indicator of surgical teams, 9 as above.
        pre_op_e4: Share before the operation, ten-thousandths.
        intra_op_e4: Share of the operation.
        post_op_e4: Share after the operation.
        aftercare_days: Days of aftercare in the surgical package.
        only_alone: Whether it is paid only when nothing else of the session is (status T).
    """

    codes: pl.Enum
    rows: NDArray[np.int64]
    component: Integers
    figures: NDArray[np.int64]
    code: Integers
    professional_row: Integers
    technical_row: Integers
    technical: Mask
    base_row: Integers
    base_code: Integers
    bilateral: Integers
    assistant: Integers
    co_surgeon: Integers
    team: Integers
    pre_op_e4: Integers
    intra_op_e4: Integers
    post_op_e4: Integers
    aftercare_days: Integers
    only_alone: Mask

    @classmethod
    def of(cls, rates: pl.DataFrame, calendar: Calendar) -> Self:
        """Lay out the rows of `rates_of`."""
        codes = pl.Enum(pl.concat([rates["hcpcs"], rates["endo_base"].drop_nulls()]).unique().sort())
        with_empty = pl.concat([rates, rates.clear(1)])
        code = numbered(codes, with_empty["hcpcs"])
        component = with_empty["component"].cast(pl.Enum(COMPONENTS)).to_physical().fill_null(0).cast(pl.Int64)
        rows = _row_index(rates, code, component.to_numpy(), len(codes.categories), calendar)
        year = calendar.year_number(with_empty["year"].fill_null(0).to_numpy())
        base = numbered(codes, with_empty["endo_base"])
        is_base = np.zeros(len(codes.categories) + 1, dtype=bool)
        is_base[base] = True
        is_base[-1] = False
        whole = component.to_numpy() == 0
        parts = [_part_rows(with_empty, code, year, part) for part in ("26", "TC")]
        base_row = rows[year, base, 0]
        figures = _figures(with_empty)

        def column(name: str) -> Integers:
            return with_empty[name].fill_null(9).to_numpy().astype(np.int64)

        return cls(
            codes=codes,
            rows=rows,
            component=component.to_numpy(),
            figures=figures,
            code=code,
            professional_row=np.where(whole, parts[0], NONE),
            technical_row=np.where(whole, parts[1], NONE),
            technical=(component.to_numpy() == COMPONENTS.index("TC")) | (column("pctc_ind") == _TECHNICAL_ONLY),
            base_row=np.where(figures[base_row * 2, GATE] == PRICED, base_row, NONE),
            base_code=np.where(base < len(codes.categories), base, np.where(is_base[code], code, NONE)),
            bilateral=column("bilat_surg"),
            assistant=column("asst_surg"),
            co_surgeon=column("co_surg"),
            team=column("team_surg"),
            pre_op_e4=column("pre_op_pct_e4"),
            intra_op_e4=column("intra_op_pct_e4"),
            post_op_e4=column("post_op_pct_e4"),
            aftercare_days=with_empty["global_days"].replace_strict(_DAYS, default=0).to_numpy().astype(np.int64),
            only_alone=(with_empty["status_code"] == "T").fill_null(value=False).to_numpy(),
        )


_TECHNICAL_ONLY = 3
_DAYS = {"010": 10, "090": 90}


def _row_index(
    rates: pl.DataFrame, code: Integers, component: Integers, codes: int, calendar: Calendar
) -> NDArray[np.int64]:
    """Return the row by year, code and component asked for; one more year and code stand for all others."""
    missing = rates.height
    rows = np.full((calendar.years + 1, codes + 1, len(COMPONENTS)), missing, dtype=np.int64)
    asked = np.flatnonzero(rates["asked"].to_numpy())
    rows[calendar.year_number(rates["year"].to_numpy()[asked]), code[asked], component[asked]] = asked
    rows[-1] = missing
    for part in range(1, len(COMPONENTS)):
        rows[:, :, part] = np.where(rows[:, :, part] == missing, rows[:, :, 0], rows[:, :, part])
    return rows


def _part_rows(rates: pl.DataFrame, code: Integers, year: Integers, part: str) -> Integers:
    """Return for every row the row of this component of its code and year, NONE where there is none payable."""
    rows = np.full((int(year.max()) + 1, int(code.max()) + 1), NONE, dtype=np.int64)
    is_part = (rates["component"] == part) & rates["status_code"].is_in(["A", "R", "T"])
    at = np.flatnonzero(is_part.fill_null(value=False).to_numpy())
    rows[year[at], code[at]] = at
    found: Integers = rows[year, code]
    return found


def _figures(rates: pl.DataFrame) -> NDArray[np.int64]:
    """Return the figures outside and inside a facility, two rows for each rate."""
    status = pl.col("status_code").replace_strict(GATES, default=NOT_VALID, return_dtype=pl.Int64)
    gate = pl.when(pl.col("hcpcs").is_null()).then(UNKNOWN_CODE).otherwise(status)
    by_setting = [
        rates.select(
            "work_rvu_e2",
            f"{setting}_pe_rvu_e2",
            "mp_rvu_e2",
            f"opps_{setting}_pe_e2",
            "opps_mp_e2",
            gate=gate,
            has_price=pl.col(f"{setting}_has_price").cast(pl.Int64),
            multiple=pl.when(gate == PRICED).then(pl.col("mult_proc")).otherwise(0),
        )
        .fill_null(0)
        .cast(pl.Int64)
        .to_numpy()
        for setting in ("nonfac", "fac")
    ]
    return np.ascontiguousarray(np.stack(by_setting, axis=1).reshape(-1, by_setting[0].shape[1]))
