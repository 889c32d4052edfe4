"""Price service lines given as a table: for the command line, for files, for checks against published fees."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.frames import with_columns
from processors.pricing.arrays import NONE, Integers
from processors.pricing.book import PriceBook
from processors.pricing.calendar import NO_DATE
from processors.pricing.inputs import NO_CHARGE, LineInputs, units_e3, whole_minutes
from processors.pricing.localities import locality_key
from processors.pricing.modifiers import modifier_bits
from processors.pricing.numbering import numbers
from processors.pricing.tables import PriceTables
from processors.pricing.work_out import work_out
from schemas.errors import BadInputError

LINE_SCHEMA = pl.Schema(
    {
        "code": pl.String(),
        "modifiers": pl.List(pl.String),
        "pos": pl.String(),
        "date": pl.Date(),
        "state": pl.String(),
        "locality": pl.String(),
        "zip": pl.String(),
        "units": pl.Float64(),
        "minutes": pl.Float64(),
        "charge_cents": pl.Int64(),
        "taxonomy": pl.String(),
        "participating": pl.Boolean(),
        "in_apm": pl.Boolean(),
        "claim": pl.String(),
        "provider": pl.String(),
        "postoperative_days": pl.Int64(),
        "present_at_induction": pl.Boolean(),
    }
)
"""Columns of a table of lines; only `code`, `pos` and `date` have to be there, the others are null when absent."""

_NEEDED = ("code", "pos", "date")


def price_lines(lines: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    """Return the lines with the expected allowed amount of each and how it came about.

    Args:
        lines: Columns of LINE_SCHEMA, any order, others are kept. `modifiers` is a list of two-character codes,
            or text with anything but letters and digits between them.
            `locality` is the Medicare locality of `state`; where it is null the ZIP code decides, else the
            rest-of-state locality. State `US` without a locality means national indices of 1.000. Null `units`
            is one unit; `minutes` is anesthesia time. Null `charge_cents` means that no charge caps the
            amount. Null `participating` is yes, null `in_apm` is no. Lines with the same `claim`, date and
            `provider` are ranked against each other for multiple-procedure reductions; a line whose claim is
            null stands alone. `postoperative_days` (modifier 55) are the days of aftercare given, null for
            all; `present_at_induction` (modifier AD) adds a base unit.
        book: Tables to look up.

    Returns:
        The rows in order, with expected_allowed_cents (Int64, null unless priced), rvu_total_e5, rvu_work_e5,
        price_status, price_basis and price_steps as `price` gives them.

    Raises:
        BadInputError: A column is missing or has a type that cannot be read.
    """
    typed = _typed(lines)
    priced = work_out(_inputs(typed, book.tables), book.tables)
    return with_columns(lines, *priced.columns)


def _typed(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of LINE_SCHEMA, null where absent."""
    missing = [name for name in _NEEDED if name not in lines.columns]
    if missing:
        msg = f"The lines have no column {', '.join(missing)}."
        raise BadInputError(msg, f"Give every line the columns {', '.join(_NEEDED)}.")
    return pl.DataFrame([_column(lines, name, dtype) for name, dtype in LINE_SCHEMA.items()])


def _column(lines: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Series:
    """Return a column in its type, null where absent."""
    if name not in lines.columns:
        return pl.Series(name, [None], dtype=dtype).new_from_index(0, lines.height)
    given = lines[name]
    if name == "modifiers" and given.dtype == pl.String:
        given = given.str.to_uppercase().str.extract_all("[A-Z0-9]+")
    if name == "date" and given.dtype == pl.String:
        given = given.str.to_date("%Y-%m-%d", strict=False)
    try:
        return given.cast(dtype)
    except pl.exceptions.PolarsError as error:
        msg = f"The column {name} of the lines holds something else than {dtype}."
        raise BadInputError(msg, "Correct the column.") from error


def _inputs(lines: pl.DataFrame, tables: PriceTables) -> LineInputs:
    """Return what pricing reads of the lines."""
    found = lines.select(
        pl.col("date").cast(pl.Int32).cast(pl.Int64).fill_null(NO_DATE).alias("days"),
        numbers(tables.rates.codes, pl.col("code")).alias("code"),
        numbers(tables.places, pl.col("pos")).alias("place"),
        numbers(tables.localities.states, pl.col("state")).alias("state"),
        numbers(tables.localities.zips, pl.col("zip").str.slice(0, 5)).alias("zip"),
        numbers(tables.localities.keys, locality_key()).alias("key"),
        locality_key().is_not_null().alias("has_key"),
        numbers(tables.taxonomies, pl.col("taxonomy")).alias("taxonomy"),
        pl.col("units").fill_null(1.0),
        pl.col("minutes"),
        pl.col("charge_cents").clip(lower_bound=0).fill_null(NO_CHARGE),
        pl.col("participating").fill_null(value=True),
        pl.col("in_apm").fill_null(value=False).cast(pl.Int64),
        _group("claim"),
        pl.col("provider").fill_null("").rank("dense").cast(pl.Int64),
        pl.col("postoperative_days").fill_null(NONE),
        pl.col("present_at_induction").fill_null(value=False),
    )
    of_zip = tables.localities.of_zip[found["zip"].to_numpy()]
    # An unknown locality keeps its number, which has no indices: it is not replaced by that of the state.
    locality = np.where(found["has_key"].to_numpy(), found["key"].to_numpy(), of_zip)
    provider: Integers = found["provider"].to_numpy()
    return LineInputs(
        claim=found["claim"].to_numpy(),
        kind=np.zeros(lines.height, dtype=np.int64),
        days=found["days"].to_numpy(),
        code=found["code"].to_numpy(),
        place=found["place"].to_numpy(),
        state=found["state"].to_numpy(),
        locality=locality,
        units_e3=units_e3(found["units"].to_numpy()),
        minutes=whole_minutes(found["minutes"].to_numpy(), np.ones(lines.height, dtype=bool)),
        charge_cents=found["charge_cents"].to_numpy(),
        carried=modifier_bits(lines["modifiers"], tables.modifiers),
        share_e4=tables.share_e4[found["taxonomy"].to_numpy()],
        participating=found["participating"].to_numpy(),
        apm=found["in_apm"].to_numpy(),
        provider_of=lambda at: provider[at],
        aftercare_days=found["postoperative_days"].to_numpy(),
        at_induction=found["present_at_induction"].to_numpy(),
    )


def _group(name: str) -> pl.Expr:
    """Return a number for each value of a column, and one of its own for every null."""
    named = pl.col(name).rank("dense").cast(pl.Int64)
    alone = pl.int_range(pl.len(), dtype=pl.Int64) + named.max().fill_null(0) + 1
    return pl.coalesce(named, alone).alias(name)
