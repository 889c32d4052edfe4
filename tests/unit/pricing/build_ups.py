"""Lines priced at national indices of 2026 with the starter schedule, and their build-ups in short."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from processors.pricing import PriceBook
from processors.pricing.lines import LINE_SCHEMA, price_lines

Step = tuple[str, int | None, int]


def line(code: str, *modifiers: str, **more: Any) -> dict[str, Any]:
    """Return a line of an office on 2026-06-03; claims have no charge, so that none caps the amount."""
    common = {"pos": "11", "date": date(2026, 6, 3), "state": "US", "claim": "one"}
    return {**common, "code": code, "modifiers": list(modifiers), **more}


def priced(*lines: Mapping[str, Any], book: PriceBook | None = None) -> pl.DataFrame:
    return price_lines(pl.DataFrame(lines, schema=LINE_SCHEMA), book or PriceBook.starter())


def amounts(*lines: Mapping[str, Any]) -> list[int | None]:
    return priced(*lines)["expected_allowed_cents"].to_list()


def build_up(*lines: Mapping[str, Any], book: PriceBook | None = None) -> list[Step]:
    """Return the steps of the last line."""
    return steps_of(priced(*lines, book=book)["price_steps"][-1])


def steps_of(steps: pl.Series) -> list[Step]:
    return [(step["step"], step["factor_e4"], step["amount_cents"]) for step in steps]


def status(*lines: Mapping[str, Any]) -> str:
    """Return the status of the last line."""
    found: str = priced(*lines)["price_status"][-1]
    return found
