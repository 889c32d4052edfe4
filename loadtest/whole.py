"""Claims with all that comes back about them, through stage, correlation and sink, until the lineages balance."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from claimstream.clickhouse import connect, one_row
from claimstream.local.stack import embedded_stack, local_settings, pick_ports
from claimstream.settings import Settings
from claimstream.synthetic import Order, publish_order
from loadtest.kafka_broker import apache_kafka
from loadtest.machine import cpu_seconds, peak_rss_mb
from loadtest.workplace import workplace
from schemas.errors import FatalStreamError

STALL_SECONDS = 90
_BALANCE = """SELECT
    (SELECT uniqExact(event_id) FROM claims_header) + (SELECT count() FROM dead_letters) AS claims,
    (SELECT uniqExact(tenant_id, lineage_id) FROM claims_header) AS sent,
    (SELECT uniqExact(tenant_id, lineage_id) FROM claim_lineage WHERE (tenant_id, lineage_id) IN (
        SELECT tenant_id, lineage_id FROM claims_header)) AS lineages,
    (SELECT uniqExact(event_id) FROM payments) AS payments,
    (SELECT uniqExactIf(event_id, kind = 'claim') FROM payments) AS claim_payments,
    (SELECT uniqExact(tenant_id, subject_id) FROM adjudication_current WHERE kind = 'claim') AS adjudicated,
    (SELECT count() - uniqExact(tenant_id, subject_id) FROM adjudication_current) AS repeated"""


@dataclass(frozen=True)
class Balance:
    """Counts of ClickHouse that must agree with each other and with what was published.

    Attributes:
        claims: Submissions that are rows or dead letters.
        sent: Lineages of the claims.
        lineages: Those that correlation has stated.
        payments: Remittance events.
        claim_payments: Those about one claim.
        adjudicated: Claim payments that correlation has stated.
        repeated: Statements that hold more than once.
    """

    claims: int
    sent: int
    lineages: int
    payments: int
    claim_payments: int
    adjudicated: int
    repeated: int

    def missing(self, published: dict[str, int]) -> int:
        """Return the claims, remittances, lineages and statements that are not there."""
        pairs = (
            (published["claims.submitted"], self.claims), (published["remits.received"], self.payments),
            (self.sent, self.lineages), (self.claim_payments, self.adjudicated),
        )  # fmt: skip
        return sum(max(left - right, 0) for left, right in pairs)


def whole_system(
    base: Settings, claims: int, seed: int, *, kafka: bool, bootstrap: str, keep: Path | None = None
) -> dict[str, Any]:
    """Run everything over synthetic claims and their outcomes.

    Args:
        base: Settings to start from.
        claims: Claims; later attempts, acknowledgements and remittances come on top.
        seed: Seed of the claims.
        kafka: Whether to start an Apache Kafka in place of the embedded broker.
        bootstrap: Broker to use instead.
        keep: Where to leave what the run writes; None removes it.

    Raises:
        DependencyError: A server is away.
        FatalStreamError: There was no headway for too long.
    """
    base = base.model_copy(update={"correlation_workers": max(1, base.correlation_workers)})
    ports = pick_ports(base.worker_count, base.correlation_workers)
    with (
        workplace("whole", keep) as folder,
        apache_kafka(folder / "kafka", bootstrap) if kafka or bootstrap else nullcontext("") as broker,
    ):
        changes: dict[str, object] = {"claimstream_keyring": None, "claimstream_reference": base.reference_path}
        settings = local_settings(base, ports, folder, broker).model_copy(update=changes)
        with embedded_stack(settings, ports, broker=not broker) as supervisor:
            started = time.time()
            published = publish_order(settings, Order(claims, seed, with_outcomes=True))
            with connect(settings, settings.clickhouse_database) as client:
                balance, ended = _wait(client, published)
            pids = supervisor.pids()
            return {
                "profile": "whole",
                "broker": "Apache Kafka" if broker else "embedded (Tansu)",
                "published": published,
                "seconds": round(ended - started, 1),
                "balance": asdict(balance),
                "lost": balance.missing(published),
                "duplicated": balance.repeated,
                "rss_mb": {name: peak_rss_mb(pid) for name, pid in pids.items()},
                "cpu_seconds": {name: cpu_seconds(pid) for name, pid in pids.items()},
            }


def _wait(client: Client, published: dict[str, int]) -> tuple[Balance, float]:
    """Wait until nothing is missing and return the balance and when it was there."""
    seen: Balance | None = None
    changed = time.time()
    while True:
        found, now = Balance(*map(int, one_row(client, _BALANCE))), time.time()
        if found != seen:
            seen, changed = found, now
        if not found.missing(published):
            return found, changed
        if now - changed > STALL_SECONDS:
            msg = f"No headway for {STALL_SECONDS} s: {found} of {published}."
            raise FatalStreamError(msg, "Look at the logs of the stage, correlation and the sink.")
        time.sleep(0.5)
