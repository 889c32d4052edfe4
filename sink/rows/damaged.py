"""Rows of dead_letters for records that are no event at all: the sink passes them over and says so."""

import hashlib
from collections.abc import Sequence

import polars as pl

from schemas.codec import Undecodable
from sink.rows.common import Positions, Tables, as_tables, with_positions
from sink.rows.dead_letters import DEAD_LETTERS

SOURCE = "sink"
STAGE = "decode"


def damaged_tables(damaged: Sequence[Undecodable], values: Sequence[bytes | None], positions: Positions) -> Tables:
    """Turn damaged records into dead letters, under the id that every process gives the dead letter of a record.

    A function of the bytes alone, as all rows: the instant of failure is that of the record. The payload is not
    repeated, since only the processes with a keyring could seal it; it stays in Kafka at the place that is named.

    Args:
        damaged: Records of the range that cannot be decoded.
        values: All records of the range.
        positions: Kafka positions of all records.
    """
    letters = pl.DataFrame(
        {
            "message_index": [record.index for record in damaged],
            "_hash": [hashlib.sha256(values[record.index] or b"").hexdigest() for record in damaged],
            "schema_id": pl.Series([record.schema_id for record in damaged], dtype=pl.Int32),
            "error_class": [record.error_class for record in damaged],
            "reason": [record.reason for record in damaged],
            "remedy": [record.remedy for record in damaged],
        }
    )
    placed = with_positions(letters.with_columns(pl.col("message_index").cast(pl.UInt32)), positions)
    named = placed.with_columns(
        pl.lit(positions.topic).alias("source_topic"),
        pl.col("kafka_partition").alias("source_partition"),
        pl.col("kafka_offset").alias("source_offset"),
        pl.lit(SOURCE).alias("source"),
        pl.lit(STAGE).alias("stage"),
        pl.lit("").alias("tenant_id"),
        pl.col("ingested_at").alias("failed_at"),
        pl.lit(None, dtype=pl.Binary).alias("sealed_payload"),
    )
    event_id = pl.concat_str("source_topic", "source_partition", "source_offset", separator="/")
    return as_tables({DEAD_LETTERS: named.with_columns(event_id.alias("event_id")).sort("source_offset")})
