"""How fast KPIs are on many claims: rows are made inside ClickHouse, then every KPI is asked several times.

python -m loadtest.kpi_queries --claims 5000000 --path /tmp/kpi-bench [--keep]

Prints one JSON document: of each query p50 and p95 in milliseconds and its least processor time; rows and bytes of each
table.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from clickhouse_connect.driver.client import Client

from claimstream.local.clickhouse.engine import Engine
from claimstream.local.clickhouse.server import ClickHouseServer
from sink import kpi
from sink.config import ClickHouseTarget
from sink.differences import Rollup, rollups
from sink.kpi_catalogue import find, names
from sink.migrate import migrate
from sink.writer import connect

TENANT = "bench"
CHUNK = 500_000
SETTINGS = {"max_insert_threads": 1, "max_partitions_per_insert_block": 1000}
YEAR = kpi.Period(TENANT, date(2025, 1, 1), date(2025, 12, 31))
AS_OF = date(2026, 6, 30)

ROWS = Path(__file__).parent / "kpi_rows"


def fill(client: Client, claims: int) -> None:
    """Make the rows of so many claims; the rollups from all statements at once, which is faster than by insert."""
    made = (ROWS / "claims.sql").read_text(encoding="utf-8")
    filled = rollups(client, str(client.database))
    views = [view for rollup in filled for view in rollup.queries]
    for view in views:
        client.command(f"DETACH TABLE {view}")
    for file in sorted(ROWS.glob("[0-9]_*.sql")):
        statement = file.read_text(encoding="utf-8").replace("/* claims */", made)
        with told(file.stem):
            for first in range(0, claims, CHUNK):
                parameters = {"first": first, "count": min(CHUNK, claims - first), "total": claims}
                client.command(statement, parameters=parameters, settings=SETTINGS)
    for view in views:
        client.command(f"ATTACH TABLE {view}")
    for rollup in filled:
        with told(rollup.table):
            sum_up(client, rollup)


def sum_up(client: Client, rollup: Rollup) -> None:
    """Fill a rollup from the statements there are."""
    for query in rollup.queries.values():
        columns = ", ".join(row[0] for row in client.query(f"DESCRIBE ({query})").result_rows)
        client.command(f"INSERT INTO {rollup.table} ({columns}) {query}", settings=SETTINGS)


@contextlib.contextmanager
def told(name: str) -> Iterator[None]:
    """Tell on stderr how long a with block took."""
    started = time.perf_counter()
    yield
    sys.stderr.write(f"{name}: {time.perf_counter() - started:.1f} s\n")
    sys.stderr.flush()


Cost = tuple[float, float]
"""Seconds by the clock and of processor time; the engine runs in this process."""


def questions(client: Client) -> Iterator[tuple[str, Cost]]:
    """Ask every KPI in total and by payer, and every ranking; yields name and cost."""
    for name in names():
        for by in ("total", "payer"):
            if by in find(name).by:
                yield f"{name} by {by}", cost(partial(kpi.show, client, name, YEAR, by, AS_OF))
    for by in kpi.TOP_DENIED:
        yield f"top-denied by {by}", cost(partial(kpi.top_denied, client, YEAR, by, as_of=AS_OF))


def cost(call: Callable[[], object]) -> Cost:
    """What a call costs."""
    clock, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - clock, time.process_time() - processor


def measure(client: Client, rounds: int) -> dict[str, dict[str, float]]:
    """Of each question p50 and p95 by the clock and the least processor time, in milliseconds."""
    found: dict[str, list[Cost]] = {}
    for _ in range(rounds):
        for name, spent in questions(client):
            found.setdefault(name, []).append(spent)
    return {name: _figures(spent) for name, spent in found.items()}


def _figures(spent: Sequence[Cost]) -> dict[str, float]:
    clock = sorted(1000 * seconds for seconds, _ in spent)
    last = len(clock) - 1
    p50, p95 = clock[last // 2], clock[min(last, round(last * 0.95))]
    processor = 1000 * min(processor for _, processor in spent)
    return {"p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "processor_ms": round(processor, 1)}


def sizes(client: Client, claims: int) -> list[dict[str, object]]:
    """Rows, bytes on disk and bytes a claim of each table."""
    sql = """SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, round(bytes / {claims:UInt64}, 2) AS a_claim
    FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY bytes DESC"""
    return [dict(row) for row in client.query(sql, parameters={"claims": claims}).named_results()]


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=5_000_000)
    parser.add_argument("--path", type=Path, required=True, help="folder of the embedded ClickHouse; filled once")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    engine = Engine(arguments.path)
    with ClickHouseServer(engine).running() as server:
        client = connect(ClickHouseTarget(port=server.port, database="default", timeout_s=600))
        migrate(client)
        if not client.command("SELECT count() FROM claims_header"):
            fill(client, arguments.claims)
        result = {"claims": arguments.claims, "queries": measure(client, arguments.rounds)}
        result["tables"] = sizes(client, arguments.claims)
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        client.close()
    engine.close()


if __name__ == "__main__":
    main()
