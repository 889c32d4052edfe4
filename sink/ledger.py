"""The range ledger: the ClickHouse table sink_ranges, which says what is stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from sink.ranges import Claim, OffsetRange, PartitionLedger, TopicPartition
from sink.rows import ROWS_VERSION
from sink.settings import insert_settings

TABLE = "sink_ranges"
# Types are given so that the client need not ask for them before every insert.
_COLUMNS = {
    "log_id": "LowCardinality(String)",
    "group_id": "LowCardinality(String)",
    "topic": "LowCardinality(String)",
    "partition": "Int32",
    "state": "LowCardinality(String)",
    "first_offset": "Int64",
    "last_offset": "Int64",
    "records": "UInt32",
    "rows_version": "UInt16",
    "epoch": "UInt64",
    "owner": "String",
}
_PARTITIONS = """
SELECT
    topic,
    partition,
    maxIf((epoch, owner), state = 'claim') AS claim,
    countIf(state = 'claim') AS claims,
    maxIf(last_offset, state = 'done') AS done_until,
    countIf(state = 'done') AS done,
    argMaxIf((first_offset, last_offset, records, rows_version), (epoch, last_offset), state = 'intent')
        AS intent,
    countIf(state = 'intent') AS intents
FROM sink_ranges
"""
_READ = f"""{_PARTITIONS}
WHERE group_id = {{group_id:String}} AND (log_id, topic) IN {{logs:Array(Tuple(String, String))}}
GROUP BY topic, partition
"""
_READ_ALL = f"""{_PARTITIONS}
GROUP BY log_id, group_id, topic, partition
ORDER BY topic, partition
"""
_READ_CLAIMS = """
SELECT topic, partition, max((epoch, owner)) AS claim
FROM sink_ranges
WHERE group_id = {group_id:String} AND log_id IN {log_ids:Array(String)} AND state = 'claim'
GROUP BY topic, partition
"""

Ranges = Iterable[tuple[TopicPartition, OffsetRange, Claim]]


def open_ranges(client: Client) -> list[tuple[TopicPartition, OffsetRange]]:
    """Read the ranges of every group and log that were begun and are not known to be stored.

    Args:
        client: Client whose current database holds the ledger.

    Raises:
        DatabaseError: ClickHouse is away or refuses.
    """
    found = _partitions(client, _READ_ALL, {})
    return [(source, ledger.open_intent) for source, ledger in found if ledger.open_intent is not None]


def _partitions(
    client: Client, query: str, parameters: dict[str, Any]
) -> Iterator[tuple[TopicPartition, PartitionLedger]]:
    rows = client.query(query, parameters=parameters).result_rows
    for topic, partition, claim, claims, done_until, done, intent, intents in rows:
        yield (
            TopicPartition(topic, partition),
            PartitionLedger(
                claim=Claim(*claim) if claims else None,
                done_until=done_until if done else None,
                intent=OffsetRange(*intent[:3]) if intents else None,
                intent_rows_version=intent[3] if intents else 0,
            ),
        )


class Ledger:
    """Reads and writes the ledger for one consumer group.

    Taking a partition over is safe without help from the broker: a process writes its intent first and then
    looks for a later claim; a new owner writes its claim first and then looks for an open intent. Whichever
    of the two comes later sees the other, so a range is never inserted with two different boundaries.

    Args:
        client: Client whose current database holds the ledger; not shared with other threads.
        group_id: Consumer group.
        log_ids: Identity of each topic.
    """

    def __init__(self, client: Client, group_id: str, log_ids: Mapping[str, str]) -> None:
        self._client = client
        self._group_id = group_id
        self._log_ids = log_ids

    def log_id(self, source: TopicPartition) -> str:
        """Identity of the topic of a partition."""
        return self._log_ids[source.topic]

    def read(self, source: TopicPartition) -> PartitionLedger:
        """Read what is known of a partition.

        Raises:
            DatabaseError: ClickHouse is away or refuses.
        """
        return self.read_all([source])[source]

    def read_all(self, sources: Sequence[TopicPartition]) -> dict[TopicPartition, PartitionLedger]:
        """Read what is known of partitions, in one query.

        Raises:
            DatabaseError: ClickHouse is away or refuses.
        """
        logs = sorted({(self.log_id(source), source.topic) for source in sources})
        parameters = {"group_id": self._group_id, "logs": logs}
        known = dict(_partitions(self._client, _READ, parameters))
        return {source: known.get(source, PartitionLedger()) for source in sources}

    def claims(self) -> dict[TopicPartition, Claim]:
        """Read the current owner of every partition of the group.

        Raises:
            DatabaseError: ClickHouse is away or refuses.
        """
        parameters = {"group_id": self._group_id, "log_ids": sorted(set(self._log_ids.values()))}
        rows = self._client.query(_READ_CLAIMS, parameters=parameters).result_rows
        return {TopicPartition(topic, partition): Claim(*claim) for topic, partition, claim in rows}

    def claim(self, source: TopicPartition, claim: Claim) -> None:
        """Take a partition over.

        Raises:
            DatabaseError: ClickHouse is away or refuses.
        """
        self.claim_all({source: claim})

    def claim_all(self, claims: Mapping[TopicPartition, Claim]) -> None:
        """Take partitions over, in one insert.

        Raises:
            DatabaseError: ClickHouse is away or refuses.
        """
        rows = [self._row(source, "claim", None, claim) for source, claim in claims.items()]
        names = ",".join(f"{self.log_id(s)}/{s}/{claim.epoch}/{claim.owner}" for s, claim in claims.items())
        if rows:
            self._insert(rows, f"claim/{names}")

    def intend(self, ranges: Ranges) -> None:
        """Record that ranges are about to be inserted.

        Raises:
            DatabaseError: ClickHouse is away or refuses.
        """
        self._write("intent", ranges)

    def done(self, ranges: Ranges) -> None:
        """Record that ranges are in every table.

        Raises:
            DatabaseError: ClickHouse is away or refuses.
        """
        self._write("done", ranges)

    def _write(self, state: str, ranges: Ranges) -> None:
        listed = list(ranges)
        rows = [self._row(source, state, r, claim) for source, r, claim in listed]
        names = ",".join(
            f"{self.log_id(source)}/{source}/{r}/{claim.epoch}/{claim.owner}" for source, r, claim in listed
        )
        if rows:
            self._insert(rows, f"{state}/{names}")

    def _row(self, source: TopicPartition, state: str, span: OffsetRange | None, claim: Claim) -> Sequence[object]:
        identity = (self.log_id(source), self._group_id, source.topic, source.partition)
        extent = (-1, -1, 0, 0) if span is None else (span.first, span.last, span.records, ROWS_VERSION)
        return (*identity, state, *extent, claim.epoch, claim.owner)

    def _insert(self, rows: Sequence[Sequence[object]], token: str) -> None:
        self._client.insert(
            TABLE,
            rows,
            column_names=list(_COLUMNS),
            column_type_names=list(_COLUMNS.values()),
            settings=insert_settings(f"{self._group_id}/{token}"),
        )
