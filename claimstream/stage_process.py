"""Run the claim stage of one process from what the settings name."""

from __future__ import annotations

import signal
from datetime import UTC, datetime

import structlog

from claimstream import logs
from claimstream.garbage import calm_garbage_collector
from claimstream.metrics import Metrics
from claimstream.model_metrics import ModelWatch
from claimstream.observers import RuleMetrics, StageMetrics
from claimstream.pipelines import PipelineSource
from claimstream.rated import Rated
from claimstream.settings import Settings
from schemas.phi import Keyring, Sealer
from schemas.registry import schema_ids
from streams.claim_stage import ClaimStage, StageConfig, StageTools
from streams.failpoints import Failpoints
from streams.rates_table import RatesTable
from streams.warm_up import warm_up

log = structlog.get_logger()


def run_claims(settings: Settings, slot: int) -> None:
    """Run a claim stage until it is told to stop.

    Args:
        settings: Settings of the installation.
        slot: Number of the stage.

    Raises:
        DependencyError: The broker does not answer.
        ConfigFileError: A file cannot be used.
    """
    logs.configure(settings.log_level, f"claims-{slot}")
    sealer = Sealer(Keyring.load(settings.keyring_path))
    metrics = Metrics.create()
    watch = ModelWatch(metrics)
    pipelines = PipelineSource.of(settings, RuleMetrics(metrics, watch))
    settings.broker.check()
    ids = schema_ids(settings.schema_registry_url)
    rates = RatesTable(settings.broker, ids, f"claimstream-rates-{slot}")
    config = StageConfig(
        settings.broker,
        slot=slot,
        batch_size=settings.batch_size,
        batch_wait_ms=settings.batch_wait_ms,
        batch_interval_ms=settings.batch_interval_ms,
        deadline_seconds=settings.kafka_deadline_seconds,
        state_dir=settings.claimstream_home / "state" / str(slot),
    )
    tools = StageTools(
        pipeline=Rated(pipelines, rates),
        ids=ids,
        sealer=sealer,
        observer=StageMetrics(metrics, watch.scored),
        clock=lambda: datetime.now(UTC),
        failpoints=Failpoints.from_environment(),
    )
    warm_up(pipelines(), datetime.now(UTC))
    stage = ClaimStage(config, tools)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stage.stop())
    port = metrics.serve(settings.metrics_host, settings.metrics_port)
    calm_garbage_collector()
    log.info("started", port=port, version=pipelines().catalogue.version)
    pipelines.watch()
    rates.start()
    try:
        stage.run()
    finally:
        rates.close()
        pipelines.close()
    log.info("stopped")
