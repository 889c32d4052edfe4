"""Every Prometheus metric of the system, in one typed place; observers.py moves them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, start_http_server

from schemas.errors import DependencyError

LATENCY_BUCKETS_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LATENCY_WINDOW = 20_000
"""Claims over which processing_latency_p99 is taken."""


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
    step_seconds: Counter
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
            step_seconds=Counter(
                "claimstream_step_seconds",
                "Wall clock by step: beside the CPU, what was waited for.",
                ["step"],
                registry=r,
            ),
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
