"""What all row functions share: Kafka positions, lists taken apart, Arrow tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

ROWS_VERSION = 7
"""Part of every insert token. Raise it when the same records give other rows than before."""

OFFSET_BITS = 20
BASIS_POINTS = 10_000


@dataclass(frozen=True)
class Positions:
    """Where the records of a range lie in Kafka, in the order of the records.

    Attributes:
        partition: Partition of the topic.
        offsets: Offset of each record.
        timestamps_ms: Kafka timestamp of each record, milliseconds since 1970 UTC.
        topic: Topic.
        log_id: Identity of the topic's contents.
        tombstones: Key of each record without a value, by its place in `offsets`.
    """

    partition: int
    offsets: Sequence[int]
    timestamps_ms: Sequence[int]
    topic: str = ""
    log_id: str = ""
    tombstones: Mapping[int, bytes] = field(default_factory=dict)


Tables = Mapping[str, pa.Table]


def with_positions(frame: pl.DataFrame, positions: Positions) -> pl.DataFrame:
    """Add kafka_partition, kafka_offset, version and ingested_at to decoded records.

    Args:
        frame: Decoded columns; `message_index`, when there, tells which records they are.
        positions: Positions of all records of the range.
    """
    offsets = pl.Series("kafka_offset", positions.offsets, dtype=pl.Int64)
    millis = pl.Series("millis", positions.timestamps_ms, dtype=pl.Int64)
    if frame.height != len(positions.offsets):
        index = frame["message_index"]
        offsets, millis = offsets.gather(index), millis.gather(index)
    return frame.drop("message_index", strict=False).with_columns(
        pl.lit(positions.partition, dtype=pl.Int32).alias("kafka_partition"),
        offsets,
        (millis * (1 << OFFSET_BITS) + offsets % (1 << OFFSET_BITS)).cast(pl.UInt64).alias("version"),
        millis.cast(pl.Datetime("ms", "UTC")).cast(pl.Datetime("us", "UTC")).alias("ingested_at"),
    )


def unnest(events: pl.DataFrame, column: str, keep: Sequence[str], beside: Sequence[str] = ()) -> pl.DataFrame:
    """One row for each item of a list of records, with some columns of its event.

    Args:
        events: Events.
        column: The list of records.
        keep: Columns of the event that are repeated.
        beside: Lists of the same length that are taken apart along with it.
    """
    kept = events.filter(pl.col(column).list.len() > 0).select(*keep, *beside, column)
    return kept.explode(column, *beside).unnest(column)


def as_tables(frames: Mapping[str, pl.DataFrame]) -> Tables:
    """Arrow tables of the frames that have rows, in the given order."""
    return {name: arrow(frame) for name, frame in frames.items() if frame.height}


def arrow(table: pl.DataFrame) -> pa.Table:
    """The frame as Arrow, with types every ClickHouse client understands."""
    return table.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())


def risk_cents(expected: pl.Expr, approval_probability: pl.Expr) -> pl.Expr:
    """(1 - approval probability) * expected, in whole cents rounded half up; 0 when either is unknown."""
    risk = ((1 - approval_probability) * BASIS_POINTS).round().cast(pl.Int64)
    return ((expected.fill_null(0) * risk.fill_null(0) + BASIS_POINTS // 2) // BASIS_POINTS).cast(pl.Int64)


def lineage_id(npi: str, token: str, level: str) -> pl.Expr:
    """The id of a lineage: billing NPI, patient control token and payer level, joined by a colon."""
    return pl.concat_str(*(pl.col(name).fill_null("") for name in (npi, token, level)), separator=":")
