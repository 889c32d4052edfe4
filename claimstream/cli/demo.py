"""claimstream demo: the whole system in one command, with a story that balances."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from clickhouse_connect.driver.client import Client

from claimstream import logs
from claimstream.cli.demo_stories import tell_stories
from claimstream.cli.demo_tables import Columns, count, dollars, number, percent, table
from claimstream.cli.ingest import ingest_files
from claimstream.clickhouse import connect, one_row
from claimstream.console import data, words
from claimstream.local.stack import embedded_stack, local_settings, pick_ports
from claimstream.settings import Settings
from claimstream.synthetic import publish_synthetic
from loadtest.scrape import metric
from loadtest.watch import TopicWatcher
from processors.validation import RuleCatalogue
from schemas.errors import FatalStreamError
from sink.kpi import Period, daily_by_payer, top_findings, volume_by_disposition
from streams.topics import DEAD_LETTERS, SCORED

EXAMPLE = Path("examples/professional-claims.x12")
WAIT_SECONDS = 120
WHERE_NEXT = (
    "Where to look next: claimstream up keeps the system running, README.md says who uses what,\n"
    "docs/rules.md lists the rules, claimstream bench measures this machine."
)


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
    answered: Annotated[
        int, typer.Option(min=0, help="How many more claims to follow to their payment; 0 leaves correlation out.")
    ] = 1_000,
    seed: Annotated[int, typer.Option(help="Seed of the generated claims.")] = 1,
) -> None:
    """Start everything, publish an X12 file and generated claims, and read the KPIs back from ClickHouse."""
    base = Settings()
    logs.configure("ERROR", "demo")
    ports = pick_ports(base.worker_count)
    with tempfile.TemporaryDirectory(prefix="claimstream-demo-", ignore_cleanup_errors=True) as folder:
        settings = local_settings(base, ports, Path(folder)).model_copy(update={"claimstream_keyring": None})
        words.print("Starting broker, ClickHouse, claim stage and sink ...")
        with embedded_stack(settings, ports) as supervisor:
            watcher = TopicWatcher(settings.broker, SCORED.name, DEAD_LETTERS.name)
            watcher.start()
            started = time.time()
            example = ingest_files([EXAMPLE], settings)
            words.print(f"{example['claims']} claims published from {EXAMPLE}; generating {claims} more ...")
            published = example["claims"] + publish_synthetic(settings, claims, seed)
            with connect(settings, settings.clickhouse_database) as client:
                _wait(client, published, supervisor.check)
                seconds = time.time() - started
                watcher.stop()
                scored, dead = watcher.seen[SCORED.name].records, watcher.seen[DEAD_LETTERS.name].records
                balance = _balance(client, published, scored, dead)
                _tell(client, settings.claimstream_tenant, balance, seconds, ports.stages[0])
                if answered:
                    tell_stories(settings, client, answered, seed + 1, supervisor.check)
                data.print(WHERE_NEXT)
    if not balance.exact:
        msg = f"The counts do not balance: {balance}."
        raise FatalStreamError(msg, "Report this with the output above.")
    words.print("Everything was stopped; nothing is left running.")


def _wait(client: Client, published: int, check: Callable[[], object]) -> None:
    deadline = time.time() + WAIT_SECONDS
    rows = 0
    while time.time() < deadline:
        rows = _rows(client)[0]
        if rows >= published and _rolled_up(client):
            return
        check()  # a worker that died is started again
        time.sleep(0.2)
    msg = f"Only {rows} of {published} claims are in ClickHouse after {WAIT_SECONDS} s."
    raise FatalStreamError(msg, "The machine may be too slow or too busy; try --claims 2000.")


def _rolled_up(client: Client) -> bool:
    """Tell whether the rollups hold every claim: they show a moment after the rows that they are made of."""
    query = "SELECT (SELECT sum(claims) FROM kpi_screening_daily) >= (SELECT uniqExact(event_id) FROM claims_header)"
    return bool(one_row(client, query)[0])


def _rows(client: Client) -> tuple[int, int]:
    query = """SELECT sum(n), sum(u) FROM (
        SELECT count() AS n, uniqExact(event_id) AS u FROM claims_header
        UNION ALL SELECT count(), uniqExact(event_id) FROM dead_letters)"""
    rows, unique = one_row(client, query)
    return int(rows), int(unique)


def _balance(client: Client, published: int, scored: int, dead_lettered: int) -> Balance:
    rows, unique = _rows(client)
    return Balance(published, scored, dead_lettered, rows, unique)


def _tell(client: Client, tenant: str, balance: Balance, seconds: float, stage_port: int) -> None:
    p50, p99 = (1000 * metric(stage_port, f"processing_latency_{name}") for name in ("p50", "p99"))
    equal = "exact" if balance.exact else "NOT EQUAL"
    data.print(f"\n[bold]{balance.published} claims[/bold] published, scored and queryable in {seconds:.1f} s:")
    data.print(f"{balance.published / seconds:.0f} claims/s with the generator on the same machine.")
    data.print(f"From publication to score: median {p50:.0f} ms, 99th percentile {p99:.0f} ms, all in flight at once.")
    data.print(
        f"published {balance.published} = scored {balance.scored} + dead-lettered {balance.dead_lettered} "
        f"= {balance.rows} rows in ClickHouse: {equal}\n"
    )
    today = datetime.now(UTC).date()
    period = Period(tenant, today - timedelta(days=400), today + timedelta(days=1))
    data.print(table("What became of them", _DISPOSITIONS, volume_by_disposition(client, period)))
    names = {rule.rule.id: rule.rule.name for rule in RuleCatalogue.load().rules}
    findings = [row | {"name": names.get(str(row["rule_id"]), "")} for row in top_findings(client, period, limit=8)]
    data.print(table("What is wrong most often", _FINDINGS, findings))
    payers = sorted(daily_by_payer(client, period), key=lambda row: -number(row["claims"]))[:8]
    data.print(table("KPIs by payer, read back from ClickHouse", _PAYERS, payers))


_DISPOSITIONS: Columns = {
    "disposition": ("disposition", str),
    "claims": ("claims", count),
    "share_of_claims": ("share", percent),
    "charge_cents": ("charge", dollars),
    "expected_cents": ("expected", dollars),
    "at_risk_cents": ("at risk", dollars),
}
_FINDINGS: Columns = {
    "rule_id": ("rule", str),
    "name": ("what it checks", str),
    "severity": ("severity", str),
    "claims": ("claims", count),
    "charge_cents": ("charge", dollars),
}
_PAYERS: Columns = {
    "payer_id": ("payer", str),
    "claims": ("claims", count),
    "charge_cents": ("charge", dollars),
    "expected_cents": ("expected", dollars),
    "clean_claim_rate_edit_level": ("clean", percent),
    "mean_approval_probability": ("approval", percent),
}
