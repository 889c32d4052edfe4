"""Compute the columns of both rule levels for a batch: a few small joins and selects, no per-claim Python."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import polars as pl

from processors.batch import ClaimBatch
from processors.validation.columns import CLAIM_COLUMNS, FROM_CLAIM, LINE_COLUMNS, LINE_SUMMARY, Derived
from reference import starter


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
    on_claims = frozenset({"row", *FROM_CLAIM.values(), *claim_columns})
    claims = _claims(batch, on_claims)
    lines = _lines(batch.lines, claims, frozenset({"row", "line_number", *line_columns}))
    return claims, lines


def _claims(batch: ClaimBatch, wanted: frozenset[str]) -> pl.DataFrame:
    """Return the claims with the wanted columns of the claim level."""
    # Only the fields in use: every step below costs by the width of the frame, and claims are wide.
    fields, stages = _plan(wanted, CLAIM_COLUMNS)
    frame = (
        batch.claims.select(name for name in batch.claims.columns if name in fields)
        .hstack(_from_lines_and_diagnoses(batch))
        .with_columns(
            today=pl.lit(batch.now.date()),
            pos_known=_pos_known(),
            timely_filing_days=pl.col("payer_id").replace_strict(_filing_limits(), default=None, return_dtype=pl.Int32),
        )
    )
    for stage in stages:
        frame = frame.with_columns(column.named for column in stage)
    return frame.select(sorted(wanted))


def _lines(lines: pl.DataFrame, claims: pl.DataFrame, wanted: frozenset[str]) -> pl.DataFrame:
    """Return the lines with the wanted columns; `claims` holds the columns of FROM_CLAIM."""
    taken = claims.select(pl.col(source).alias(name) for name, source in FROM_CLAIM.items())
    fields, stages = _plan(wanted, (LINE_COLUMNS,))
    frame = (
        lines.select(name for name in lines.columns if name in fields)
        .hstack(taken[lines["row"]])
        .hstack(_procedure_limits_of(lines))
        .with_columns(pos_known=_pos_known())
    )
    for stage in stages:
        frame = frame.with_columns(column.named for column in stage)
    return frame.select(sorted(wanted))


_LOOKED_UP_BY = frozenset({"row", "payer_id", "place_of_service"})


@cache
def _plan(
    wanted: frozenset[str], stages: tuple[tuple[Derived, ...], ...]
) -> tuple[frozenset[str], tuple[tuple[Derived, ...], ...]]:
    """Return the names that must be there before the stages, and the stages without what nobody wants."""
    needed = set(wanted)
    kept = []
    for stage in reversed(stages):
        used = tuple(column for column in stage if column.name in needed)
        needed.update(name for column in used for name in column.expr.meta.root_names())
        kept.append(used)
    return frozenset(needed | _LOOKED_UP_BY), tuple(reversed(kept))


def _from_lines_and_diagnoses(batch: ClaimBatch) -> pl.DataFrame:
    """Return, one row a claim, what the lines add up to and what the diagnoses ask for."""
    return (
        batch.claims.lazy()
        .select("row")
        .join(_line_summary(batch.lines), on="row", how="left", maintain_order="left")
        .join(_diagnosis_limits(batch.claims), on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col("line_count", "line_charge_cents", "distinct_line_numbers").fill_null(0),
            pl.col("line_auth_on_file").fill_null(value=False),
        )
        .drop("row")
        .collect()
    )


def _procedure_limits_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Return, one row a line, what its procedure asks of the patient."""
    procedures = lines.lazy().select("procedure_code")
    return (
        procedures.join(_procedure_limits(), on="procedure_code", how="left", maintain_order="left")
        .drop("procedure_code")
        .collect()
    )


def _line_summary(lines: pl.DataFrame) -> pl.LazyFrame:
    used = ("row", "charge_cents", "service_from", "service_to", "line_number", "prior_auth_on_file")
    return lines.lazy().select(used).group_by("row").agg(column.named for column in LINE_SUMMARY)


def _diagnosis_limits(claims: pl.DataFrame) -> pl.LazyFrame:
    """Return by row what the known diagnoses say about the patient's sex and age."""
    return (
        claims.lazy()
        .select("row", "diagnosis_codes")
        .explode("diagnosis_codes")
        .join(_limited_diagnoses(), left_on="diagnosis_codes", right_on="code")
        .group_by("row")
        .agg(
            diagnosis_sex=pl.col("sex").drop_nulls().first(),
            diagnosis_min_age=pl.col("min_age").max(),
            diagnosis_max_age=pl.col("max_age").min(),
        )
    )


def _pos_known() -> pl.Expr:
    return pl.col("place_of_service").is_in(_pos_codes().implode())


@cache
def _pos_codes() -> pl.Series:
    return starter.pos_codes()["pos"]


@cache
def _limited_diagnoses() -> pl.LazyFrame:
    limits = starter.diagnoses().select("code", "sex", "min_age", "max_age")
    return limits.filter(pl.any_horizontal(pl.col("sex", "min_age", "max_age").is_not_null())).lazy()


@cache
def _filing_limits() -> dict[str, int]:
    return dict(starter.payers().select("payer_id", "timely_filing_days").iter_rows())


@cache
def _procedure_limits() -> pl.LazyFrame:
    return (
        starter.procedure_families()
        .select(
            pl.col("hcpcs").alias("procedure_code"),
            pl.col("sex").alias("procedure_sex"),
            pl.col("min_age").alias("procedure_min_age"),
            pl.col("max_age").alias("procedure_max_age"),
        )
        .lazy()
    )
