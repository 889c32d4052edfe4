"""claimstream demo: the whole system in one command, with a story that balances."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from clickhouse_connect.driver.client import Client
from rich.table import Table
from sink.kpi import top_findings, volume_by_disposition, volume_by_payer

from claimstream import logs
from claimstream.cli.generate import publish_synthetic
from claimstream.cli.ingest import ingest_files
from claimstream.cli.output import data, words
from claimstream.clickhouse import connect
from claimstream.local.stack import embedded_stack, local_settings, pick_ports
from claimstream.settings import Settings
from schemas.errors import FatalStreamError

EXAMPLE = Path("examples/professional-claims.x12")
WAIT_SECONDS = 120


@dataclass(frozen=True)
class Balance:
    """The counts that must agree: nothing lost, nothing twice."""

    published: int
    scored: int
    dead_lettered: int
    rows: int
    unique_rows: int

    @property
    def exact(self) -> bool:
        """Whether published = scored + dead-lettered = rows in ClickHouse, each once."""
        return self.published == self.scored + self.dead_lettered == self.rows == self.unique_rows


def demo(
    claims: Annotated[int, typer.Option(min=1, help="How many claims to generate.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed of the generated claims.")] = 1,
) -> None:
    """Start everything, publish an X12 file and generated claims, and read the KPIs back from ClickHouse."""
    from loadtest.watch import TopicWatcher  # noqa: PLC0415 - loadtest uses these commands itself
    from streams.topics import DEAD_LETTERS, SCORED  # noqa: PLC0415 - as above

    base = Settings()
    logs.configure("ERROR", "demo")
    ports = pick_ports(base.worker_count)
    with tempfile.TemporaryDirectory(prefix="claimstream-demo-", ignore_cleanup_errors=True) as folder:
        settings = local_settings(base, ports, Path(folder)).model_copy(update={"claimstream_keyring": None})
        words.print("Starting broker, ClickHouse, claim stage and sink ...")
        with embedded_stack(settings, ports) as supervisor:
            watchers = [TopicWatcher(settings.broker, t.name) for t in (SCORED, DEAD_LETTERS)]
            for watcher in watchers:
                watcher.start()
            started = time.time()
            example = ingest_files([EXAMPLE], settings)
            words.print(f"{example.claims} claims published from {EXAMPLE}; generating {claims} more ...")
            published = example.claims + publish_synthetic(settings, claims, seed)
            with connect(settings, settings.clickhouse_database) as client:
                _wait(client, published, supervisor.check)
                seconds = time.time() - started
                for watcher in watchers:
                    watcher.stop()
                balance = _balance(client, published, watchers[0].records, watchers[1].records)
                _tell(client, balance, seconds, watchers[0].latencies_ms)
    if not balance.exact:
        msg = f"The counts do not balance: {balance}."
        raise FatalStreamError(msg, "Report this with the output above.")
    words.print("Everything was stopped; nothing is left running.")


def _wait(client: Client, published: int, check: object) -> None:
    deadline = time.time() + WAIT_SECONDS
    rows = 0
    while time.time() < deadline:
        rows = _rows(client)[0]
        if rows >= published:
            return
        check()  # type: ignore[operator]  # the supervisor's check: a worker that died is started again
        time.sleep(0.2)
    msg = f"Only {rows} of {published} claims are in ClickHouse after {WAIT_SECONDS} s."
    raise FatalStreamError(msg, "The machine may be too slow or too busy; try --claims 2000.")


def _rows(client: Client) -> tuple[int, int]:
    query = """SELECT sum(n), sum(u) FROM (
        SELECT count() AS n, uniqExact(event_id) AS u FROM claims_header
        UNION ALL SELECT count(), uniqExact(event_id) FROM dead_letters)"""
    rows, unique = client.query(query).first_row
    return int(rows), int(unique)


def _balance(client: Client, published: int, scored: int, dead_lettered: int) -> Balance:
    rows, unique = _rows(client)
    return Balance(published, scored, dead_lettered, rows, unique)


def _tell(client: Client, balance: Balance, seconds: float, latencies_ms: list[float]) -> None:
    latencies = sorted(latencies_ms)
    p50, p99 = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
    data.print(
        f"\n[bold]{balance.published} claims[/bold] published, scored and queryable in {seconds:.1f} s "
        f"({balance.published / seconds:.0f}/s with the generator on the same machine)."
    )
    data.print(f"From publication to score: median {p50:.0f} ms, 99th percentile {p99:.0f} ms, all in flight at once.")
    data.print(
        f"published {balance.published} = scored {balance.scored} + dead-lettered {balance.dead_lettered} "
        f"= {balance.rows} rows in ClickHouse: {'exact' if balance.exact else 'NOT EQUAL'}\n"
    )
    for title, answer in (
        ("What became of them", volume_by_disposition(client)),
        ("What is wrong most often", top_findings(client, limit=8)),
        ("KPIs by payer, read back from ClickHouse", volume_by_payer(client, limit=8)),
    ):
        data.print(_table(title, answer.columns, answer.rows))
    data.print(
        "Where to look next: claimstream up keeps it running; README.md says who uses what; "
        "docs/rules.md lists the rules; claimstream bench measures this machine."
    )


def _table(title: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> Table:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    return table
