"""Compute the columns of both rule levels for a batch: few steps over whole columns, no per-claim Python."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from processors.batch import ClaimBatch
from processors.validation.columns import FROM_CLAIM, LINE_NPI_CHECK, NPI_CHECKS
from processors.validation.line_summary import line_summary
from processors.validation.lookups import diagnosis_limits
from processors.validation.npi import npis_are_valid
from processors.validation.plan import Plan, plan_of


def derive(
    batch: ClaimBatch, claim_columns: Collection[str], line_columns: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the claims and the lines with the columns that rules use.

    Args:
        batch: The claims and lines.
        claim_columns: Names needed on the claims, fields or derived.
        line_columns: Names needed on the lines.

    Returns:
        Claims in row order with `row`, the columns of FROM_CLAIM and the named columns; lines in batch order
        with `row`, `line_number` and the named columns.
    """
    claim_checks, line_check = _npi_checks(batch)
    on_claims = frozenset({"row", *FROM_CLAIM.values(), *claim_columns})
    claims = _claims(batch, claim_checks, plan_of("claim", on_claims))
    on_lines = frozenset({"row", "line_number", *line_columns})
    return claims, _lines(batch.lines, claims, line_check, plan_of("line", on_lines))


def _claims(batch: ClaimBatch, npi_checks: list[pl.Series], plan: Plan) -> pl.DataFrame:
    """Return the claims with the wanted columns of the claim level."""
    today = pl.Series("today", [batch.now.date()]).new_from_index(0, batch.size)
    computed = [*line_summary(batch.lines, batch.size), *diagnosis_limits(batch.claims), *npi_checks, today]
    return plan.run(batch.claims.hstack(computed))


def _lines(lines: pl.DataFrame, claims: pl.DataFrame, npi_check: pl.Series, plan: Plan) -> pl.DataFrame:
    """Return the lines with the wanted columns; `claims` holds the columns of FROM_CLAIM."""
    taken = claims[list(FROM_CLAIM.values())][lines["row"]]
    taken.columns = list(FROM_CLAIM)
    return plan.run(lines.hstack([*taken, npi_check]))


def _npi_checks(batch: ClaimBatch) -> tuple[list[pl.Series], pl.Series]:
    """Return the columns of NPI_CHECKS and LINE_NPI_CHECK, all computed in one step."""
    roles = [name.removesuffix("_valid") for name, _ in NPI_CHECKS]
    npis = [*(batch.claims[role] for role in roles), batch.lines["rendering_npi"]]
    checked = npis_are_valid(pl.concat(npis))
    on_claims = [
        checked.slice(number * batch.size, batch.size).alias(name) for number, (name, _) in enumerate(NPI_CHECKS)
    ]
    return on_claims, checked.slice(len(roles) * batch.size).alias(LINE_NPI_CHECK[0])
