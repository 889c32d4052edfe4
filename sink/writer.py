"""Writes one range of offsets into its tables: one insert for each table, under a token of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import clickhouse_connect
import polars as pl
import pyarrow as pa
from clickhouse_connect.driver.client import Client

from schemas.codec import ColumnarDecoder, Decoded, Undecodable
from schemas.contracts import (
    ACKS_RECEIVED,
    ALERTS,
    ALL_CONTRACTS,
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    CLAIMS_SCORED,
    DEAD_LETTER,
    REMITS_RECEIVED,
    WORKQUEUE_ACTIONS,
    WORKQUEUE_CASE,
    WORKQUEUE_ITEM,
)
from schemas.errors import FatalStreamError
from schemas.registry import SchemaIds
from sink.arrow_block import arrow_block
from sink.buckets import Bucket
from sink.config import ClickHouseTarget, SinkConfig
from sink.ranges import TopicPartition, insert_token
from sink.rows import ROWS_VERSION, Positions, Tables, dead_letter_tables, scored_tables
from sink.rows.adjudicated import adjudicated_tables
from sink.rows.damaged import damaged_tables
from sink.rows.events import Known
from sink.rows.lineage import lineage_tables
from sink.rows.received import ack_tables, alert_tables, payment_tables
from sink.rows.work import action_tables, case_tables, item_tables
from sink.settings import insert_settings

MOST_DAMAGED = 200
"""A range with more damaged records says that a producer is broken: then the sink stops, as the stage does."""


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


TableMaker = Callable[[pl.DataFrame, Positions, Known], Tables]

MAKERS: Mapping[str, TableMaker] = {
    CLAIMS_SCORED.name: scored_tables,
    DEAD_LETTER.name: dead_letter_tables,
    CLAIMS_LINEAGE.name: lineage_tables,
    CLAIMS_ADJUDICATED.name: adjudicated_tables,
    REMITS_RECEIVED.name: payment_tables,
    ACKS_RECEIVED.name: ack_tables,
    ALERTS.name: alert_tables,
    WORKQUEUE_ITEM.name: item_tables,
    WORKQUEUE_CASE.name: case_tables,
    WORKQUEUE_ACTIONS.name: action_tables,
}
"""How the events of each contract become rows."""


@dataclass(frozen=True)
class Route:
    """How the records of one topic become rows."""

    decoder: Decoder
    tables: TableMaker
    log_id: str = ""


def routes(config: SinkConfig, ids: SchemaIds, log_ids: Mapping[str, str] | None = None) -> dict[str, Route]:
    """The route of each topic the sink reads.

    Args:
        config: Which topics carry which contract.
        ids: Schema ids.
        log_ids: Identity of each topic.
    """
    contracts = {contract.name: contract for contract in ALL_CONTRACTS}
    known = log_ids or {}
    return {
        topic: Route(ColumnarDecoder(contracts[name], ids), MAKERS[name], known.get(topic, ""))
        for topic, name in config.contracts.items()
    }


@dataclass(frozen=True)
class Built:
    """The rows of a range.

    Attributes:
        tables: Rows for each table.
        damaged: Records that became dead letters in place of rows.
    """

    tables: Tables
    damaged: int = 0


def build_tables(route: Route, source: TopicPartition, bucket: Bucket, known: Known) -> Built:
    """Turn the records of a bucket into the rows of its tables; damaged ones into dead letters.

    What a damaged record becomes depends on its bytes alone, so a range that is inserted again has the same rows. That
    a schema is unknown may change between two tries of a range; its record is therefore never passed over.

    Raises:
        FatalStreamError: A record is of an unknown schema, or too many are damaged; nothing of the range was inserted.
        DatabaseError: ClickHouse was asked for what it holds already, and is away.
    """
    decoded = route.decoder.decode(bucket.values)
    bad = [u for u in decoded.undecodable if u.index not in bucket.tombstones]
    _check(bad, source, bucket)
    positions = bucket.positions(source, route.log_id)
    tables = route.tables(decoded.frame, positions, known)
    return Built(_joined(tables, damaged_tables(bad, bucket.values, positions)) if bad else tables, len(bad))


def _check(bad: Sequence[Undecodable], source: TopicPartition, bucket: Bucket) -> None:
    foreign = next((u for u in bad if not u.damaged), None)
    if foreign is not None:
        place = f"The record at offset {bucket.offsets[foreign.index]} of {source} (range {bucket.span})"
        message = f"{place} is no event of its contract: {foreign.reason}"
        remedy = (
            "Start the sink of the producer's version, or find who publishes there, and move the topic or log id on."
        )
        raise FatalStreamError(message, remedy)
    if len(bad) > MOST_DAMAGED:
        message = f"{len(bad)} of {len(bucket.values)} records of {source} (range {bucket.span}) are damaged."
        raise FatalStreamError(message, "Find the producer that writes them, and move the topic or the log id on.")


def _joined(left: Tables, right: Tables) -> Tables:
    """The rows of both; a topic of dead letters has some of its own."""
    both = {
        name: pa.concat_tables([left[name], right[name].select(left[name].column_names)])
        for name in left.keys() & right
    }
    return {**left, **right, **both}


def insert_table(client: Client, table: str, rows: pa.Table, token: str) -> None:
    """Insert the rows of a range into one table; safe to repeat with the same rows.

    Args:
        client: Client on the claimstream database.
        table: Name of the table.
        rows: Its rows.
        token: Token of the range for this table.

    Raises:
        DatabaseError: ClickHouse is away or refuses.
    """
    block = arrow_block(rows, client.write_compression)
    client.raw_insert(table, rows.column_names, block, settings=insert_settings(token), fmt="Arrow")


def token_maker(log_id: str, source: TopicPartition, bucket: Bucket) -> Callable[[str], str]:
    """The token of a bucket's range for each table."""
    span = bucket.span
    return lambda table: insert_token(log_id, source, span, table, ROWS_VERSION)
