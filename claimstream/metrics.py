"""Every Prometheus metric of the system, in one typed place, and the observers that move them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import polars as pl
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, start_http_server

from schemas.errors import DependencyError
from sink.observer import RangeReport
from sink.ranges import TopicPartition
from streams.reports import BatchReport

if TYPE_CHECKING:  # a worker that scores nothing does not load what scores
    from processors.scoring import Scorer

LATENCY_BUCKETS_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LATENCY_WINDOW = 20_000
"""Claims over which processing_latency_p99 is taken."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Metrics:
    """The metrics of one process; every process exposes all names, those it does not move stay at zero.

    `claims_processed_total`, `revenue_processed_dollars`, `validation_pass_rate`, `ml_prediction_accuracy`,
    `processing_latency_p99`, `database_query_duration`, `cache_hit_rate` and `api_request_duration` are names
    that dashboards outside rely on.
    """

    registry: CollectorRegistry
    up: Gauge
    claims_processed: Counter
    revenue_processed: Counter
    validation_pass_rate: Gauge
    ml_prediction_accuracy: Gauge
    latency: Histogram
    latency_p50: Gauge
    latency_p99: Gauge
    database_query_duration: Histogram
    cache_hit_rate: Gauge
    api_request_duration: Histogram
    dead_letters: Counter
    scored_by: Counter
    step_cpu_seconds: Counter
    batches: Counter
    transactions_aborted: Counter
    partitions_assigned: Gauge
    assigned_at: Gauge
    stage_lag: Gauge
    state_recovering: Gauge
    state_recovery_seconds: Gauge
    state_wiped: Counter
    state_claims_forgotten: Counter
    state_keys: Gauge
    rules_info: Gauge
    rules_refused: Counter
    models_info: Gauge
    models_refused: Gauge
    scoring_by_rules: Gauge
    feature_psi: Gauge
    score_psi: Gauge
    calibration_error: Gauge
    mean_score: Gauge
    realised_denial_rate: Gauge
    facts_read: Counter
    facts_folded: Counter
    fold_cpu_seconds: Counter
    events_stated: Counter
    alerts: Counter
    unmapped_codes: Counter
    accounts_due: Counter
    sink_rows: Counter
    sink_retries: Counter
    sink_lag: Gauge
    sink_oldest_age: Gauge
    sink_ranges_replayed: Counter

    @classmethod
    def create(cls, registry: CollectorRegistry | None = None) -> Metrics:
        """Register every metric in a registry of their own, or in the one given."""
        r = registry or CollectorRegistry()
        return cls(
            registry=r,
            up=Gauge("claimstream_up", "1 while the process works.", registry=r),
            claims_processed=Counter(
                "claims_processed_total", "Claims scored, by disposition.", ["disposition"], registry=r
            ),
            # A gauge by name only: dashboards know it without the counter's suffix.
            revenue_processed=_plain_counter(
                "revenue_processed_dollars", "Billed charges of scored claims, in dollars.", r
            ),
            validation_pass_rate=Gauge(
                "validation_pass_rate", "Share of claims without an error finding, since start.", registry=r
            ),
            ml_prediction_accuracy=Gauge(
                "ml_prediction_accuracy",
                "Share of predictions that the first adjudication confirmed; NaN until labels arrive.",
                registry=r,
            ),
            latency=Histogram(
                "processing_latency_seconds",
                "From the claim's record timestamp to its committed score.",
                buckets=LATENCY_BUCKETS_SECONDS,
                registry=r,
            ),
            latency_p50=Gauge(
                "processing_latency_p50", f"Median over the last {LATENCY_WINDOW} claims, seconds.", registry=r
            ),
            latency_p99=Gauge(
                "processing_latency_p99", f"99th percentile over the last {LATENCY_WINDOW} claims, seconds.", registry=r
            ),
            database_query_duration=Histogram(
                "database_query_duration", "Duration of calls to ClickHouse, seconds.", registry=r
            ),
            cache_hit_rate=Gauge(
                "cache_hit_rate", "Share of look-ups answered from memory; NaN before the first.", registry=r
            ),
            api_request_duration=Histogram("api_request_duration", "Duration of API requests, seconds.", registry=r),
            dead_letters=Counter("claimstream_dead_letters", "Messages given up, by stage.", ["stage"], registry=r),
            scored_by=Counter("claimstream_scored_by", "Claims by what scored them.", ["by"], registry=r),
            step_cpu_seconds=Counter("claimstream_step_cpu_seconds", "CPU by step.", ["step"], registry=r),
            batches=Counter("claimstream_batches", "Committed batches.", registry=r),
            transactions_aborted=Counter("claimstream_transactions_aborted", "Aborted transactions.", registry=r),
            partitions_assigned=Gauge("claimstream_partitions_assigned", "Partitions of this process.", registry=r),
            assigned_at=Gauge(
                "claimstream_assigned_at_seconds", "When partitions were first assigned, Unix time.", registry=r
            ),
            stage_lag=Gauge("claimstream_stage_lag", "Claims not yet read, by partition.", ["partition"], registry=r),
            state_recovering=Gauge(
                "claimstream_state_recovery_records", "Changelog records still to read.", ["partition"], registry=r
            ),
            state_recovery_seconds=Gauge(
                "claimstream_state_recovery_seconds", "Duration of the last recovery.", ["partition"], registry=r
            ),
            state_wiped=Counter("claimstream_state_wiped", "Stores that had to be built anew.", registry=r),
            state_claims_forgotten=Counter(
                "claimstream_state_claims_forgotten", "Processed claims that history does not know.", registry=r
            ),
            state_keys=Gauge("claimstream_state_keys", "Keys in the history, about.", ["partition"], registry=r),
            rules_info=Gauge("claimstream_rules_info", "1 for the rules at work.", ["version"], registry=r),
            rules_refused=Counter("claimstream_rules_refused", "Changed rules that could not be used.", registry=r),
            models_info=Gauge("claimstream_models_info", "1 for the models at work.", ["version", "role"], registry=r),
            models_refused=Gauge("claimstream_models_refused", "Models named in the registry but refused.", registry=r),
            scoring_by_rules=Gauge("claimstream_scoring_by_rules", "1 while no model is at work.", registry=r),
            feature_psi=Gauge(
                "claimstream_feature_psi", "Population stability index against training.", ["feature"], registry=r
            ),
            score_psi=Gauge("claimstream_score_psi", "The same of P(denied).", registry=r),
            calibration_error=Gauge(
                "claimstream_calibration_error", "Mean gap of score and denial rate.", ["payer"], registry=r
            ),
            mean_score=Gauge("claimstream_mean_score", "Mean P(denied) of decided claims.", ["payer"], registry=r),
            realised_denial_rate=Gauge(
                "claimstream_realised_denial_rate", "Denial rate of decided claims.", ["payer"], registry=r
            ),
            facts_read=Counter("claimstream_facts_read", "Facts read, by source topic.", ["topic"], registry=r),
            facts_folded=Counter("claimstream_facts_folded", "Facts folded into accounts.", registry=r),
            fold_cpu_seconds=Counter("claimstream_fold_cpu_seconds", "CPU of folding and publishing.", registry=r),
            events_stated=Counter("claimstream_events_stated", "Events published.", ["contract"], registry=r),
            alerts=Counter("claimstream_alerts", "Alerts, by kind and state.", ["kind", "state"], registry=r),
            unmapped_codes=Counter(
                "claimstream_unmapped_codes", "Reason codes met that carc_groups.csv does not know.", registry=r
            ),
            accounts_due=Counter("claimstream_accounts_due", "Accounts looked at since a date was due.", registry=r),
            sink_rows=Counter("claimstream_sink_rows", "Rows inserted, by table.", ["table"], registry=r),
            sink_retries=Counter("claimstream_sink_retries", "Failed calls to ClickHouse, tried again.", registry=r),
            sink_lag=Gauge("claimstream_sink_lag", "Records not yet read.", ["topic", "partition"], registry=r),
            sink_oldest_age=Gauge("claimstream_sink_oldest_age_seconds", "Age of the oldest waiting row.", registry=r),
            sink_ranges_replayed=Counter("claimstream_sink_ranges_replayed", "Ranges finished again.", registry=r),
        )

    def serve(self, host: str, port: int) -> int:
        """Answer GET /metrics and return the port.

        Args:
            host: Address to listen on.
            port: TCP port; 0 picks a free one.

        Raises:
            DependencyError: The port is taken.
        """
        try:
            server, _ = start_http_server(port, addr=host, registry=self.registry)
        except OSError as error:
            msg = f"Metrics cannot be served on {host}:{port}: {error.strerror}."
            raise DependencyError(msg, "Set METRICS_PORT to a free port, or 0 to pick one.") from error
        self.ml_prediction_accuracy.set(float("nan"))
        self.cache_hit_rate.set(float("nan"))
        self.up.set(1)
        return int(server.server_port)


class _PlainCounter(Counter):
    """A counter that is exposed under its own name, without the suffix _total."""

    def collect(self) -> Iterable[Metric]:
        """Rename the samples."""
        for metric in super().collect():
            metric.samples = [s._replace(name=self._name) for s in metric.samples if s.name.endswith("_total")]
            metric.type = "gauge"
            yield metric


def _plain_counter(name: str, text: str, registry: CollectorRegistry) -> Counter:
    return _PlainCounter(name, text, registry=registry)


@dataclass
class StageMetrics:
    """Moves the metrics of a claim stage; a streams.reports.StageObserver."""

    metrics: Metrics
    scored: Callable[[pl.DataFrame], None] | None = None
    _claims: int = 0
    _passed: int = 0
    _assigned: bool = False
    _latencies_ms: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCY_WINDOW))

    def batch_committed(self, report: BatchReport) -> None:
        """Count the claims of a batch, their charges, findings, latencies and cost."""
        m = self.metrics
        m.batches.inc()
        for step, seconds in report.cpu_seconds.items():
            m.step_cpu_seconds.labels(step).inc(seconds)
        for stage, count in report.dead_letters.items():
            m.dead_letters.labels(stage).inc(count)
        if report.dead_letters:
            log.warning("dead_letters", dead_letters=sum(report.dead_letters.values()))
        self._count_outcome(report.outcome)
        self._observe_latencies(report.latencies_ms)
        if self.scored is not None:
            self.scored(report.outcome)

    def _count_outcome(self, outcome: pl.DataFrame) -> None:
        if not outcome.height:
            return
        m = self.metrics
        for disposition, count in outcome["disposition"].value_counts().rows():
            m.claims_processed.labels(disposition).inc(count)
        for by, count in outcome["scored_by"].value_counts().rows():
            m.scored_by.labels(by).inc(count)
        m.revenue_processed.inc(max(int(outcome["total_charge_cents"].sum()), 0) / 100)
        self._claims += outcome.height
        self._passed += int((outcome["error_count"] == 0).sum())
        m.validation_pass_rate.set(self._passed / self._claims)

    def _observe_latencies(self, latencies_ms: list[float]) -> None:
        self._latencies_ms.extend(latencies_ms)
        seconds = np.asarray(latencies_ms) / 1000
        _observe_many(self.metrics.latency, seconds)
        median, p99 = np.quantile(self._latencies_ms, (0.5, 0.99)) / 1000
        self.metrics.latency_p50.set(float(median))
        self.metrics.latency_p99.set(float(p99))

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
