"""Builds the tables anew from the topics, beside the live ones, and compares the two."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from clickhouse_connect.driver.client import Client

from schemas.errors import BadInputError
from schemas.registry import SchemaIds
from sink.config import SinkConfig
from sink.consumer import run_sink
from sink.differences import differing_rows, rollups
from sink.migrate import migrate
from sink.observer import RangeReport, SilentObserver
from sink.reconcile import Check
from sink.topics import log_ids
from sink.writer import connect

QUIET_S, FIRST_S = 5.0, 30.0
"""So long without a record and with none waiting: the topics have been read to their end. The first may take longer."""

_COPY_LEDGER = """INSERT INTO sink_ranges
SELECT
    log_id, {group:String}, topic, partition, state, first_offset, last_offset, records, rows_version, epoch, owner,
    written_at
FROM sink_ranges WHERE group_id = {rebuilt:String}"""
_STORED = """SELECT log_id, topic, partition, max(last_offset) FROM `{database}`.sink_ranges
WHERE group_id = {{group:String}} AND (topic, log_id) IN {{logs:Array(Tuple(String, String))}} AND state = 'done'
GROUP BY log_id, topic, partition"""

Ends = dict[tuple[str, str, int], int]
"""Last offset that is stored, by log, topic and partition."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        database: The new database.
        records: Records that were read.
        seconds: How long it took.
        checks: The live rollups against the new ones.
    """

    database: str
    records: int
    seconds: float
    checks: tuple[Check, ...]


def rebuild(config: SinkConfig, database: str, ids: SchemaIds) -> Rebuilt:
    """Read every topic from its beginning into a new database.

    The live tables and the live sink are left alone. To switch, stop the sink, set CLICKHOUSE_DATABASE to the
    new database and start it: the ledger there says where to go on.

    Args:
        config: The configuration of the live sink.
        database: Name of the new database.
        ids: Schema ids.

    Raises:
        BadInputError: It is the live database, or there is one of that name already.
        ClaimstreamError: As `run_sink`.
    """
    live = config.clickhouse.database
    client = connect(config.clickhouse)
    known = client.query("SELECT count() FROM system.databases WHERE name = {d:String}", parameters={"d": database})
    if known.result_rows[0][0]:
        message = f"There is a database {database} already."
        raise BadInputError(message, "Name another one, or drop it if it is an earlier rebuild.")
    stored = _stored(client, config, live)
    migrate(client, database)
    group = f"{config.group_id}-rebuild-{time.time_ns()}"
    new = replace(config, group_id=group, clickhouse=replace(config.clickhouse, database=database))
    started = time.monotonic()
    records = more = _run(new, ids)
    # A busy broker may be quiet for long before the end: what the live sink has stored tells whether it was the end.
    while more and _is_behind(_stored(client, new, database), stored):
        more = _run(new, ids)
        records += more
    client.command(_COPY_LEDGER, parameters={"group": config.group_id, "rebuilt": group})
    client.database = live
    checks = tuple(compare(client, live, database))
    client.close()
    return Rebuilt(database, records, time.monotonic() - started, checks)


def compare(client: Client, live: str, other: str) -> Iterator[Check]:
    """Compare every rollup of two databases, row by row.

    Raises:
        DatabaseError: ClickHouse is away.
    """
    for rollup in rollups(client, live):
        left, right = f"`{live}`.{rollup.table}", f"`{other}`.{rollup.table}"
        counts = [int(client.query(f"SELECT count() FROM {t} FINAL").result_rows[0][0]) for t in (left, right)]  # noqa: S608 - own names
        yield Check("rebuild", rollup.table, counts[0], counts[1], differing_rows(client, rollup, [left], [right]))


def _stored(client: Client, config: SinkConfig, database: str) -> Ends:
    """Return where the sink of this configuration has arrived in the topics as they are now."""
    parameters = {"group": config.group_id, "logs": list(log_ids(config).items())}
    rows = client.query(_STORED.format(database=database), parameters=parameters).result_rows
    return {(log, topic, partition): last for log, topic, partition, last in rows}


def _is_behind(ends: Ends, others: Ends) -> bool:
    return any(ends.get(place, -1) < end for place, end in others.items())


class _UntilQuiet(SilentObserver):
    """Stops the sink when nothing has come for a while."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.records = 0
        self._last = time.monotonic()
        self._waiting = 0.0
        self._partitions = 0

    def range_written(self, report: RangeReport) -> None:
        """Count, and start waiting anew."""
        self.records += report.span.records
        self._last = time.monotonic()

    def partitions(self, count: int) -> None:
        """Nothing is quiet before the partitions are there."""
        self._last = time.monotonic()
        self._partitions = count

    def insert_failed(self, error_class: str, wait_s: float) -> None:
        """A store that is away is not a quiet topic."""
        del error_class, wait_s
        self._last = time.monotonic()

    def oldest_age(self, seconds: float) -> None:
        """Stop when nothing waits and nothing came for long."""
        patience = QUIET_S if self.records else FIRST_S
        if seconds == 0.0 and self._partitions and time.monotonic() - self._last > patience:
            self.stop.set()


def _run(config: SinkConfig, ids: SchemaIds) -> int:
    observer = _UntilQuiet()
    run_sink(config, observer.stop, observer, ids)
    return observer.records
