"""Rows of claims.scored: header, lines, findings, scores, work units, and the statement for the rollups."""

import polars as pl

from sink.rows.common import Positions, Tables, as_tables, lineage_id, risk_cents, unnest, with_positions
from sink.rows.events import CLAIM_EVENT, Known, NothingKnown, replacing, stated_once
from sink.rows.provider_work import PROVIDER_WORK, work_rows

CLAIMS_HEADER = "claims_header"
CLAIMS_LINE = "claims_line"
CLAIM_FINDINGS = "claim_findings"
CLAIM_SCORES = "claim_scores"

SCORED = "scored"
_LISTS = ("lines", "findings", "reasons", "explanations")
_MODEL_ONLY = ("challenger_version", "challenger_probability", "feature_completeness", "feature_vector")
_STREAM_ONLY = ("clearinghouse_id",)
"""Fields that correlation reads and no table keeps: alerts name the clearinghouse."""
_CLAIM_KEY = ("tenant_id", "claim_id", "event_id")
_SHARED = (*_CLAIM_KEY, "_hash", "version", "ingested_at")
_SEVERITIES = pl.Enum(["info", "warning", "error"])


def scored_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn claims.scored events into rows.

    Args:
        frame: Columns of the claims.scored contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.
        known: What claim_event and provider_work hold already; None for nothing.

    Returns:
        Arrow tables for claims_header, claims_line, claim_findings, claim_scores, provider_work and claim_event,
        in the order of their claims; tables without rows are left out.
    """
    events = (
        with_positions(frame, positions)
        .with_columns(lineage_id("billing_npi", "patient_control_token", "payer_sequence").alias("lineage_id"))
        .sort("tenant_id", "claim_id", "kafka_offset")  # the order of almost every table: sorted once
    )
    known = known or NothingKnown()
    return as_tables(
        {
            CLAIMS_HEADER: _header(events),
            CLAIMS_LINE: unnest(events, "lines", _SHARED),
            CLAIM_FINDINGS: _findings(events),
            CLAIM_SCORES: _scores(events),
            PROVIDER_WORK: work_rows(events, known, positions),
            CLAIM_EVENT: replacing(SCORED, _statements(events, positions), known, positions),
        }
    )


def _header(events: pl.DataFrame) -> pl.DataFrame:
    reason = pl.element().struct.field("reason")
    probability = pl.element().struct.field("probability")
    return events.with_columns(
        pl.col("reasons").list.eval(reason).alias("denial_reasons"),
        pl.col("reasons").list.eval(probability).alias("denial_reason_probabilities"),
    ).drop(*_LISTS, *_MODEL_ONLY, *_STREAM_ONLY)


def _findings(events: pl.DataFrame) -> pl.DataFrame:
    numbered = events.with_columns(
        pl.int_ranges(1, pl.col("findings").list.len() + 1, dtype=pl.Int32).alias("finding_number")
    )
    return unnest(numbered, "findings", _SHARED, ["finding_number"])


def _scores(events: pl.DataFrame) -> pl.DataFrame:
    return events.select(
        *_SHARED,
        *("lineage_id", "source", "kafka_partition", "kafka_offset", "submitted_at", "scored_at"),
        *("approval_probability", "scored_by", "model_version", "reason_model_version", "feature_hash", "reasons"),
        *_MODEL_ONLY[:-1],
        pl.col("feature_vector").fill_null(b""),
        "explanations",
    )


def _statements(events: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    claims = events.with_row_index("row")
    expected = pl.col("expected_allowed_cents")
    ready = pl.col("disposition") == "ready"
    untouched = pl.col("touch_count").fill_null(0) == 0
    rules = _fired_rules(claims)
    none = [pl.lit([], dtype=rules.schema[name]) for name in rules.columns[1:]]
    return claims.join(rules, on="row", how="left", maintain_order="left").select(
        *stated_once(SCORED, "claim_id", positions),
        *("claim_id", "lineage_id", "submitted_at"),
        pl.col("scored_at").alias("as_of"),
        *(pl.col(name).fill_null("") for name in ("payer_id", "payer_type", "provider_specialty", "rendering_npi")),
        *("claim_type", "disposition"),
        pl.col("queue").fill_null(""),
        *("scored_by", "model_version", "approval_probability"),
        pl.lit(1, dtype=pl.Int64).alias("claims_delta"),
        (ready & (pl.col("error_count") == 0) & untouched).cast(pl.Int64).alias("clean_claims_delta"),
        (pl.col("error_count") > 0).cast(pl.Int64).alias("error_claims_delta"),
        expected.is_not_null().cast(pl.Int64).alias("priced_claims_delta"),
        pl.col("total_charge_cents").alias("charge_cents_delta"),
        pl.when(expected.is_not_null()).then("total_charge_cents").otherwise(0).alias("priced_charge_cents_delta"),
        expected.fill_null(0).alias("expected_cents_delta"),
        risk_cents(expected, pl.col("approval_probability")).alias("at_risk_cents_delta"),
        pl.col("error_count").cast(pl.Int64).alias("errors_delta"),
        pl.col("warning_count").cast(pl.Int64).alias("warnings_delta"),
        pl.col("approval_probability").alias("approval_probability_delta"),
        *(pl.coalesce(name, empty) for name, empty in zip(rules.columns[1:], none, strict=True)),
    )


def _fired_rules(claims: pl.DataFrame) -> pl.DataFrame:
    """For each claim with findings: its rules in alphabetical order, their worst severity, their counts."""
    findings = claims.filter(pl.col("findings").list.len() > 0).select("row", "findings")
    fired = (
        findings.explode("findings")
        .unnest("findings")
        .group_by("row", "rule_id")
        .agg(
            pl.col("severity").cast(_SEVERITIES).max().cast(pl.String),
            pl.len().cast(pl.Int64).alias("count"),
        )
        .sort("row", "rule_id")
    )
    return fired.group_by("row", maintain_order=True).agg(
        pl.col("rule_id").alias("finding_rule_ids"),
        pl.col("severity").alias("finding_severities"),
        pl.col("count").alias("finding_counts"),
    )
