"""Measure a whole run: claims from claims.submitted to claims.scored and to ClickHouse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.progress import Progress

from claimstream.console import words
from claimstream.garbage import calm_garbage_collector
from claimstream.local.keyring import ensure_keyring
from claimstream.local.processes import Supervisor
from claimstream.local.stack import (
    Ports,
    embedded_stack,
    local_settings,
    pick_ports,
)
from claimstream.settings import Settings
from loadtest.claims import Shape, encoded_claims
from loadtest.follow import Follower
from loadtest.kafka_broker import apache_kafka
from loadtest.machine import CpuRecord, cpu_seconds, other_load, peak_rss_mb
from loadtest.open_loop import offer
from loadtest.result import BenchResult, percentiles
from loadtest.scrape import by_step, metric, total
from loadtest.workplace import workplace
from schemas.errors import FatalStreamError
from schemas.registry import schema_ids
from streams.publish import ClaimPublisher

START_SECONDS = 60


@dataclass(frozen=True)
class BenchPlan:
    """What to measure.

    Attributes:
        claims: Number of claims, two lines on average.
        rate: Offered claims a second; None publishes everything before the stage starts.
        seed: Seed of the synthetic claims.
        bootstrap: Broker to use instead of the embedded one.
        clickhouse: host:port of a ClickHouse to use instead of the embedded one.
        kafka: Whether to start an Apache Kafka in place of the embedded broker.
        shape: What the claims look like.
        stages: Number of claim stages.
        correlation: Whether a correlation worker runs, too.
        partitions: Of the claim topics; 0 takes what the embedded stack has.
        store: Whether sink and ClickHouse run; without them the claims are followed to claims.scored only.
        profile: Name in the result.
        keep: Where to leave what the run writes; None removes it.
    """

    claims: int
    rate: float | None = None
    seed: int = 7
    bootstrap: str = ""
    clickhouse: str = ""
    kafka: bool = False
    shape: Shape = Shape.PLAIN
    stages: int = 1
    correlation: bool = False
    partitions: int = 0
    store: bool = True
    profile: str = "burst"
    keep: Path | None = None


class Bench:
    """One run.

    Args:
        base: Settings to start from.
        plan: What to measure.
    """

    def __init__(self, base: Settings, plan: BenchPlan) -> None:
        changes: dict[str, object] = {"worker_count": plan.stages, "correlation_workers": int(plan.correlation)}
        if plan.partitions:
            changes["kafka_partitions"] = plan.partitions
        if not plan.store:
            changes["batch_interval_ms"] = base.batch_interval_ms  # nobody waits for what the stage does not spend
        self._base = base.model_copy(update=changes)
        self._plan = plan
        self._other_load = 0.0
        self._values: list[bytes] = []
        self._keys: list[str] = []
        self._follower: Follower | None = None
        self._publisher: ClaimPublisher | None = None

    def run(self) -> BenchResult:
        """Run and measure.

        Raises:
            DependencyError: A server is away.
            FatalStreamError: The run made no progress.
        """
        self._other_load = other_load()
        ports = pick_ports(self._base.worker_count, self._base.correlation_workers)
        with (
            workplace(self._plan.profile, self._plan.keep) as folder,
            self._broker(folder) as bootstrap,
        ):
            settings = self._settings(ports, folder, bootstrap)
            ensure_keyring(settings.keyring_path)
            self._prepare(settings)
            with embedded_stack(
                settings,
                ports,
                broker=not bootstrap,
                clickhouse=not self._plan.clickhouse,
                store=self._plan.store,
                before_stages=partial(self._before_stages, settings),
            ) as supervisor:
                return self._measure(ports, supervisor)

    @contextmanager
    def _broker(self, folder: Path) -> Iterator[str]:
        """Yield the address of the broker; empty for the embedded one."""
        wanted = self._plan.kafka or self._plan.bootstrap
        with apache_kafka(folder / "kafka", self._plan.bootstrap) if wanted else nullcontext("") as bootstrap:
            yield bootstrap

    def _settings(self, ports: Ports, home: Path, bootstrap: str) -> Settings:
        settings = local_settings(self._base, ports, home, bootstrap)
        changes: dict[str, object] = {"claimstream_keyring": None, "claimstream_reference": self._base.reference_path}
        if self._plan.clickhouse:
            host, _, port = self._plan.clickhouse.rpartition(":")
            changes |= {"clickhouse_host": host, "clickhouse_port": int(port)}
        return settings.model_copy(update=changes)

    def _prepare(self, settings: Settings) -> None:
        """Make and encode the claims before any clock runs."""
        with Progress(console=words, transient=True) as progress:
            task = progress.add_task("making claims", total=self._plan.claims)
            for values, keys in encoded_claims(settings, self._plan.claims, self._plan.seed, self._plan.shape):
                self._values += values
                self._keys += keys
                progress.advance(task, len(values))
        calm_garbage_collector()  # looking through millions of values again and again would delay what is offered

    def _before_stages(self, settings: Settings) -> None:
        """Look at what is there already, then publish unless the claims are offered at a rate."""
        self._follower = Follower(settings, self._plan.claims, store=self._plan.store)
        self._follower.start()
        # A producer that connects with its first claim would count its own start as latency of the system.
        self._publisher = ClaimPublisher(settings.broker, schema_ids(settings.schema_registry_url))
        self._publisher.connect()
        if not self._plan.rate:
            for first in range(0, len(self._values), 10_000):
                part = slice(first, first + 10_000)
                self._publisher.publish_encoded(self._values[part], self._keys[part])
            self._publisher.flush()

    def _measure(self, ports: Ports, supervisor: Supervisor) -> BenchResult:
        plan, follower, publisher = self._plan, self._follower, self._publisher
        assert follower is not None and publisher is not None  # noqa: S101, PT018 - made before the stages
        broker = "Apache Kafka" if plan.kafka or plan.bootstrap else "embedded (Tansu)"
        running = sorted(supervisor.pids())
        result = BenchResult(plan.profile, plan.claims, broker, plan.shape, plan.stages, running, plan.rate)
        started, cpu = _wait_for_assignment(ports.stages, lambda: CpuRecord(supervisor.pids()))
        due_at = [started] * len(self._values)
        if plan.rate:
            started = time.time()
            due_at = offer(publisher, self._values, self._keys, plan.rate)
        found = follower.wait()
        result.load_cpu_seconds = cpu.spent()
        result.other_load = self._other_load
        result.lost, result.duplicated, result.dead_lettered = found.lost, found.duplicated, found.dead_lettered
        result.seconds_to_scored = round(found.scored_at - started, 3)
        result.seconds_to_clickhouse = round(found.stored_at - started, 3) if plan.store else 0.0
        result.claims_per_second = round(plan.claims / result.seconds_to_scored, 1)
        latencies_ms = follower.latencies_ms(self._values, due_at)
        result.latency_ms = percentiles(latencies_ms)
        result.latency_mean_ms = round(sum(latencies_ms) / max(len(latencies_ms), 1), 1)
        if plan.store:
            result.queryable_ms = percentiles(follower.queryable_ms(self._values, due_at))
        result.rss_mb = {name: peak_rss_mb(pid) for name, pid in supervisor.pids().items()}
        result.cpu_seconds = {name: cpu_seconds(pid) for name, pid in supervisor.pids().items()}
        result.cpu_us_per_claim = by_step(ports.stages, "claimstream_step_cpu_seconds_total", plan.claims / 1e6)
        batches = total(ports.stages, "claimstream_batches_total")
        result.claims_per_batch = round(plan.claims / max(batches, 1), 1)
        result.batch_ms = by_step(ports.stages, "claimstream_step_seconds_total", max(batches, 1) / 1e3)
        waited, counted = (total(ports.stages, f"processing_latency_seconds_{end}") for end in ("sum", "count"))
        result.stage_latency_ms = round(waited / max(counted, 1) * 1e3, 1)
        follower.stop()
        return result


def _wait_for_assignment(metrics_ports: tuple[int, ...], record: Callable[[], CpuRecord]) -> tuple[float, CpuRecord]:
    """Wait until every stage was given partitions.

    Args:
        metrics_ports: Where the stages tell.
        record: Begins to count what processes cost.

    Returns:
        When the first stage was given its partitions, for it cannot have read anything before; and what is counted from
        about then on.

    Raises:
        FatalStreamError: A stage was not given any.
    """
    counted: CpuRecord | None = None
    deadline = time.time() + START_SECONDS
    while time.time() < deadline:
        assigned = [metric(port, "claimstream_assigned_at_seconds") for port in metrics_ports]
        if counted is None and any(assigned):
            counted = record()
        if counted is not None and all(assigned):
            return min(assigned), counted
        time.sleep(0.05)
    msg = f"A claim stage was given no partitions within {START_SECONDS} s."
    raise FatalStreamError(msg, "Look at the stage's log; there must be as many partitions as stages.")
