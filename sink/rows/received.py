"""Rows of what came from outside as it came: payments, acknowledgements, alerts."""

import polars as pl

from sink.rows.common import Positions, Tables, as_tables, with_positions
from sink.rows.events import CLAIM_EVENT_RELAY, Known, NothingKnown, replacing, stated_once

PAYMENTS = "payments"
ACK_999 = "ack_999"
ACK_277CA = "ack_277ca"
ALERTS = "alerts"
SET_ACKNOWLEDGED = "set_acknowledged"
_ONLY_277CA = (
    *("batch_reference", "payer_id", "receiver_id", "provider_npi", "received_on", "processed_on", "statuses"),
    *("charge_cents", "payer_claim_control_number", "clearinghouse_trace", "type_of_bill", "service_from"),
    *("service_to", "accepted_count", "rejected_count", "accepted_cents", "rejected_cents", "lines"),
)
_ONLY_999 = (
    *("acknowledged_interchange", "acknowledged_on", "functional_id", "acknowledged_group", "acknowledged_guide"),
    *("set_id", "acknowledged_set", "error_codes", "sets_included", "sets_received", "sets_accepted"),
    *("segment_id", "segment_position", "loop", "elements", "contexts"),
)


def payment_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn remits.received events into rows of payments; sealed data stay in Kafka.

    Args:
        frame: Columns of the remits.received contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.
        known: Not needed: a repeated event has the same key.
    """
    del known
    events = with_positions(frame, positions).drop("phi", "lines")
    return as_tables({PAYMENTS: events.sort("tenant_id", "event_id", "version")})


def ack_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn acks.received events into rows of ack_999, ack_277ca and, for sets, claim_event_relay.

    Args:
        frame: Columns of the acks.received contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.
        known: What claim_event holds already; None for nothing.
    """
    events = with_positions(frame, positions).drop("phi")
    status = pl.col("ack_type") == "277CA"
    sets = events.filter(~status & (pl.col("level") == "set"))
    order = ("tenant_id", "event_id", "version")
    return as_tables(
        {
            ACK_999: events.filter(~status).drop(_ONLY_277CA).sort(order),
            ACK_277CA: events.filter(status).drop(_ONLY_999).sort(order),
            CLAIM_EVENT_RELAY: replacing(SET_ACKNOWLEDGED, _sets(sets, positions), known or NothingKnown(), positions),
        }
    )


def _sets(events: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    return events.select(
        *stated_once(SET_ACKNOWLEDGED, "subject_token", positions),
        "accepted",
        pl.col("received_at").alias("as_of"),
        pl.col("received_at").dt.date().alias("received_on"),
        pl.lit(1, dtype=pl.Int64).alias("claims_delta"),
    )


def alert_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn alerts into rows of alerts.

    Args:
        frame: Columns of the alerts contract, one row for each record of the range, in order.
        positions: Kafka positions of the same records.
        known: Not needed: a repeated event has the same key.
    """
    del known
    events = with_positions(frame, positions)
    return as_tables({ALERTS: events.sort("tenant_id", "alert_id", "revision", "event_id", "version")})
