"""Measure a whole run: claims from claims.submitted to claims.scored and to ClickHouse."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from clickhouse_connect.driver.client import Client
from rich.progress import Progress

from claimstream.clickhouse import connect, one_row
from claimstream.console import words
from claimstream.local.processes import Supervisor
from claimstream.local.stack import Ports, embedded_stack, ensure_keyring, local_settings, pick_ports
from claimstream.settings import Settings
from claimstream.synthetic import synthetic_batches
from loadtest.open_loop import offer
from loadtest.scrape import metric, samples
from loadtest.watch import TopicWatcher, event_id_of
from schemas.errors import FatalStreamError
from schemas.registry import schema_ids
from streams.publish import ClaimPublisher
from streams.topics import DEAD_LETTERS, SCORED

ROWS = "SELECT (SELECT count() FROM claims_header) + (SELECT count() FROM dead_letters)"
STALL_SECONDS = 60
"""A run without progress for so long has failed."""


@dataclass(frozen=True)
class BenchPlan:
    """What to measure.

    Attributes:
        claims: Number of claims, three lines on average.
        rate: Offered claims a second; None publishes everything before the stage starts.
        seed: Seed of the synthetic claims.
        bootstrap: Broker to use instead of the embedded one.
        clickhouse: host:port of a ClickHouse to use instead of the embedded one.
    """

    claims: int
    rate: float | None = None
    seed: int = 7
    bootstrap: str = ""
    clickhouse: str = ""


@dataclass
class BenchResult:
    """What was measured; the names are those of the JSON.

    Attributes:
        claims: Claims published.
        seconds_to_scored: From the start of the clock to the last claim readable on claims.scored.
        seconds_to_clickhouse: The same to the last claim queryable.
        claims_per_second: Claims by seconds to scored.
        latency_ms: p50, p95, p99 from the moment a claim was due to its score being readable on claims.scored.
        rss_mb: Peak resident memory by process.
        cpu_seconds: CPU by process, from its start to the end of the run.
        cpu_us_per_claim: CPU of the claim stages by step.
        lost: Claims that are neither scored nor dead-lettered, or not in ClickHouse.
        duplicated: Records beyond one a claim, on Kafka or in ClickHouse.
        broker: Which broker it was.
        offered_rate: Claims a second offered; null when published before.
    """

    claims: int
    broker: str
    offered_rate: float | None
    seconds_to_scored: float = 0.0
    seconds_to_clickhouse: float = 0.0
    claims_per_second: float = 0.0
    latency_ms: dict[str, float] = field(default_factory=dict)
    rss_mb: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    cpu_us_per_claim: dict[str, float] = field(default_factory=dict)
    lost: int = 0
    duplicated: int = 0
    dead_lettered: int = 0


class Bench:
    """One run.

    Args:
        base: Settings to start from.
        plan: What to measure.
    """

    def __init__(self, base: Settings, plan: BenchPlan) -> None:
        self._base = base
        self._plan = plan
        self._values: list[bytes] = []
        self._keys: list[str] = []
        self._due_at: list[float] = []
        self._watchers: list[TopicWatcher] = []
        self._rows_before = 0
        self._publisher: ClaimPublisher | None = None

    def run(self) -> BenchResult:
        """Run and measure.

        Raises:
            DependencyError: A server is away.
            FatalStreamError: The run made no progress.
        """
        plan = self._plan
        ports = pick_ports(self._base.worker_count)
        with tempfile.TemporaryDirectory(prefix="claimstream-bench-", ignore_cleanup_errors=True) as folder:
            settings = self._settings(ports, Path(folder))
            ensure_keyring(settings.keyring_path)
            self._prepare(settings)
            embedded = {"broker": not plan.bootstrap, "clickhouse": not plan.clickhouse}
            before = partial(self._before_stages, settings)
            with embedded_stack(settings, ports, before_stages=before, **embedded) as supervisor:
                return self._measure(settings, ports, supervisor)

    def _settings(self, ports: Ports, home: Path) -> Settings:
        settings = local_settings(self._base, ports, home)
        changes: dict[str, object] = {"claimstream_keyring": None, "correlation_workers": 0}
        if self._plan.bootstrap:
            changes["kafka_bootstrap_servers"] = self._plan.bootstrap
        if self._plan.clickhouse:
            host, _, port = self._plan.clickhouse.rpartition(":")
            changes |= {"clickhouse_host": host, "clickhouse_port": int(port)}
        return settings.model_copy(update=changes)

    def _prepare(self, settings: Settings) -> None:
        """Make and encode the claims before any clock runs."""
        publisher = ClaimPublisher(settings.broker, schema_ids(settings.schema_registry_url))
        with Progress(console=words, transient=True) as progress:
            task = progress.add_task("making claims", total=self._plan.claims)
            for events in synthetic_batches(settings, self._plan.claims, self._plan.seed, "seed"):
                values, keys = publisher.encode(events)
                self._values += values
                self._keys += keys
                progress.advance(task, events.height)

    def _before_stages(self, settings: Settings) -> None:
        """Look at what is there already, then publish unless the claims are offered at a rate."""
        self._watchers = [TopicWatcher(settings.broker, topic.name) for topic in (SCORED, DEAD_LETTERS)]
        for watcher in self._watchers:
            watcher.start()
        with connect(settings, settings.clickhouse_database) as client:
            self._rows_before = int(one_row(client, ROWS)[0])
        # A producer that connects with its first claim would count its own start as latency of the system.
        self._publisher = ClaimPublisher(settings.broker, schema_ids(settings.schema_registry_url))
        self._publisher.connect()
        if not self._plan.rate:
            self._publish_all(self._publisher)

    def _publish_all(self, publisher: ClaimPublisher) -> None:
        for first in range(0, len(self._values), 10_000):
            part = slice(first, first + 10_000)
            self._due_at += [time.time()] * len(self._values[part])
            publisher.publish_encoded(self._values[part], self._keys[part])
        publisher.flush()

    def _measure(self, settings: Settings, ports: Ports, supervisor: Supervisor) -> BenchResult:
        plan = self._plan
        name = f"Kafka at {plan.bootstrap}" if plan.bootstrap else "embedded (Tansu)"
        result = BenchResult(plan.claims, name, plan.rate)
        scored, dead = self._watchers
        started = self._wait_for_assignment(ports)
        if plan.rate and self._publisher is not None:
            started = time.time()
            self._due_at = offer(self._publisher, self._values, self._keys, plan.rate)
        with connect(settings, settings.clickhouse_database) as client:
            finished = self._wait_for_rows(client)
            self._count(client, scored, dead, result)
        result.seconds_to_scored = round(max(scored.last_seen_at, dead.last_seen_at) - started, 3)
        result.seconds_to_clickhouse = round(finished - started, 3)
        result.claims_per_second = round(plan.claims / result.seconds_to_scored, 1)
        result.latency_ms = self._latencies(scored)
        result.rss_mb = {name: _peak_rss_mb(pid) for name, pid in supervisor.pids().items()}
        result.cpu_seconds = {name: _cpu_seconds(pid) for name, pid in supervisor.pids().items()}
        result.cpu_us_per_claim = _step_costs(ports.metrics[1:], plan.claims)
        for watcher in (scored, dead):
            watcher.stop()
        return result

    def _wait_for_assignment(self, ports: Ports) -> float:
        """Return when the first stage was given its partitions: it cannot have read anything before."""
        deadline = time.time() + STALL_SECONDS
        while time.time() < deadline:
            assigned = [metric(port, "claimstream_assigned_at_seconds") for port in ports.metrics[1:]]
            if all(assigned):
                return min(assigned)
            time.sleep(0.1)
        msg = f"No claim stage was given partitions within {STALL_SECONDS} s."
        raise FatalStreamError(msg, "Look at the stage's log.")

    def _wait_for_rows(self, client: Client) -> float:
        """Wait until every claim is a row in ClickHouse and return when the last one was seen."""
        rows, changed = -1, time.time()
        with Progress(console=words, transient=True) as progress:
            task = progress.add_task("waiting for ClickHouse", total=self._plan.claims)
            while True:
                found, now = int(one_row(client, ROWS)[0]) - self._rows_before, time.time()
                if found != rows:
                    rows, changed = found, now
                    progress.update(task, completed=rows)
                if rows >= self._plan.claims and sum(w.records for w in self._watchers) >= self._plan.claims:
                    return changed
                if now - changed > STALL_SECONDS:
                    seen = sum(w.records for w in self._watchers)
                    counts = f"{self._plan.claims} published, {seen} on Kafka, {rows} in ClickHouse"
                    msg = f"No progress for {STALL_SECONDS} s: {counts}."
                    raise FatalStreamError(msg, "Look at the logs of the stage and the sink.")
                time.sleep(0.1)

    def _count(self, client: Client, scored: TopicWatcher, dead: TopicWatcher, result: BenchResult) -> None:
        rows, unique = one_row(client, "SELECT count(), uniqExact(event_id) FROM claims_header")
        added = int(one_row(client, ROWS)[0]) - self._rows_before
        result.dead_lettered = len(dead.seen_at)
        on_kafka = len(scored.seen_at) + len(dead.seen_at)
        result.lost = max(self._plan.claims - on_kafka, self._plan.claims - added, 0)
        result.duplicated = max(scored.records + dead.records - on_kafka, int(rows) - int(unique), 0)

    def _latencies(self, scored: TopicWatcher) -> dict[str, float]:
        """Return percentiles of the time from when a claim was due to when its score could be read."""
        due_at = zip((event_id_of(value) for value in self._values), self._due_at, strict=True)
        latencies_ms = [(scored.seen_at[e] - due) * 1000 for e, due in due_at if e in scored.seen_at]
        return _percentiles(latencies_ms)


def _percentiles(latencies_ms: list[float]) -> dict[str, float]:
    values = np.percentile(latencies_ms, (50, 95, 99)) if latencies_ms else (0.0, 0.0, 0.0)
    return {name: round(float(v), 1) for name, v in zip(("p50", "p95", "p99"), values, strict=True)}


def _peak_rss_mb(pid: int) -> float:
    """Return the peak resident memory of a process; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return round((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), 2)


def _step_costs(metrics_ports: tuple[int, ...], claims: int) -> dict[str, float]:
    """Return microseconds of CPU a claim by step, over all stages."""
    costs: dict[str, float] = {}
    for port in metrics_ports:
        for labels, seconds in samples(port, "claimstream_step_cpu_seconds_total"):
            costs[labels["step"]] = costs.get(labels["step"], 0.0) + seconds * 1e6 / claims
    return {step: round(cost, 2) for step, cost in costs.items()}
