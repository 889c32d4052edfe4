"""The frame all feature formulas run on: claims with line sums, finding counts and encodings beside them."""

from __future__ import annotations

import polars as pl

from processors.batch import ClaimBatch
from processors.features.encoders import Encoders
from processors.features.lines import summarise_lines
from processors.features.npi import invalid_npi_counts

# Columns of earlier steps; without those steps the features on them are NaN.
_FROM_EARLIER_STEPS: dict[str, pl.DataType] = {
    "error_count": pl.Int32(),
    "warning_count": pl.Int32(),
    "expected_allowed_cents": pl.Int64(),
    "rvu_total_e5": pl.Int64(),
    "rvu_work_e5": pl.Int64(),
}


def prepare(batch: ClaimBatch, encoders: Encoders) -> pl.DataFrame:
    """Return one row a claim, in row order, with every column that a feature formula names.

    Args:
        batch: Claims numbered 0..n-1 in order; validation and pricing may or may not have run.
        encoders: Tables of the model.
    """
    claims = batch.claims
    absent = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in _FROM_EARLIER_STEPS.items()
        if name not in claims.columns
    ]
    claims = claims.with_columns(*absent, invalid_npi_counts(claims))
    claims = claims.join(summarise_lines(batch, encoders), on="row", how="left", maintain_order="left")
    claims = claims.join(_finding_counts(batch), on="row", how="left", maintain_order="left")
    return claims.with_columns(_encodings(encoders)).with_columns(_derived())


def _finding_counts(batch: ClaimBatch) -> pl.DataFrame:
    return batch.findings.group_by("row").agg(
        pl.col("rule_id").n_unique().alias("finding_rules"),
        pl.col("line_number").drop_nulls().n_unique().alias("finding_lines"),
    )


def _encodings(encoders: Encoders) -> list[pl.Expr]:
    payer = pl.col("payer_id")
    payer_tables = (
        "payer_rate",
        "payer_registration_rate",
        "payer_authorisation_rate",
        "payer_coverage_rate",
        "payer_coding_rate",
        "payer_clinical_rate",
        "payer_filing_days",
    )
    principal = pl.col("diagnosis_codes").list.first()
    return [
        *(encoders.expr(table, payer).alias(table) for table in payer_tables),
        encoders.expr("billing_rate", pl.col("billing_npi")).alias("billing_rate"),
        encoders.expr("specialty_rate", pl.col("provider_specialty")).alias("specialty_rate"),
        encoders.expr("coder_rate", pl.col("coder_id")).alias("coder_rate"),
        encoders.expr("diagnosis_rate", principal.str.slice(0, 3)).alias("diagnosis_rate"),
        encoders.expr("diagnosis_female", principal).alias("diagnosis_female"),
        principal.alias("principal"),
    ]


def _derived() -> list[pl.Expr]:
    submitted = pl.col("submitted_at").dt.date()
    to_days = 86_400_000
    last_service = pl.coalesce("service_to", "service_from")

    def days(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
        return (later - earlier).dt.total_milliseconds() / to_days

    has_auth = pl.col("prior_auth_on_file") | pl.col("line_auth_on_file").fill_null(value=False)
    return [
        days(submitted, last_service).alias("days_to_submission"),
        days(pl.col("service_from"), pl.col("eligibility_checked_on")).alias("days_since_eligibility"),
        days(pl.col("charge_posted_on"), last_service).alias("days_to_posting"),
        has_auth.alias("has_auth"),
        submitted.alias("submitted_on"),
        pl.col("other_payers").list.len().alias("other_payer_count"),
        pl.col("other_payers")
        .list.eval(pl.element().struct.field("paid_cents").is_null())
        .list.sum()
        .alias("other_payers_unpaid"),
    ]
