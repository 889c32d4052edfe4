"""What the sink costs: processor time of the sink and of ClickHouse for each claim with its lines and findings.

POLARS_MAX_THREADS=1 python -m tests.integration.measure_sink [CLAIMS_A_BATCH]
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from schemas.codec import ColumnarEncoder
from schemas.contracts import CLAIMS_SCORED
from schemas.registry import CheckedInIds
from sink.buckets import Bucket, PartitionBuffer
from sink.config import BatchLimits, ClickHouseTarget, SinkConfig
from sink.known import KnownEvents
from sink.migrate import migrate
from sink.ranges import TopicPartition
from sink.records import Records
from sink.writer import Route, connect, routes
from tests.clickhouse import EmbeddedClickHouse, insert_tables
from tests.scored_events import scored_event, scored_frame

SOURCE = TopicPartition(CLAIMS_SCORED.name, 0)
ROUNDS = 5
DIFFERENT = 5_000
SERVER = "insert (ClickHouse)"
TICKS = os.sysconf("SC_CLK_TCK")


def server_seconds(pid: int) -> float:
    """Processor time of another process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def batch(number: int, claims: int) -> list[bytes]:
    """Messages of claims that no other batch has."""
    base = scored_frame([scored_event(n) for n in range(DIFFERENT)])
    keys = ("claim_id", "event_id", "patient_control_token")
    copies = [
        base.with_columns(pl.col(name) + f"-{number}-{copy}-{'x' * 20}" for name in keys)
        for copy in range(-(-claims // DIFFERENT))
    ]
    return ColumnarEncoder(CLAIMS_SCORED, CheckedInIds()).encode(pl.concat(copies)[:claims])


def gather(values: list[bytes], first: int) -> Bucket:
    """The bucket that the consumer makes of messages."""
    buffer = PartitionBuffer(SOURCE, BatchLimits(max_records=len(values), max_bytes=1 << 40))
    offsets = range(first, first + len(values))
    [bucket] = buffer.add(Records(offsets, [1_772_323_200_000] * len(values), values), 0.0)
    return bucket


@contextlib.contextmanager
def timed(costs: dict[str, float], name: str) -> Iterator[None]:
    """Note the processor time of this process for the length of a with block; the best of several is kept."""
    started = time.process_time()
    yield
    costs[name] = min(costs.get(name, 1e9), time.process_time() - started)


def measure(server: EmbeddedClickHouse, claims: int) -> None:
    """Print microseconds a claim, best of the rounds."""
    assert server.process is not None
    with server.client() as first:
        migrate(first)
    client = connect(ClickHouseTarget(port=server.port))
    route: Route = routes(SinkConfig(""), CheckedInIds())[CLAIMS_SCORED.name]
    known = KnownEvents(client)
    best: dict[str, float] = {}
    rows = 0
    for number in range(ROUNDS):
        values = batch(number, claims)
        with timed(best, "gather"):
            bucket = gather(values, number * claims)
        with timed(best, "decode"):
            decoded = route.decoder.decode(bucket.values).frame
        with timed(best, "rows"):
            tables = route.tables(decoded, bucket.positions(SOURCE, "one"), known)
        rows = sum(table.num_rows for table in tables.values())
        token = f"batch {number} ".__add__
        before = server_seconds(server.process.pid)
        with timed(best, "insert (sink)"):
            insert_tables(client, tables, token)
        spent = server_seconds(server.process.pid) - before
        best[SERVER] = min(best.get(SERVER, 1e9), spent)
    shown = {name: seconds / claims * 1e6 for name, seconds in best.items()}
    sink = sum(us for name, us in shown.items() if name != SERVER)
    for name, us in shown.items():
        sys.stdout.write(f"{name:22s} {us:6.2f} us a claim\n")
    sys.stdout.write(f"sink in all            {sink:6.2f} us a claim: {1e6 / sink:,.0f} claims/s a core\n")
    sys.stdout.write(f"{rows / claims:.1f} rows a claim\n")
    client.close()


def main() -> None:
    """Run the measurement."""
    claims = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedClickHouse(Path(folder)).start()
        try:
            measure(server, claims)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
