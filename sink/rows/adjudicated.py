"""Rows of claims.adjudicated: signed statements about payments, their lines, and the same for the rollups."""

import polars as pl

from sink.rows.common import Positions, Tables, as_tables, unnest, with_positions
from sink.rows.events import CLAIM_EVENT_RELAY, SORT, Known, NothingKnown, once, stated

ADJUDICATION = "adjudication"
ADJUDICATION_LINE = "adjudication_line"
ADJUDICATED = "adjudicated"
PROVIDER_ADJUSTED = "provider_adjusted"
_IS_CLAIM = pl.col("kind") == "claim"
_LINE_SHARED = (
    *("tenant_id", "event_id", "_hash", "sign", "revision", "as_of", "subject_id", "lineage_id", "claim_id"),
    *("payer_id", "payer_type", "claim_type", "rendering_npi", "provider_specialty", "outcome"),
    *("first_adjudication", "paid_on", "received_at", "kafka_partition", "kafka_offset", "ingested_at"),
)
_BLANK_WHEN_NULL = (
    *("lineage_id", "claim_id", "payer_id", "payer_type", "claim_type", "provider_specialty", "rendering_npi"),
    *("root_cause_group", "payer_level", "model_version"),
)
_DECIDES = ("paid", "denied", "partial", "patient_responsibility")
_HOUR_US = 3_600_000_000


def adjudicated_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn claims.adjudicated events into rows.

    Args:
        frame: Columns of the claims.adjudicated contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.
        known: What claim_event holds already; None for nothing.

    Returns:
        Arrow tables for adjudication, adjudication_line and claim_event_relay, sorted.
    """
    told, known = with_positions(frame, positions), known or NothingKnown()
    parts = {ADJUDICATED: told.filter(_IS_CLAIM), PROVIDER_ADJUSTED: told.filter(~_IS_CLAIM)}
    events = pl.concat([once(kind, part, known, positions) for kind, part in parts.items() if part.height] or [told])
    key = ("tenant_id", "subject_id", "revision", "sign")
    return as_tables(
        {
            ADJUDICATION: events.drop("lines").sort(key),
            ADJUDICATION_LINE: unnest(events, "lines", _LINE_SHARED).sort(*key, "line_number"),
            CLAIM_EVENT_RELAY: _statements(events, positions).sort(SORT),
        }
    )


def _statements(events: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    """Provider adjustments count for no rollup; they are stated so that a repeated one is known."""
    provider = _claim_statements(events.filter(~_IS_CLAIM), positions)
    counted = [name for name in provider.columns if name.endswith("_delta") and name != "takeback_cents_delta"]
    provider = provider.with_columns(pl.lit(PROVIDER_ADJUSTED).alias("event_type"), pl.col(counted) * 0)
    return pl.concat([_claim_statements(events.filter(_IS_CLAIM), positions), provider])


def _claim_statements(events: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    counts = pl.when(pl.col("voided")).then(0).otherwise("sign").cast(pl.Int64)
    answered = pl.col("lines").list.eval(~pl.element().struct.field("denied")).list.sum().fill_null(0)
    paid_lines = pl.when(pl.col("outcome").is_in(_DECIDES)).then(answered).otherwise(0)
    # The payer's lag runs from the first submission, as open lineages are counted, whichever attempt is answered.
    waited_for_payer = (pl.col("paid_on") - pl.col("first_submitted_at").dt.date()).dt.total_days()
    waited = (pl.col("posted_at") - pl.col("received_at")).dt.total_microseconds() // _HOUR_US
    amounts = ("underpaid_cents", "priced_expected_cents", "underpayment_recovered_cents", "priced_lines")
    more = ("charge_cents", "paid_cents", "contractual_cents", "denied_cents", "takeback_cents")
    return events.select(
        *stated(ADJUDICATED, "subject_id", positions),
        *("as_of", "outcome", "approval_probability"),
        *(pl.col(name).fill_null("") for name in _BLANK_WHEN_NULL),
        pl.col("primary_carc").fill_null("").alias("carc"),
        pl.coalesce("service_to", "service_from").alias("service_on"),
        pl.col("paid_on").alias("adjudicated_on"),
        pl.col("received_at").dt.date().alias("received_on"),
        *("first_pass_clean", "first_adjudication", "adjudication_number", "zero_pay", "auto_posted"),
        waited_for_payer.cast(pl.Int32).alias("payer_lag_days"),
        *("accepted_lag_days", "payer_cycle_days"),
        waited.cast(pl.Int32).alias("post_lag_hours"),
        counts.alias("claims_delta"),
        (counts * paid_lines.cast(pl.Int64)).alias("paid_lines_delta"),
        *((counts * pl.col(name)).alias(f"{name}_delta") for name in (*amounts, *more)),
    )
