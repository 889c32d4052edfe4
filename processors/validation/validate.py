"""Fire the rules on a batch: one select a level, and findings made only where a rule fired."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from processors.batch import ClaimBatch
from processors.validation.catalogue import RuleCatalogue
from processors.validation.derive import derive
from processors.validation.findings import findings_of
from processors.validation.fire import fire


def validate(batch: ClaimBatch, catalogue: RuleCatalogue) -> ClaimBatch:
    """Add the findings of every rule that fires, and their counts.

    Args:
        batch: Claims and lines of the claims.submitted contract.
        catalogue: The rules in force.

    Returns:
        The batch with `findings` replaced (FINDINGS_SCHEMA; by claim, errors first, then by line and rule)
        and the claim columns error_count, warning_count (Int32) and rule_pack_version.
    """
    claims, lines = derive(batch, catalogue.columns_of("claim"), catalogue.columns_of("line"), catalogue.library)
    found = findings_of(fire(claims, catalogue.at("claim")), fire(lines, catalogue.at("line")), batch.size)
    counted = batch.claims.with_columns(
        pl.Series("error_count", found.error_count, dtype=pl.Int32),
        pl.Series("warning_count", found.warning_count, dtype=pl.Int32),
        pl.Series("rule_pack_version", [catalogue.version]).new_from_index(0, batch.size),
    )
    return replace(batch, findings=found.frame, claims=counted)
