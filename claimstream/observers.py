"""What moves the metrics: an observer each for stage, rules, sink and correlation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import polars as pl
import structlog
from prometheus_client import Histogram

from claimstream.latencies import LatencyWindow
from claimstream.metrics import LATENCY_BUCKETS_SECONDS, LATENCY_WINDOW, Metrics
from sink.observer import RangeReport
from sink.ranges import TopicPartition
from streams.reports import BatchReport

if TYPE_CHECKING:  # a worker that scores nothing does not load what scores
    from processors.scoring import Scorer

log = structlog.get_logger()


@dataclass
class StageMetrics:
    """Moves the metrics of a claim stage; a streams.reports.StageObserver."""

    metrics: Metrics
    scored: Callable[[pl.DataFrame], None] | None = None
    _claims: int = 0
    _passed: int = 0
    _assigned: bool = False
    _latencies: LatencyWindow = field(default_factory=lambda: LatencyWindow(LATENCY_WINDOW))

    def __post_init__(self) -> None:
        """Let a scrape ask for the quantiles: worked out for every batch they would cost a small one much."""
        self.metrics.latency_p50.set_function(lambda: self._latencies.quantile(0.5))
        self.metrics.latency_p99.set_function(lambda: self._latencies.quantile(0.99))

    def batch_committed(self, report: BatchReport) -> None:
        """Count the claims of a batch, their charges, findings, latencies and cost."""
        m = self.metrics
        m.batches.inc()
        for step, seconds in report.cpu_seconds.items():
            m.step_cpu_seconds.labels(step).inc(seconds)
        for step, seconds in report.wall_seconds.items():
            m.step_seconds.labels(step).inc(seconds)
        for stage, count in report.dead_letters.items():
            m.dead_letters.labels(stage).inc(count)
        if report.dead_letters:
            log.warning("dead_letters", dead_letters=sum(report.dead_letters.values()))
        self._count_outcome(report.outcome)
        self._latencies.add(report.latencies_s)
        _observe_many(m.latency, report.latencies_s)
        if self.scored is not None:
            self.scored(report.outcome)

    def _count_outcome(self, outcome: pl.DataFrame) -> None:
        if not outcome.height:
            return
        m = self.metrics
        for disposition, count in Counter(outcome["disposition"].to_list()).items():
            m.claims_processed.labels(disposition).inc(count)
        for by, count in Counter(outcome["scored_by"].to_list()).items():
            m.scored_by.labels(by).inc(count)
        m.revenue_processed.inc(max(int(outcome["total_charge_cents"].to_numpy().sum()), 0) / 100)
        self._claims += outcome.height
        self._passed += int((outcome["error_count"].to_numpy() == 0).sum())
        m.validation_pass_rate.set(self._passed / self._claims)

    def transaction_aborted(self, reason: str) -> None:
        """Count an aborted transaction."""
        self.metrics.transactions_aborted.inc()
        log.warning("transaction_aborted", reason=reason)

    def partitions_changed(self, partitions: list[int]) -> None:
        """Show the partitions now assigned."""
        self.metrics.partitions_assigned.set(len(partitions))
        if partitions and not self._assigned:
            self._assigned = True
            self.metrics.assigned_at.set_to_current_time()
        log.info("partitions_changed", partitions=partitions)

    def lag(self, partition: int, records: int) -> None:
        """Show the lag of a partition."""
        self.metrics.stage_lag.labels(str(partition)).set(records)

    def state_recovering(self, partition: int, records: int) -> None:
        """Show how much a store has still to read."""
        self.metrics.state_recovering.labels(str(partition)).set(records)

    def state_recovered(self, partition: int, records: int, seconds: float) -> None:
        """Show that a store is up to date."""
        self.metrics.state_recovering.labels(str(partition)).set(0)
        self.metrics.state_recovery_seconds.labels(str(partition)).set(seconds)
        log.info("state_recovered", partition=partition, count=records, seconds=round(seconds, 3))

    def state_wiped(self, partition: int, reason: str) -> None:
        """Count a store that is built anew, and say why."""
        self.metrics.state_wiped.inc()
        log.error("state_wiped", partition=partition, reason=reason)

    def state_behind(self, partition: int, claims: int) -> None:
        """Count claims that history does not know."""
        self.metrics.state_claims_forgotten.inc(claims)
        log.error("state_behind", partition=partition, count=claims)

    def state_size(self, partition: int, keys: int) -> None:
        """Show how large a store is."""
        self.metrics.state_keys.labels(str(partition)).set(keys)


class ModelObserver(Protocol):
    """Is told what models are at work."""

    def models_loaded(self, scorer: Scorer) -> None:
        """These models score from now on."""


@dataclass
class RuleMetrics:
    """Moves the metrics of the rules at work; a claimstream.pipelines.ReloadObserver."""

    metrics: Metrics
    watch: ModelObserver

    def rules_loaded(self, version: str) -> None:
        """Show the version of the rules at work, and no other."""
        self.metrics.rules_info.clear()
        self.metrics.rules_info.labels(version).set(1)

    def rules_refused(self) -> None:
        """Count changed rules that could not be used."""
        self.metrics.rules_refused.inc()

    def models_loaded(self, scorer: Scorer) -> None:
        """Show the models at work."""
        self.watch.models_loaded(scorer)


def _observe_many(histogram: Histogram, seconds: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """Observe an array at once: one call a bucket instead of one a value."""
    bounds = np.asarray([*LATENCY_BUCKETS_SECONDS, np.inf])
    counts = np.bincount(np.searchsorted(bounds, seconds), minlength=len(bounds))
    histogram._sum.inc(float(seconds.sum()))
    for bucket, count in zip(histogram._buckets, counts, strict=True):
        bucket.inc(int(count))


@dataclass
class SinkMetrics:
    """Moves the metrics of a sink; a sink.observer.SinkObserver."""

    metrics: Metrics

    def range_written(self, report: RangeReport) -> None:
        """Count the rows of a range."""
        for table, rows in report.rows.items():
            self.metrics.sink_rows.labels(table).inc(rows)
        self.metrics.database_query_duration.observe(report.seconds)
        if report.replayed:
            self.metrics.sink_ranges_replayed.inc()
        if report.damaged:
            self.metrics.dead_letters.labels("sink").inc(report.damaged)
            log.warning("dead_letters", stage="sink", dead_letters=report.damaged)

    def insert_failed(self, error_class: str, wait_s: float) -> None:
        """Count a failed call."""
        self.metrics.sink_retries.inc()
        log.warning("insert_failed", error_class=error_class, seconds=wait_s)

    def lag(self, source: TopicPartition, records: int) -> None:
        """Show the lag of a partition."""
        self.metrics.sink_lag.labels(source.topic, str(source.partition)).set(records)

    def oldest_age(self, seconds: float) -> None:
        """Show how long the oldest row has waited."""
        self.metrics.sink_oldest_age.set(seconds)

    def partitions(self, count: int) -> None:
        """Show how many partitions the process owns."""
        self.metrics.partitions_assigned.set(count)
        log.info("partitions_changed", count=count)


@dataclass
class CorrelationMetrics:
    """Moves the metrics of correlation; a streams.correlation.app.CorrelationObserver."""

    metrics: Metrics

    def facts_read(self, topic: str, count: int) -> None:
        """Count facts of a source topic."""
        self.metrics.facts_read.labels(topic).inc(count)

    def batch_folded(self, facts: int, cpu_seconds: float) -> None:
        """Count folded facts and what they cost."""
        self.metrics.facts_folded.inc(facts)
        self.metrics.fold_cpu_seconds.inc(max(cpu_seconds, 0.0))
        self.metrics.batches.inc()

    def stated(self, contract: str, count: int) -> None:
        """Count published events."""
        self.metrics.events_stated.labels(contract).inc(count)

    def given_up(self, stage: str, count: int) -> None:
        """Count dead letters."""
        self.metrics.dead_letters.labels(stage).inc(count)
        log.warning("dead_letters", stage=stage, dead_letters=count)

    def alerts(self, kind: str, state: str) -> None:
        """Count alerts."""
        self.metrics.alerts.labels(kind, state).inc()

    def unmapped_code(self, count: int) -> None:
        """Count reason codes without a mapping."""
        self.metrics.unmapped_codes.inc(count)

    def partitions_changed(self, partitions: list[int]) -> None:
        """Show the partitions now held."""
        self.metrics.partitions_assigned.set(len(partitions))
        log.info("partitions_changed", partitions=partitions)

    def due(self, count: int) -> None:
        """Count accounts that were looked at."""
        self.metrics.accounts_due.inc(count)
