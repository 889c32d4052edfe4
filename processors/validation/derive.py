"""Compute the columns of both rule levels for a batch: few steps over whole columns, no per-claim Python."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from processors.batch import ClaimBatch
from processors.validation.columns import CLAIM_COLUMNS, FROM_CLAIM, LINE_COLUMNS, LINE_NPI_CHECK, NPI_CHECKS, Derived
from processors.validation.line_summary import line_summary
from processors.validation.lookups import diagnosis_limits, filing_limits, pos_known, procedure_limits
from processors.validation.npi import npi_is_valid

_UNOPTIMISED = pl.QueryOptFlags.none()
"""The plans below are written the way they should run; looking for a better one costs a small batch more."""


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
    on_claims = _plan("claim", frozenset({"row", *FROM_CLAIM.values(), *claim_columns}))
    claims = _claims(batch, claim_checks, on_claims)
    on_lines = _plan("line", frozenset({"row", "line_number", *line_columns}))
    return claims, _lines(batch.lines, claims, line_check, on_lines)


@dataclass(frozen=True, eq=False)
class _Plan:
    """How the wanted columns of a level come about.

    Attributes:
        fields: Columns that must be there before the stages.
        stages: The stages, without what nobody wants.
        wanted: The columns at the end.
    """

    fields: frozenset[str]
    stages: tuple[tuple[pl.Expr, ...], ...]
    wanted: tuple[str, ...]

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame of the fields with the wanted columns."""
        stages = frame.lazy()
        for stage in self.stages:
            stages = stages.with_columns(stage)
        return stages.select(self.wanted).collect(optimizations=_UNOPTIMISED)


_TAKEN = tuple(pl.col(source).alias(name) for name, source in FROM_CLAIM.items())
_POS_KNOWN = Derived("pos_known", "the place of service is a published code", pos_known())


@cache
def _plan(level: Literal["claim", "line"], wanted: frozenset[str]) -> _Plan:
    """Return the plan for the wanted columns of a level."""
    stages: tuple[tuple[Derived, ...], ...] = CLAIM_COLUMNS if level == "claim" else (LINE_COLUMNS,)
    needed = set(wanted)
    kept: list[tuple[pl.Expr, ...]] = []
    for stage in reversed(((*stages[0], _POS_KNOWN), *stages[1:])):
        used = [column for column in stage if column.name in needed]
        needed.update(name for column in used for name in column.expr.meta.root_names())
        kept.append(tuple(column.named for column in used))
    return _Plan(frozenset(needed), tuple(reversed(kept)), tuple(sorted(wanted)))


def _claims(batch: ClaimBatch, npi_checks: list[pl.Series], plan: _Plan) -> pl.DataFrame:
    """Return the claims with the wanted columns of the claim level."""
    columns = [
        *line_summary(batch.lines, batch.size),
        *diagnosis_limits(batch.claims["diagnosis_codes"]),
        *filing_limits(batch.claims["payer_id"]),
        *npi_checks,
        pl.Series("today", [batch.now.date()]).new_from_index(0, batch.size),
    ]
    return plan.run(_fields(batch.claims, columns, plan))


def _lines(lines: pl.DataFrame, claims: pl.DataFrame, npi_check: pl.Series, plan: _Plan) -> pl.DataFrame:
    """Return the lines with the wanted columns; `claims` holds the columns of FROM_CLAIM."""
    columns = [*claims.select(_TAKEN)[lines["row"]], *procedure_limits(lines["procedure_code"]), npi_check]
    return plan.run(_fields(lines, columns, plan))


def _fields(frame: pl.DataFrame, columns: list[pl.Series], plan: _Plan) -> pl.DataFrame:
    """Return the fields of a frame and the further columns that a plan begins with, and no others."""
    # Every step costs by the width of the frame, and claims are wide.
    fields = [column for column in frame.iter_columns() if column.name in plan.fields]
    return pl.DataFrame([*fields, *(column for column in columns if column.name in plan.fields)])


def _npi_checks(batch: ClaimBatch) -> tuple[list[pl.Series], pl.Series]:
    """Return the columns of NPI_CHECKS and LINE_NPI_CHECK, all computed in one step."""
    roles = [name.removesuffix("_valid") for name, _ in NPI_CHECKS]
    npis = [*(batch.claims[role] for role in roles), batch.lines["rendering_npi"]]
    checked = pl.DataFrame({"npi": pl.concat(npis)}).select(npi_is_valid("npi")).to_series()
    ends = len(roles) * batch.size
    on_claims = [
        checked.slice(number * batch.size, batch.size).alias(name) for number, (name, _) in enumerate(NPI_CHECKS)
    ]
    return on_claims, checked.slice(ends).alias(LINE_NPI_CHECK[0])
