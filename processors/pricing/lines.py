"""Price single service lines given as a table: for the command line, for files and for checks against published fees."""

from __future__ import annotations

import polars as pl

from processors.pricing.book import PriceBook

LINE_SCHEMA = pl.Schema(
    {
        "code": pl.String,
        "modifiers": pl.List(pl.String),
        "pos": pl.String,
        "date": pl.Date,
        "state": pl.String,
        "locality": pl.String,
        "zip": pl.String,
        "units": pl.Float64,
        "minutes": pl.Float64,
        "charge_cents": pl.Int64,
        "taxonomy": pl.String,
        "participating": pl.Boolean,
        "in_apm": pl.Boolean,
        "claim": pl.String,
        "provider": pl.String,
        "postoperative_days": pl.Int64,
        "present_at_induction": pl.Boolean,
    }
)
"""Columns of a table of lines; only `code`, `pos` and `date` have to be there, the others are null when absent."""


def price_lines(lines: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    """Return the lines with the expected allowed amount of each and how it came about.

    Args:
        lines: Columns of LINE_SCHEMA, any order, others are kept. `modifiers` is a list of two-character codes.
            `locality` is the Medicare locality of `state`; where it is null the ZIP code decides, else the
            rest-of-state locality. State `US` without a locality means national indices of 1.000. Null `units`
            is one unit; `minutes` is anaesthesia time. Null `charge_cents` means that no charge caps the
            amount. Null `participating` is yes, null `in_apm` is no. Lines with the same `claim`, date and
            `provider` are ranked against each other for multiple-procedure reductions; a line whose claim is
            null stands alone. `postoperative_days` (modifier 55) are the days of aftercare given, null for
            all; `present_at_induction` (modifier AD) adds a base unit.
        book: Tables to look up.

    Returns:
        The rows in order, with expected_allowed_cents (Int64, null unless priced), rvu_total_e5, rvu_work_e5,
        price_status, price_basis and price_steps as `price` gives them.

    Raises:
        ClaimstreamError: A column is missing or has a type that cannot be read.
    """
    raise NotImplementedError
