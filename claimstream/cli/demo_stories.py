"""The second act of the demo: claims with their answers become stories, and what was denied becomes work."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from clickhouse_connect.driver.client import Client

from claimstream.cli.demo_tables import Columns, count, dollars, number, percent, table
from claimstream.clickhouse import one_row
from claimstream.console import data, words
from claimstream.local.processes import Supervisor
from claimstream.local.stack import correlation_service, free_ports
from claimstream.settings import Settings
from claimstream.synthetic import Order, publish_order
from schemas.errors import FatalStreamError
from sink import kpi, saved_queries
from sink.kpi_catalogue import find

BEGAN_DAYS_AGO = 150
"""When the claims were submitted: long enough ago that most have been answered, corrected and paid by now."""

WAIT_SECONDS = 180.0
QUIET_SECONDS = 4.0
_TOLD = "SELECT count(), sum(revision), (SELECT count() FROM workqueue_events) FROM claim_lineage FINAL"
SHOWN_KPIS = ("initial_denial_rate_live", "first_pass_resolution_rate", "denial_overturn_rate", "payer_lag")


def tell_stories(settings: Settings, client: Client, claims: int, seed: int, check: Callable[[], object]) -> None:
    """Start correlation, publish claims with their answers, and show what became of them.

    Args:
        settings: Of the stack that runs.
        client: Client on the claimstream database.
        claims: How many claims, those that were corrected counted once.
        seed: Of the claims.
        check: Starts workers again that died.

    Raises:
        DependencyError: A process does not start.
        FatalStreamError: The stories are not told in time.
    """
    words.print(f"Correlation starts; {claims} more claims with their acknowledgements and payments follow ...")
    screened = int(str(one_row(client, "SELECT uniqExact(claim_id) FROM claims_header")[0]))
    service = correlation_service(settings, 0, *free_ports(1))
    with Supervisor([service], settings.claimstream_home / "logs") as correlation:
        start = datetime.now(UTC) - timedelta(days=BEGAN_DAYS_AGO)
        made = publish_order(settings, Order(claims, seed, start=start, with_outcomes=True))
        _wait(client, screened + claims, (check, correlation.check))
    answers = {topic: made[topic] for topic in ("acks.received", "remits.received")}
    period = kpi.Period(settings.claimstream_tenant, start.date(), datetime.now(UTC).date() + timedelta(days=1))
    _tell(client, claims, answers, period)


def _wait(client: Client, lineages: int, checks: Sequence[Callable[[], object]]) -> None:
    """Wait until each claim has its lineage and nothing has been added to any, or to the work, for a while."""
    deadline = time.monotonic() + WAIT_SECONDS
    seen, since = [0], time.monotonic()
    while time.monotonic() < deadline:
        now = [int(str(figure)) for figure in one_row(client, _TOLD)]
        if now != seen:
            seen, since = now, time.monotonic()
        elif seen[0] >= lineages and time.monotonic() - since > QUIET_SECONDS:
            return
        for check in checks:
            check()
        time.sleep(0.5)
    msg = f"Only {seen[0]} of {lineages} claims have a story after {WAIT_SECONDS:.0f} s."
    raise FatalStreamError(msg, "The machine may be too slow or too busy; try --claims 2000, or --answered 0.")


def _tell(client: Client, claims: int, answers: dict[str, int], period: kpi.Period) -> None:
    data.print(
        f"\n[bold]{claims} claims of {period.first_day}[/bold] met {answers['acks.received']} acknowledgements and "
        f"{answers['remits.received']} remittances.\n"
    )
    data.print(table("What payers did with them", _KPIS, [_figure(client, name, period) for name in SHOWN_KPIS]))
    data.print(table("Why they were denied at first", _DENIALS, _by_root_cause(client, period)))
    data.print(table("Work that waits, from screening and from payers", _WORK, kpi.run(client, "waiting_work", period)))


def _by_root_cause(client: Client, period: kpi.Period) -> list[kpi.Row]:
    sums: dict[str, Counter[str]] = {}
    for row in saved_queries.run(client, "denials_by_root_cause", period, limit=1_000):
        group = sums.setdefault(str(row["root_cause_group"]), Counter())
        group.update({name: int(str(row[name])) for name in ("denials", "charge_cents", "recovered_cents")})
    rows = [{"root_cause_group": name, **counts} for name, counts in sums.items()]
    return sorted(rows, key=lambda row: -int(str(row["denials"])))[:8]


def _figure(client: Client, name: str, period: kpi.Period) -> kpi.Row:
    definition = find(name)
    rows = kpi.show(client, name, period)
    value = rows[0]["value"] if rows else None
    if value is None:
        shown = ""
    else:
        shown = percent(value) if definition.unit == "share" else f"{number(value):.1f} {definition.unit}"
    return {"title": definition.title, "denominator": rows[0]["denominator"] if rows else 0, "value": shown}


_KPIS: Columns = {"title": ("KPI", str), "denominator": ("of", count), "value": ("value", str)}
_DENIALS: Columns = {
    "root_cause_group": ("root cause", str),
    "denials": ("denials", count),
    "charge_cents": ("charge", dollars),
    "recovered_cents": ("recovered by now", dollars),
}
_WORK: Columns = {
    "queue": ("queue", str),
    "items": ("items", count),
    "amount_cents": ("billed", dollars),
    "recoverable_cents": ("recoverable", dollars),
}
