"""Fire the rules on a batch: one call a level, and findings made only where a rule fired."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.validation.catalogue import RuleCatalogue
from processors.validation.columns.definition import Inputs, Stage
from processors.validation.derive import MadeLevel
from processors.validation.findings import Findings, findings_of
from processors.validation.fire import fire
from processors.validation.levels import GivenLevel
from processors.validation.rule_set import RuleSet


def validate(batch: ClaimBatch, catalogue: RuleCatalogue) -> ClaimBatch:
    """Add the findings of every rule that fires, and their counts.

    Args:
        batch: Claims and lines of the claims.submitted contract.
        catalogue: The rules in force.

    Returns:
        The batch with `findings` replaced (FINDINGS_SCHEMA; by claim, errors first, then by line and rule)
        and the claim columns error_count, warning_count (Int32) and rule_pack_version.
    """
    found = find(batch, catalogue)
    counted = batch.with_claim_series(
        pl.Series("error_count", found.error_count.astype(np.int32)),
        pl.Series("warning_count", found.warning_count.astype(np.int32)),
        pl.Series("rule_pack_version", [catalogue.version]).new_from_index(0, batch.size),
    )
    return replace(counted, findings=found.frame)


def find(batch: ClaimBatch, catalogue: RuleCatalogue, stage: Stage = "submitted") -> Findings:
    """Return the findings of the rules of a stage, as grave as they are for the tenant and payer of each claim.

    Args:
        batch: Claims and lines, at the stage history with the columns of that stage.
        catalogue: The rules in force.
        stage: The stage whose rules are asked.
    """
    of_claims, of_lines = _asked(batch, catalogue, stage)
    with (
        Inputs(batch, catalogue.library) as inputs,
        MadeLevel("claim", batch.claims, inputs) as claims,
        MadeLevel("line", batch.lines, inputs, claims) as lines,
    ):
        claims.make(of_claims.own_columns | of_lines.claim_columns)
        lines.make(of_lines.own_columns)
        return _findings(batch, claims, lines, of_claims, of_lines, catalogue)


def ask(
    batch: ClaimBatch, claims: pl.DataFrame, lines: pl.DataFrame, catalogue: RuleCatalogue, stage: Stage
) -> Findings:
    """Return the findings of the rules of a stage on frames that have every column they read.

    Args:
        batch: The batch.
        claims: Its claims in row order, with `row`.
        lines: Some of its lines, with `row` and `line_number`.
        catalogue: The rules in force.
        stage: The stage whose rules are asked.
    """
    of_claims, of_lines = _asked(batch, catalogue, stage)
    with GivenLevel(claims) as level, GivenLevel(lines) as line_level:
        return _findings(batch, level, line_level, of_claims, of_lines, catalogue)


def _asked(batch: ClaimBatch, catalogue: RuleCatalogue, stage: Stage) -> tuple[RuleSet, RuleSet]:
    """Return the rules of both levels that can fire on claims of the types in a batch."""
    kinds = batch.claims["claim_type"].unique().to_list()
    return catalogue.asked("claim", stage, kinds), catalogue.asked("line", stage, kinds)


def _findings(
    batch: ClaimBatch,
    claims: GivenLevel,
    lines: GivenLevel,
    of_claims: RuleSet,
    of_lines: RuleSet,
    catalogue: RuleCatalogue,
) -> Findings:
    on_claims, on_lines = fire(claims, of_claims), fire(lines, of_lines)
    if catalogue.local_severities is not None:
        on_claims = on_claims.localized(batch.claims, catalogue.local_severities)
        on_lines = on_lines.localized(batch.claims, catalogue.local_severities)
    return findings_of(on_claims, on_lines, batch.size)
