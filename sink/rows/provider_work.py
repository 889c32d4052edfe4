"""Rows of provider_work: the work of each lineage by its latest attempt, as signed statements."""

import polars as pl

from sink.rows.common import Positions
from sink.rows.events import Known, in_kafka

PROVIDER_WORK = "provider_work"

WORKED = "worked"
VOID = "8"
_LINEAGE = ("tenant_id", "lineage_id")


def work_rows(events: pl.DataFrame, known: Known, positions: Positions) -> pl.DataFrame:
    """State the work of each lineage whose latest attempt is among the events, and take back what it replaces.

    Args:
        events: Columns of claims.scored with positions and lineage_id.
        known: What provider_work holds already.
        positions: Positions of the records.

    Returns:
        Rows of provider_work. An attempt that was submitted before the one that holds says nothing; of two with the
        same instant the later record holds.
    """
    attempts = _attempts(events, positions).sort("attempt_order", "kafka_offset")
    stated = attempts.unique(_LINEAGE, keep="last", maintain_order=True)
    held = known.latest(WORKED, stated, positions)
    if not held.height:
        return stated.sort(_LINEAGE)
    before = held.select(*_LINEAGE, held_order="attempt_order", held_revision="revision")
    stated = stated.join(before, on=_LINEAGE, how="left").filter(
        pl.col("held_order").is_null() | (pl.col("attempt_order") >= pl.col("held_order"))
    )
    stated = stated.with_columns(
        (pl.col("held_revision").fill_null(0) + 1).cast(pl.Int32).alias("revision"),
    ).select(attempts.columns)
    where = stated.select(*_LINEAGE, *_POSITION)
    modifiers, units = pl.element().struct.field("modifiers"), pl.element().struct.field("rvu_work_e5")
    taken_back = (
        held.drop(*_POSITION)
        .join(where, on=_LINEAGE, how="inner")
        .with_columns(pl.lit(-1, dtype=pl.Int8).alias("sign"), pl.col("work").list.eval(pl.struct(modifiers, -units)))
    )
    return pl.concat([stated, taken_back.select(attempts.columns)]).sort(*_LINEAGE, "revision", "sign")


_POSITION = ("kafka_log", "kafka_topic", "kafka_partition", "kafka_offset", "ingested_at")


def _attempts(events: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    """Work units by modifiers of each attempt; claims without a priced line have none."""
    line = pl.element().struct
    worked = pl.col("lines").list.eval(
        pl.struct(line.field("modifiers"), line.field("rvu_work_e5")).filter(line.field("rvu_work_e5").is_not_null())
    )
    npi = pl.coalesce("rendering_npi", "billing_npi").fill_null("")
    return events.select(
        *_LINEAGE,
        pl.col("submitted_at").dt.timestamp("us").cast(pl.UInt64).alias("attempt_order"),
        pl.lit(1, dtype=pl.Int32).alias("revision"),
        pl.lit(1, dtype=pl.Int8).alias("sign"),
        *("event_id", "_hash", "ingested_at", "claim_type"),
        *in_kafka(positions),
        npi.alias("rendering_npi"),
        *(pl.col(name).fill_null("") for name in ("provider_specialty", "payer_id")),
        pl.coalesce("service_from", pl.col("submitted_at").dt.date()).alias("service_on"),
        (pl.col("frequency_code") == VOID).alias("voided"),
        worked.alias("work"),
    )
