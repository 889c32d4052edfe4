"""The tables of a price book laid out for looking up whole columns: every key finds its row by numbers.

Codes become numbers through an Enum, whose hash table is built once a book; a join would build one every batch.
The last row of every table is empty: it answers for keys that the table does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.pricing.arrays import NONE, Integers, Mask
from processors.pricing.calendar import Calendar
from processors.pricing.rates import COMPONENTS
from processors.pricing.status import GATES, NOT_VALID, PRICED, UNKNOWN_CODE

if TYPE_CHECKING:
    from processors.pricing.book import PriceBook

NATIONAL = "US"
"""State of the national indices, which are 1.000; no claim comes from there."""

WORK, PRACTICE, MALPRACTICE, CAP_PRACTICE, CAP_MALPRACTICE, GATE, HAS_PRICE, MULTIPLE = range(8)
"""Columns of `Rates.figures`."""


def numbers(codes: pl.Enum, code: pl.Expr) -> pl.Expr:
    """Return the number of a code; the number of codes for one that is not among them."""
    return code.cast(codes, strict=False).to_physical().cast(pl.Int64).fill_null(len(codes.categories))


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
        codes = pl.Enum(pl.concat([rates["hcpcs"], rates["endo_base"].drop_nulls()]).unique(maintain_order=True))
        with_empty = pl.concat([rates, rates.clear(1)])
        code = with_empty.select(numbers(codes, pl.col("hcpcs"))).to_series().to_numpy()
        component = with_empty["component"].cast(pl.Enum(COMPONENTS)).to_physical().fill_null(0).cast(pl.Int64)
        rows = _row_index(rates, code, component.to_numpy(), len(codes.categories), calendar)
        year = calendar.year_number(with_empty["year"].fill_null(0).to_numpy())
        base = with_empty.select(numbers(codes, pl.col("endo_base"))).to_series().to_numpy()
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


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Localities:
    """Payment localities: their cost indices by year, and how a line finds its own.

    Attributes:
        keys: State and locality written together; a key's number is that of its locality.
        states: The states.
        zips: Five-digit ZIP codes.
        of_state: Locality by year of the calendar and state, where only the state is known.
        of_zip: Locality by ZIP code.
        indices_e3: Work, practice and malpractice index in thousandths by year and locality; NONE where none.
        anesthesia_cents: Cents of an anesthesia unit by period of the calendar, locality and APM; NONE where none.
        anesthesia_derived: Whether that factor was derived from the national one instead of published.
    """

    keys: pl.Enum
    states: pl.Enum
    zips: pl.Enum
    of_state: NDArray[np.int64]
    of_zip: Integers
    indices_e3: NDArray[np.int64]
    anesthesia_cents: NDArray[np.int64]
    anesthesia_derived: NDArray[np.bool_]

    @classmethod
    def of(cls, book: PriceBook, calendar: Calendar) -> Self:
        """Lay out the localities of a book."""
        gpci = book.localities.with_columns(key=locality_key())
        keys = pl.Enum(["", *gpci["key"].unique(maintain_order=True)])
        states = pl.Enum(gpci["state"].unique(maintain_order=True))
        zips = book.zip_localities.with_columns(key=locality_key())
        year = calendar.year_number(gpci["year"].to_numpy())
        key = _number(gpci["key"], keys)
        indices = np.full((calendar.years + 1, len(keys.categories) + 1, 3), NONE, dtype=np.int64)
        indices[year, key] = gpci.select("work_gpci_e3", "pe_gpci_e3", "mp_gpci_e3").to_numpy()
        indices[:-1, 0] = 1000  # the nation
        indices[-1] = NONE
        of_state = np.full((calendar.years + 1, len(states.categories) + 1), NONE, dtype=np.int64)
        default = gpci["state_default"].to_numpy() == 1
        cents, derived = _anesthesia(book.anesthesia_factors.with_columns(key=locality_key()), keys, calendar)
        of_state[year[default], _number(gpci["state"], states)[default]] = key[default]
        return cls(
            keys=keys,
            states=states,
            zips=pl.Enum(zips["zip"]),
            of_state=of_state,
            of_zip=np.append(np.where((found := _number(zips["key"], keys)) < len(keys.categories), found, NONE), NONE),
            indices_e3=indices,
            anesthesia_cents=cents,
            anesthesia_derived=derived,
        )


def locality_key() -> pl.Expr:
    """Return state and locality written together; the empty text for the nation, null without a locality."""
    national = (pl.col("state") == NATIONAL) & (pl.col("locality").fill_null("").is_in(["", "00"]))
    return pl.when(national).then(pl.lit("")).otherwise(pl.concat_str("state", pl.lit("|"), "locality"))


def _number(column: pl.Series, codes: pl.Enum) -> Integers:
    return pl.select(numbers(codes, pl.lit(column))).to_series().to_numpy()


def _anesthesia(
    factors: pl.DataFrame, keys: pl.Enum, calendar: Calendar
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return cents of an anesthesia unit by period, locality and APM, and whether they are derived."""
    cents = np.full((calendar.periods, len(keys.categories) + 1, 2), NONE, dtype=np.int64)
    derived = np.zeros(cents.shape, dtype=bool)
    # The national factor has four decimals and is no locality's: it is left out.
    by_span = factors.filter(pl.col("key") != "").partition_by("effective_from", "effective_to", "basis", as_dict=True)
    for (first, last, basis), rows in by_span.items():
        key = _number(rows["key"], keys)
        for period in calendar.between(first, last):
            for apm in calendar.apm_of(basis):
                cents[period, key, apm] = rows["factor_cents"].to_numpy()
                derived[period, key, apm] = rows["derived"].to_numpy()
    cents[:, -1] = NONE
    return cents, derived


@dataclass(frozen=True, eq=False)  # arrays have no equality
class PriceTables:
    """The tables of a book.

    Attributes:
        calendar: Days that share a year and a conversion factor.
        rates: The fee schedule.
        localities: Payment localities.
        places: The places of service; a code's number is its row.
        facility: Whether a place of service is a facility.
        adjudicated: Whether services at a place of service are priced at all.
        taxonomies: Provider taxonomies with a share of their own.
        share_e4: The share of the fee schedule of each, in ten-thousandths; the last is the whole.
        base_units: Anesthesia base units by number of the code, NONE where unknown.
    """

    calendar: Calendar
    rates: Rates
    localities: Localities
    places: pl.Enum
    facility: Mask
    adjudicated: Mask
    taxonomies: pl.Enum
    share_e4: Integers
    base_units: Integers

    @classmethod
    def of(cls, book: PriceBook) -> Self:
        """Lay out the tables of a book."""
        calendar = Calendar.of(book)
        rates = Rates.of(book.rates, calendar)
        base_units = np.full(len(rates.codes.categories) + 1, NONE, dtype=np.int64)
        known = book.anesthesia_base_units
        base_units[_number(known["hcpcs"], rates.codes)] = known["base_units"].to_numpy()
        base_units[-1] = NONE
        return cls(
            calendar=calendar,
            rates=rates,
            localities=Localities.of(book, calendar),
            places=pl.Enum(book.settings["pos"]),
            facility=np.append(book.settings["facility"].to_numpy(), False),
            adjudicated=np.append(book.settings["adjudicated"].to_numpy(), False),
            taxonomies=pl.Enum(book.shares["taxonomy"]),
            share_e4=np.append(book.shares["share_e4"].to_numpy(), 10_000),
            base_units=base_units,
        )
