"""Compute the columns of both rule levels for a batch: few steps over whole columns, no per-claim Python."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from processors.batch import ClaimBatch
from processors.validation.columns.definition import Inputs
from processors.validation.columns.from_claim import FROM_CLAIM
from processors.validation.plan import Plan, plan_of
from reference.library import ReferenceLibrary


def derive(
    batch: ClaimBatch,
    claim_columns: Collection[str],
    line_columns: Collection[str],
    library: ReferenceLibrary,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the claims and the lines with the columns that rules use.

    Args:
        batch: The claims and lines.
        claim_columns: Names needed on the claims, fields or derived.
        line_columns: Names needed on the lines.
        library: Reference tables.

    Returns:
        Claims in row order with `row` and the named columns, among others; lines in batch order with `row`,
        `line_number` and the named columns.
    """
    inputs = Inputs(batch, library)
    line_plan = plan_of("line", frozenset({"row", "line_number", *line_columns}), library)
    taken = sorted(line_plan.fields & FROM_CLAIM.keys())
    claim_plan = plan_of("claim", frozenset({"row", *claim_columns, *(FROM_CLAIM[name] for name in taken)}), library)
    claims = claim_plan.run(_fields(batch.claims, claim_plan, inputs, []))
    return claims, line_plan.run(_fields(batch.lines, line_plan, inputs, _of_claim(claims, batch.lines, taken)))


def _fields(frame: pl.DataFrame, plan: Plan, inputs: Inputs, more: list[pl.Series]) -> pl.DataFrame:
    """Return the fields of a level that its plan reads: of the contract, of its groups, and those given."""
    made = {series.name: series for group in plan.groups for series in group.compute(inputs)}
    made |= {series.name: series for series in more}
    own = [name for name in frame.columns if name in plan.fields and name not in made]
    return frame.select(own).hstack([made[name] for name in made if name in plan.fields])


def _of_claim(claims: pl.DataFrame, lines: pl.DataFrame, names: list[str]) -> list[pl.Series]:
    """Return the columns of FROM_CLAIM with these names for every line."""
    if not names:
        return []
    taken = claims.select(pl.col(FROM_CLAIM[name]).alias(name) for name in names)
    return taken[lines["row"]].get_columns()
