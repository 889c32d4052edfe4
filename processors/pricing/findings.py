"""Say on the claim why a line has no expected amount: findings of the rules of the priced stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.pricing.book import PriceBook
from processors.pricing.price import price
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch
from processors.validation.more_findings import with_more_findings
from processors.validation.validate import ask

_OTHER_TYPES = ("institutional", "dental")
"""Statuses of lines that the fee schedule is not about."""


def find_unpriced(batch: ClaimBatch, catalogue: RuleCatalogue) -> ClaimBatch:
    """Add a finding for every line without an expected amount that a rule is about.

    Args:
        batch: A validated batch after `price` and the contracts.
        catalogue: The rules in force; those of the stage priced are asked.
    """
    rules = catalogue.asked("line", "priced")
    status = batch.lines["price_status"]
    at = np.flatnonzero((status != "priced").to_numpy())
    if not len(at) or not rules.rules:
        return batch
    at = at[~status[at].is_in(_OTHER_TYPES).to_numpy()]
    if not len(at):
        return batch
    fields = [name for name in ("row", "line_number", *rules.columns) if name in batch.lines.columns]
    table = catalogue.library.find("fee_schedule")
    complete = pl.Series("schedule_is_complete", [table is not None and table.complete])
    lines = batch.lines[list(dict.fromkeys(fields))][at].hstack([complete.new_from_index(0, len(at))])
    return with_more_findings(batch, ask(batch, batch.claims, lines, catalogue, "priced"))


def rows_found(examples: list[Mapping[str, Any]], catalogue: RuleCatalogue) -> set[int]:
    """Return the example claims that rules of the priced stage find something on, by their place."""
    book = PriceBook.of(catalogue.library)
    batch = price(validate(example_batch(examples), catalogue), book)
    return set(find_unpriced(batch, catalogue).findings["row"])
