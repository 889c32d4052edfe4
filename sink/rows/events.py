"""Rows of claim_event: statements with signed amounts, each counted once.

Two ways keep the sums exact. Where a later event replaces an earlier one (a claim scored again, a set
acknowledged again), the earlier statement is taken back: its row again, with sign -1 and negated amounts.
Where the producer states and takes back by itself (`claims.lineage`, `claims.adjudicated`), an event_id
that was seen before is left out.
"""

from typing import Protocol

import polars as pl

from sink.rows.common import Positions

CLAIM_EVENT = "claim_event"
CLAIM_EVENT_RELAY = "claim_event_relay"
"""The way into claim_event of all statements but those of screened claims: the rollups of these alone hang on it."""

SORT = ("tenant_id", "event_type", "subject_id", "revision", "sign", "kafka_offset")
SUBJECT = ("tenant_id", "subject_id")


class Known(Protocol):
    """What claim_event, or provider_work for the kind "worked", holds from before the range at hand."""

    def seen(self, event_type: str, events: pl.DataFrame, positions: Positions) -> pl.Series:
        """Whether each event (tenant_id, event_id) was stated before the range."""

    def latest(self, event_type: str, statements: pl.DataFrame, positions: Positions) -> pl.DataFrame:
        """The statement that holds for each subject, with the columns of `statements`; none for new subjects."""


class NothingKnown:
    """An empty claim_event."""

    def seen(self, event_type: str, events: pl.DataFrame, positions: Positions) -> pl.Series:
        """Nothing was."""
        del event_type, positions
        return pl.repeat(False, events.height, dtype=pl.Boolean, eager=True)

    def latest(self, event_type: str, statements: pl.DataFrame, positions: Positions) -> pl.DataFrame:
        """There is none."""
        del event_type, positions
        return statements.clear()


def stated(event_type: str, subject: str | pl.Expr, positions: Positions) -> list[pl.Expr]:
    """What every statement begins with, of a producer that numbers and signs what it says.

    Args:
        event_type: Kind of statement.
        subject: Column or expression that names what it is about.
        positions: Positions of the records.
    """
    return [*_head(event_type, subject, positions), pl.col("revision"), pl.col("sign").cast(pl.Int8)]


def stated_once(event_type: str, subject: str | pl.Expr, positions: Positions) -> list[pl.Expr]:
    """The same, where `replacing` numbers the statements: each is the first about its subject."""
    first = (pl.lit(1, dtype=pl.Int32).alias("revision"), pl.lit(1, dtype=pl.Int8).alias("sign"))
    return [*_head(event_type, subject, positions), *first]


def _head(event_type: str, subject: str | pl.Expr, positions: Positions) -> list[pl.Expr]:
    about = pl.col(subject) if isinstance(subject, str) else subject
    return [
        *map(pl.col, ("tenant_id", "event_id", "source", "_hash", "ingested_at")),
        pl.lit(event_type).alias("event_type"),
        about.alias("subject_id"),
        *in_kafka(positions),
    ]


def in_kafka(positions: Positions) -> list[pl.Expr]:
    """Columns that say where a row was read."""
    return [
        pl.lit(positions.log_id).alias("kafka_log"),
        pl.lit(positions.topic).alias("kafka_topic"),
        pl.col("kafka_partition"),
        pl.col("kafka_offset"),
    ]


def once(event_type: str, events: pl.DataFrame, known: Known, positions: Positions) -> pl.DataFrame:
    """Leave out events whose event_id came before, in this range or earlier."""
    first = events.filter(pl.struct("tenant_id", "event_id").is_first_distinct())
    return first.filter(~known.seen(event_type, first, positions))


def replacing(
    event_type: str, statements: pl.DataFrame, known: Known, positions: Positions, numbered: str = ""
) -> pl.DataFrame:
    """Add the corrections: every statement that is followed by a later one about its subject is taken back.

    Args:
        event_type: Of all rows.
        statements: Rows of claim_event with sign 1 and revision 1, those of one subject in the order of their records.
        known: What holds already.
        positions: Positions of the records.
        numbered: Column in which the producer numbers what it says of a subject: what has no greater number than what
            holds already says nothing. Empty where the order of the records is all there is.

    Returns:
        The statements, numbered, and a row with sign -1 for each that no longer holds.
    """
    held = known.latest(event_type, statements, positions)
    if numbered:
        statements = _news(statements, held, numbered)
    if not held.height and statements.select(SUBJECT).is_unique().all():
        return statements
    keys = list(SUBJECT)
    rows = pl.concat([held, statements]).with_row_index("order")
    rows = rows.with_columns(
        (pl.col("revision").first() + pl.int_range(pl.len(), dtype=pl.Int32)).over(keys).alias("revision"),
        *(pl.col(name).shift(-1).over(keys).alias(f"{name}_next") for name in _POSITION),
    )
    made = rows.filter(pl.col("order") >= held.height).select(statements.columns)
    taken_back = rows.filter(pl.col("kafka_offset_next").is_not_null()).with_columns(
        pl.lit(-1, dtype=pl.Int8).alias("sign"),
        *(pl.col(f"{name}_next").alias(name) for name in _POSITION),
        *(-pl.col(name) for name in statements.columns if name.endswith("_delta")),
    )
    if "finding_counts" in statements.columns:
        taken_back = taken_back.with_columns(pl.col("finding_counts").list.eval(-pl.element()))
    return pl.concat([made, taken_back.select(statements.columns)]).sort(SORT)


def _news(statements: pl.DataFrame, held: pl.DataFrame, numbered: str) -> pl.DataFrame:
    first = statements.unique((*SUBJECT, numbered), keep="first", maintain_order=True).sort(*SUBJECT, numbered)
    before = held.select(*SUBJECT, held_number=numbered)
    news = pl.col("held_number").is_null() | (pl.col(numbered) > pl.col("held_number"))
    return first.join(before, on=SUBJECT, how="left", maintain_order="left").filter(news).select(statements.columns)


_POSITION = ("kafka_log", "kafka_topic", "kafka_partition", "kafka_offset", "ingested_at", "as_of")
