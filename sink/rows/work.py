"""Rows of workqueue_events: items as they are stated, their end, what people do; signed statements of each stay."""

from collections.abc import Mapping

import polars as pl

from sink.rows.common import Positions, Tables, as_tables, with_positions
from sink.rows.events import CLAIM_EVENT_RELAY, SORT, Known, NothingKnown, replacing, stated_once

WORKQUEUE_EVENTS = "workqueue_events"
WORK_ITEM = "work_item"
_SORT = ("tenant_id", "queue", "item_id", "occurred_at", "event_id", "version")
_PLACE = ("kafka_topic", "kafka_partition", "kafka_offset", "version", "ingested_at")
_PREFIX = "workqueue."


def item_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn records of a queue before submission (workqueue.item), and their tombstones, into rows."""
    del known
    items = with_positions(frame, positions).select(
        *("tenant_id", "queue", "event_id", "source", "_hash", "claim_id", "payer_id"),
        pl.lit("stated").alias("kind"),
        pl.col("claim_id").alias("item_id"),
        pl.lit(positions.topic).alias("kafka_topic"),
        *_PLACE[1:],
        pl.col("created_at").alias("occurred_at"),
        pl.lit("open").alias("status"),
        pl.col("priority").cast(pl.Float64),
        pl.col("total_charge_cents").alias("amount_cents"),
        pl.col("created_at").alias("opened_at"),
        pl.lit(1, dtype=pl.Int32).alias("revision"),
    )
    return _tables(items, positions)


def case_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn records of a queue of lineages (workqueue.case), and their tombstones, into rows.

    Args:
        frame: Columns of the contract, one row for each record with a value, in order.
        positions: Positions of all records.
        known: What claim_event holds already; None for nothing.

    Returns:
        Arrow tables for workqueue_events and, of stays that are due some time, for claim_event_relay.
    """
    cases = with_positions(frame, positions).select(
        *("tenant_id", "queue", "event_id", "source", "_hash", "claim_id", "payer_id", "billing_npi", "claim_type"),
        pl.lit("stated").alias("kind"),
        pl.col("lineage_id").alias("item_id"),
        pl.lit(positions.topic).alias("kafka_topic"),
        *_PLACE[1:],
        pl.coalesce("finished_at", "opened_at").alias("occurred_at"),
        *("status", "owner", "priority", "carc", "root_cause_group", "recoverable_cents", "success_probability"),
        *("amount_cents", "opened_at", "due_at", "finished_at", "deadline_on", "revision"),
    )
    stays = replacing(WORK_ITEM, _stays(cases, positions), known or NothingKnown(), positions, "item_revision")
    return {**_tables(cases, positions), **as_tables({CLAIM_EVENT_RELAY: stays.sort(SORT)})}


def _stays(cases: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    """One statement for each record of a stay in a queue, which is named by the instant it began."""
    opened = pl.col("opened_at").dt.timestamp("us").cast(pl.String)
    return cases.filter(pl.col("due_at").is_not_null()).select(
        *stated_once(WORK_ITEM, pl.concat_str("queue", "item_id", opened, separator="|"), positions),
        "queue",
        pl.col("item_id").alias("lineage_id"),
        pl.col("occurred_at").alias("as_of"),
        *(pl.col(name).fill_null("") for name in ("claim_id", "payer_id", "claim_type")),
        pl.col("due_at").dt.date().alias("due_on"),
        (pl.col("finished_at") <= pl.col("due_at")).fill_null(value=False).alias("in_time"),
        pl.col("revision").alias("item_revision"),
        pl.lit(1, dtype=pl.Int64).alias("claims_delta"),
    )


def action_tables(frame: pl.DataFrame, positions: Positions, known: Known | None = None) -> Tables:
    """Turn workqueue.actions events into rows; sealed notes stay in Kafka."""
    del known
    actions = with_positions(frame, positions).select(
        *("tenant_id", "queue", "event_id", "source", "_hash"),
        pl.lit("action").alias("kind"),
        pl.col("lineage_id").alias("item_id"),
        pl.lit(positions.topic).alias("kafka_topic"),
        *_PLACE[1:],
        pl.col("acted_at").alias("occurred_at"),
        *("action", "actor", "outcome", "written_off_cents", "undoes_event_id"),
        pl.lit(0, dtype=pl.Int32).alias("revision"),
    )
    return as_tables({WORKQUEUE_EVENTS: actions.sort(_SORT)})


def _tables(stated: pl.DataFrame, positions: Positions) -> Tables:
    rows = pl.concat([stated, _ended(positions)], how="diagonal") if positions.tombstones else stated
    return as_tables({WORKQUEUE_EVENTS: rows.sort(_SORT)})


def _ended(positions: Positions) -> pl.DataFrame:
    """One row for each tombstone; its key is the tenant and the item, joined by a bar."""
    keys: Mapping[int, bytes] = positions.tombstones
    tenants, items = zip(*(key.decode().split("|", 1) for key in keys.values()), strict=True)
    ended = pl.DataFrame({"tenant_id": tenants, "item_id": items, "message_index": list(keys)})
    placed = with_positions(ended, positions) if len(keys) < len(positions.offsets) else _all(ended, positions)
    name = pl.concat_str(pl.lit(positions.topic), "kafka_partition", "kafka_offset", separator="/")
    return placed.with_columns(
        pl.lit(positions.topic.removeprefix(_PREFIX)).alias("queue"),
        name.alias("event_id"),
        pl.lit("ended").alias("kind"),
        pl.lit(positions.topic).alias("kafka_topic"),
        pl.col("ingested_at").alias("occurred_at"),
        pl.lit("").alias("source"),
        pl.lit("").alias("_hash"),
        pl.lit(0, dtype=pl.Int32).alias("revision"),
    )


def _all(ended: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    return with_positions(ended.drop("message_index"), positions)
