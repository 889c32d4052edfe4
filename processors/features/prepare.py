"""The frame all feature formulas run on: claims with line sums, finding counts and encodings beside them."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.features.coded import Coded
from processors.features.encoders import Encoders
from processors.features.lines import summarise_lines
from processors.features.npi import invalid_npi_counts

_PAYER_TABLES = (
    "payer_rate",
    "payer_registration_rate",
    "payer_authorisation_rate",
    "payer_coverage_rate",
    "payer_coding_rate",
    "payer_clinical_rate",
    "payer_filing_days",
)
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
    beside = [*summarise_lines(batch, encoders), *_finding_counts(batch), *_encodings(claims, encoders)]
    return claims.with_columns(*absent, invalid_npi_counts(claims), *beside).with_columns(_DERIVED)


def _finding_counts(batch: ClaimBatch) -> list[pl.Series]:
    found = batch.findings.filter(pl.col("row") < batch.size)
    rules = found.select("row", "rule_id").unique()["row"].to_numpy()
    lines = found.select("row", "line_number").drop_nulls().unique()["row"].to_numpy()
    return [
        pl.Series("finding_rules", np.bincount(rules, minlength=batch.size)),
        pl.Series("finding_lines", np.bincount(lines, minlength=batch.size)),
    ]


def _encodings(claims: pl.DataFrame, encoders: Encoders) -> list[pl.Series]:
    principal = claims["diagnosis_codes"].list.first()
    coded_principal = Coded.of(principal)
    payer = Coded.of(claims["payer_id"])
    numbers = {table: payer.look_up(encoders, table) for table in _PAYER_TABLES} | {
        "billing_rate": Coded.of(claims["billing_npi"]).look_up(encoders, "billing_rate"),
        "specialty_rate": Coded.of(claims["provider_specialty"]).look_up(encoders, "specialty_rate"),
        "coder_rate": Coded.of(claims["coder_id"]).look_up(encoders, "coder_rate"),
        "diagnosis_rate": coded_principal.head(3).look_up(encoders, "diagnosis_rate"),
        "diagnosis_female": coded_principal.look_up(encoders, "diagnosis_female"),
    }
    encoded = [pl.Series(name, values, nan_to_null=True) for name, values in numbers.items()]
    return [*encoded, principal.alias("principal")]


def _derived() -> list[pl.Expr]:
    submitted = pl.col("submitted_at").dt.date()
    to_days = 86_400_000
    last_service = pl.coalesce("service_to", "service_from")

    def days(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
        return (later - earlier).dt.total_milliseconds() / to_days

    has_auth = pl.col("prior_auth_on_file") | (pl.col("line_auth_on_file") > 0)
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


_DERIVED = _derived()
