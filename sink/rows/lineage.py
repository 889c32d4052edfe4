"""Rows of claims.lineage: the state of each lineage, and its statements for the rollups."""

import polars as pl

from sink.rows.common import BASIS_POINTS, Positions, Tables, as_tables, risk_cents, with_positions
from sink.rows.events import CLAIM_EVENT_RELAY, SORT, Known, NothingKnown, once, stated

CLAIM_LINEAGE = "claim_lineage"
LINEAGE = "lineage"
_ATTEMPT = (
    "submitted_at",
    "due_999_at",
    "ack_999_at",
    "due_277ca_at",
    "ack_277ca_at",
    "ack_277ca_level",
    "first_277ca_at",
    "any_277ca",
    "front_end_rejected",
)
_BLANK_WHEN_NULL = ("payer_id", "payer_type", "claim_type", "provider_specialty", "rendering_npi", "resolution")


def lineage_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn claims.lineage events into rows.

    Args:
        frame: Columns of the claims.lineage contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.
        known: What claim_event holds already; None for nothing.

    Returns:
        Arrow tables for claim_lineage (statements that hold) and claim_event_relay (all), sorted.
    """
    events = once(LINEAGE, with_positions(frame, positions), known or NothingKnown(), positions)
    states = events.filter(pl.col("sign") == 1).drop("sign").sort("tenant_id", "lineage_id", "revision")
    return as_tables({CLAIM_LINEAGE: states, CLAIM_EVENT_RELAY: _statements(events, positions).sort(SORT)})


def _statements(events: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    counts = pl.when(pl.col("voided")).then(0).otherwise("sign").cast(pl.Int64)
    submitted = pl.col("first_submitted_at").is_not_null()
    expected, probability = pl.col("expected_allowed_cents"), pl.col("approval_probability")
    waits = submitted & pl.col("first_adjudicated_on").is_null() & ~pl.col("closed") & ~pl.col("voided")
    likely = expected.fill_null(0) * (probability * BASIS_POINTS).round().cast(pl.Int64).fill_null(0)
    waiting = pl.when(waits).then((likely + BASIS_POINTS // 2) // BASIS_POINTS).otherwise(0)
    screened = pl.col("state") == "screened"
    return events.select(
        *stated(LINEAGE, "lineage_id", positions),
        *("claim_id", "lineage_id", "as_of", "state", "closed"),
        *(pl.col(name).fill_null("") for name in _BLANK_WHEN_NULL),
        pl.col("first_disposition").alias("disposition"),
        pl.col("first_outcome").fill_null("").alias("outcome"),
        pl.col("first_root_cause_group").fill_null("").alias("root_cause_group"),
        pl.col("first_carc").fill_null("").alias("carc"),
        pl.col("first_submitted_at").alias("submitted_at"),
        pl.col("screened_at").dt.date().alias("screened_on"),
        pl.col("first_submitted_at").dt.date().alias("submitted_on"),
        pl.coalesce("service_to", "service_from").alias("service_on"),
        *("service_from", "charge_posted_on", "resolved_on", "closed_on"),
        pl.col("first_front_end_rejected_at").dt.date().alias("front_end_rejected_on"),
        pl.col("first_adjudicated_on").alias("adjudicated_on"),
        *("first_screening_passed", "first_pass_clean", "first_pass_resolved", "touch_count"),
        pl.col("appeal_sent_at").is_not_null().alias("appealed"),
        _released_attempts().alias("attempts"),
        counts.alias("claims_delta"),
        (counts * pl.col("charge_cents")).alias("charge_cents_delta"),
        (counts * expected.fill_null(0)).alias("expected_cents_delta"),
        (counts * pl.when(screened).then(risk_cents(expected, probability)).otherwise(0)).alias("at_risk_cents_delta"),
        (counts * pl.col("net_paid_cents")).alias("paid_cents_delta"),
        (counts * pl.col("contractual_cents")).alias("contractual_cents_delta"),
        (counts * pl.when(submitted).then("open_balance_cents").otherwise(0)).alias("balance_cents_delta"),
        (counts * pl.col("recovered_cents")).alias("recovered_cents_delta"),
        (counts * pl.col("written_off_cents")).alias("written_off_cents_delta"),
        (counts * pl.col("denied_cents")).alias("denied_cents_delta"),
        (counts * waiting).alias("open_expected_cents_delta"),
        waiting.alias("open_expected_cents"),
    )


def _released_attempts() -> pl.Expr:
    item = pl.element().struct
    return pl.col("attempt_list").list.eval(
        pl.struct(item.field(name) for name in _ATTEMPT).filter(item.field("released"))
    )
