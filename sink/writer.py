"""Writes one range of offsets into its tables: one insert for each table, under a token of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import clickhouse_connect
import polars as pl
from clickhouse_connect.driver.client import Client

from schemas.codec import ColumnarDecoder, Decoded
from schemas.contracts import CLAIMS_SCORED, DEAD_LETTER
from schemas.errors import FatalStreamError
from schemas.registry import SchemaIds
from sink.buckets import Bucket
from sink.config import ClickHouseTarget, SinkConfig
from sink.ranges import TopicPartition, insert_token
from sink.rows import ROWS_VERSION, Positions, Tables, dead_letter_tables, scored_tables
from sink.settings import insert_settings


def connect(target: ClickHouseTarget) -> Client:
    """Open a client on the claimstream database.

    Without session ids: an insert that timed out may still hold its session, and its retry must not wait.

    Raises:
        DatabaseError: The server is away, refuses the user, or has no such database.
    """
    return clickhouse_connect.get_client(
        host=target.host,
        port=target.port,
        username=target.user,
        password=target.password,
        database=target.database,
        secure=target.secure,
        compress=target.compression or False,
        send_receive_timeout=target.timeout_s,
        autogenerate_session_id=False,
        query_limit=0,
    )


class Decoder(Protocol):
    """Anything that decodes message values into the columns of a contract."""

    def decode(self, values: list[bytes | None]) -> Decoded:
        """Decode message values."""


@dataclass(frozen=True)
class Route:
    """How the records of one topic become rows."""

    decoder: Decoder
    tables: Callable[[pl.DataFrame, Positions], Tables]


def routes(config: SinkConfig, ids: SchemaIds) -> dict[str, Route]:
    """The route of each topic the sink reads."""
    return {
        config.scored_topic: Route(ColumnarDecoder(CLAIMS_SCORED, ids), scored_tables),
        config.dead_letter_topic: Route(ColumnarDecoder(DEAD_LETTER, ids), dead_letter_tables),
    }


def build_tables(route: Route, source: TopicPartition, bucket: Bucket) -> Tables:
    """Turn the records of a bucket into the rows of its tables.

    Raises:
        FatalStreamError: A record cannot be decoded; nothing of the range was inserted.
    """
    decoded = route.decoder.decode(bucket.values)
    if decoded.undecodable or decoded.frame.height != len(bucket.values):
        bad = bucket.offsets[decoded.undecodable[0].index] if decoded.undecodable else bucket.offsets[0]
        message = f"The record at offset {bad} of {source} (range {bucket.span}) is no event of its contract."
        remedy = "Only the claim stage may publish there: find the producer, and move the topic or the log id on."
        raise FatalStreamError(message, remedy)
    return route.tables(decoded.frame, bucket.positions(source.partition))


def insert_tables(
    client: Client,
    tables: Tables,
    token_of: Callable[[str], str],
    after_insert: Callable[[], None] = lambda: None,
) -> None:
    """Insert the rows of a range, table by table; safe to repeat with the same tables.

    Args:
        client: Client on the claimstream database.
        tables: Rows for each table.
        token_of: Token of the range for a table.
        after_insert: Called after each insert.

    Raises:
        DatabaseError: ClickHouse is away or refuses; some tables may have been written.
    """
    for table, rows in tables.items():
        client.insert_arrow(table, rows, settings=insert_settings(token_of(table)))
        after_insert()


def token_maker(log_id: str, source: TopicPartition, bucket: Bucket) -> Callable[[str], str]:
    """The token of a bucket's range for each table."""
    span = bucket.span
    return lambda table: insert_token(log_id, source, span, table, ROWS_VERSION)
