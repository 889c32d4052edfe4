"""Decoded events of one range of offsets, as the rows of every table: a pure, deterministic function.

The same records always give the same rows in the same order: no clock, no random ids. A retried insert
carries the same token, and ClickHouse drops the rows of a known token without looking at them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

ROWS_VERSION = 2
"""Part of every insert token. Raise it when the same records give other rows than before."""

CLAIMS_HEADER = "claims_header"
CLAIMS_LINE = "claims_line"
CLAIM_FINDINGS = "claim_findings"
CLAIM_EVENT = "claim_event"
DEAD_LETTERS = "dead_letters"

OFFSET_BITS = 20
BASIS_POINTS = 10_000
_LISTS = ("lines", "findings", "reasons")
_CLAIM_KEY = ("tenant_id", "claim_id", "event_id")
_SEVERITIES = pl.Enum(["info", "warning", "error"])


@dataclass(frozen=True)
class Positions:
    """Where the records of a range lie in Kafka, in the order of the records.

    Attributes:
        partition: Partition of the topic.
        offsets: Offset of each record.
        timestamps_ms: Kafka timestamp of each record, milliseconds since 1970 UTC.
    """

    partition: int
    offsets: Sequence[int]
    timestamps_ms: Sequence[int]


Tables = Mapping[str, pa.Table]


def scored_tables(frame: pl.DataFrame, positions: Positions) -> Tables:
    """Turn claims.scored events into rows.

    Args:
        frame: Columns of the claims.scored contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.

    Returns:
        Arrow tables for claims_header, claims_line, claim_findings and claim_event, each sorted in the order
        of its ClickHouse table; tables without rows are left out.
    """
    events = _with_positions(frame, positions)
    tables = {
        CLAIMS_HEADER: _header(events),
        CLAIMS_LINE: _lines(events),
        CLAIM_FINDINGS: _findings(events),
        CLAIM_EVENT: _events(events),
    }
    return {name: _arrow(table) for name, table in tables.items() if table.height}


def dead_letter_tables(frame: pl.DataFrame, positions: Positions) -> Tables:
    """Turn claims.dead-letter events into rows of dead_letters.

    Args:
        frame: Columns of the claims.dead-letter contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.

    Returns:
        The Arrow table for dead_letters, sorted in the order of its ClickHouse table.
    """
    events = _with_positions(frame, positions)
    letters = events.sort("source_topic", "source_partition", "source_offset", "event_id", "kafka_offset")
    return {DEAD_LETTERS: _arrow(letters)} if letters.height else {}


def _with_positions(frame: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    offset = pl.Series("kafka_offset", positions.offsets, dtype=pl.Int64)
    millis = pl.Series("millis", positions.timestamps_ms, dtype=pl.Int64)
    return frame.drop("message_index", strict=False).with_columns(
        pl.lit(positions.partition, dtype=pl.Int32).alias("kafka_partition"),
        offset,
        (millis * (1 << OFFSET_BITS) + offset % (1 << OFFSET_BITS)).cast(pl.UInt64).alias("version"),
        millis.cast(pl.Datetime("ms", "UTC")).cast(pl.Datetime("us", "UTC")).alias("ingested_at"),
    )


def _header(events: pl.DataFrame) -> pl.DataFrame:
    reason = pl.element().struct.field("reason")
    probability = pl.element().struct.field("probability")
    return (
        events.with_columns(
            pl.col("reasons").list.eval(reason).alias("denial_reasons"),
            pl.col("reasons").list.eval(probability).alias("denial_reason_probabilities"),
        )
        .drop(_LISTS)
        .sort("tenant_id", "claim_id", "version")
    )


def _lines(events: pl.DataFrame) -> pl.DataFrame:
    return _unnest(events, "lines").sort(*_CLAIM_KEY, "line_number", "version", maintain_order=True)


def _findings(events: pl.DataFrame) -> pl.DataFrame:
    numbered = events.with_columns(
        pl.int_ranges(1, pl.col("findings").list.len() + 1, dtype=pl.Int32).alias("finding_number")
    )
    return _unnest(numbered, "findings", "finding_number").sort(*_CLAIM_KEY, "finding_number", "version")


def _unnest(events: pl.DataFrame, column: str, *beside: str) -> pl.DataFrame:
    """One row for each item of a list of records, with the key of its claim."""
    kept = events.filter(pl.col(column).list.len() > 0)
    return kept.select(*_CLAIM_KEY, "version", "ingested_at", *beside, column).explode(column, *beside).unnest(column)


def _events(events: pl.DataFrame) -> pl.DataFrame:
    claims = events.with_row_index("row")
    expected = pl.col("expected_allowed_cents")
    risk = ((1 - pl.col("approval_probability")) * BASIS_POINTS).round().cast(pl.Int64)
    ready = pl.col("disposition") == "ready"
    untouched = pl.col("touch_count").fill_null(0) == 0
    rules = _fired_rules(claims)
    none = [pl.lit([], dtype=rules.schema[name]) for name in rules.columns[1:]]
    return (
        claims.join(rules, on="row", how="left", maintain_order="left")
        .select(
            "tenant_id",
            pl.lit("scored").alias("event_type"),
            *(
                "event_id",
                "claim_id",
                "kafka_partition",
                "kafka_offset",
                "ingested_at",
                "submitted_at",
                "scored_at",
            ),
            *(pl.col(name).fill_null("") for name in ("payer_id", "payer_type")),
            "disposition",
            pl.col("queue").fill_null(""),
            "scored_by",
            pl.lit(1, dtype=pl.Int64).alias("claims_delta"),
            (ready & (pl.col("error_count") == 0) & untouched).cast(pl.Int64).alias("clean_claims_delta"),
            (pl.col("error_count") > 0).cast(pl.Int64).alias("error_claims_delta"),
            expected.is_not_null().cast(pl.Int64).alias("priced_claims_delta"),
            pl.col("total_charge_cents").alias("charge_cents_delta"),
            pl.when(expected.is_not_null()).then("total_charge_cents").otherwise(0).alias("priced_charge_cents_delta"),
            expected.fill_null(0).alias("expected_cents_delta"),
            ((expected.fill_null(0) * risk + BASIS_POINTS // 2) // BASIS_POINTS).alias("at_risk_cents_delta"),
            pl.col("error_count").cast(pl.Int64).alias("errors_delta"),
            pl.col("warning_count").cast(pl.Int64).alias("warnings_delta"),
            pl.col("approval_probability").alias("approval_probability_delta"),
            *(pl.coalesce(name, empty) for name, empty in zip(rules.columns[1:], none, strict=True)),
        )
        .sort("tenant_id", "payer_id", "event_type", "submitted_at", "event_id", "kafka_offset")
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


def _arrow(table: pl.DataFrame) -> pa.Table:
    return table.to_arrow(compat_level=pl.CompatLevel.oldest())
