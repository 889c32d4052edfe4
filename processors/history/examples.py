"""Run the example of a history rule: the claims that went before, then the one it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from processors.history.book import HistoryBook
from processors.history.step import check_history
from processors.history.view import InMemoryHistory
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary, ReferenceTable

_LIMITS = pl.DataFrame(
    {"service_type": ["practitioner"], "hcpcs": ["97110"], "max_units": [6], "mai": [3]},
    schema_overrides={"max_units": pl.Int32, "mai": pl.Int8},
)
"""The published daily limit that examples rely on (2024)."""


def fires(rule_id: str, example: Mapping[str, Any], catalogue: RuleCatalogue) -> bool:
    """Say whether a history rule fires for an example.

    Args:
        rule_id: Id of the rule.
        example: Changes to the good claim; `earlier` holds the changes of the claims that went before, in order.
        catalogue: The rules in force.
    """
    book = HistoryBook.of(with_limits(catalogue.library))
    memory = InMemoryHistory()
    changes = dict(example)
    earlier = changes.pop("earlier", ())
    found = False
    for number, change in enumerate([*earlier, changes]):
        own = {
            "event_id": f"event-{number}",
            "claim_id": f"claim-{number}",
            "patient_control_token": f"control-{number}",
        }
        batch = example_batch([{**own, **change}])
        placed = batch.with_claim_columns(
            pl.lit(0, pl.Int32).alias("source_partition"), pl.lit(number, pl.Int64).alias("source_offset")
        )
        checked = check_history(validate(placed, catalogue), book, catalogue, memory)
        memory.remember(checked.history)
        found = rule_id in checked.findings["rule_id"]
    return found


def with_limits(library: ReferenceLibrary) -> ReferenceLibrary:
    """Return the library with the daily limit that examples rely on, where it knows none."""
    if library.frame("ncci_mue").filter(pl.col("hcpcs").is_in(_LIMITS["hcpcs"].implode())).height:
        return library
    limits = pl.concat([library.frame("ncci_mue"), _LIMITS], how="vertical_relaxed")
    return library.with_tables(ReferenceTable("ncci_mue", limits, False, "examples", "", None, None))
