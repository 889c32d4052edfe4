"""claimstream run claims | correlation | sink: one worker process in the foreground."""

from __future__ import annotations

import gc
import signal
import threading
from datetime import UTC, datetime
from typing import Annotated

import structlog
import typer

from claimstream import logs
from claimstream.clickhouse import connect
from claimstream.correlation import run_correlation
from claimstream.metrics import Metrics
from claimstream.model_metrics import ModelWatch
from claimstream.observers import RuleMetrics, SinkMetrics, StageMetrics
from claimstream.pipelines import PipelineSource
from claimstream.rated import Rated
from claimstream.settings import Settings
from processors.routing.policy import Policy
from schemas.phi import Keyring, Sealer
from schemas.registry import schema_ids
from sink.config import BatchLimits, ClickHouseTarget, SinkConfig
from sink.consumer import run_sink
from sink.writer import MAKERS
from streams.claim_stage import ClaimStage, StageConfig, StageTools
from streams.failpoints import Failpoints
from streams.rates_table import RatesTable
from streams.topics import all_topics
from streams.warm_up import warm_up

app = typer.Typer(help="Run one worker in the foreground.", no_args_is_help=True)
log = structlog.get_logger()


@app.command()
def claims(
    slot: Annotated[int, typer.Option(min=0, help="Number of this stage; each needs one of its own.")] = 0,
) -> None:
    """Validate, price, score and route submitted claims until stopped."""
    settings = Settings()
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
    _calm_garbage_collector()
    log.info("started", port=port, version=pipelines().catalogue.version)
    pipelines.watch()
    rates.start()
    try:
        stage.run()
    finally:
        rates.close()
        pipelines.close()
    log.info("stopped")


@app.command()
def correlation(
    slot: Annotated[int, typer.Option(min=0, help="Number of this worker; each needs one of its own.")] = 0,
) -> None:
    """Bring claims, acknowledgements and remittances together until stopped."""
    settings = Settings()
    logs.configure(settings.log_level, f"correlation-{slot}")
    _calm_garbage_collector()
    run_correlation(settings, slot)


@app.command()
def sink() -> None:
    """Write every event to ClickHouse until stopped."""
    settings = Settings()
    logs.configure(settings.log_level, "sink")
    settings.broker.check()
    with connect(settings):
        pass  # away at the start is the operator's to mend; away later is waited for
    metrics = Metrics.create()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    port = metrics.serve(settings.metrics_host, settings.metrics_port)
    _calm_garbage_collector()
    log.info("started", port=port)
    run_sink(sink_config(settings), stop, SinkMetrics(metrics), schema_ids(settings.schema_registry_url))
    log.info("stopped")


def _calm_garbage_collector() -> None:
    """Leave what is loaded once out of collections, and collect after batches rather than within them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def sink_config(settings: Settings) -> SinkConfig:
    """Return the sink's configuration."""
    target = ClickHouseTarget(
        host=settings.clickhouse_host,
        port=settings.clickhouse_port,
        user=settings.clickhouse_user,
        password=settings.clickhouse_password.get_secret_value(),
        database=settings.clickhouse_database,
    )
    limits = BatchLimits(linger_s=settings.sink_linger_ms / 1000)
    return SinkConfig(
        settings.kafka_bootstrap_servers,
        clickhouse=target,
        limits=limits,
        contracts=sink_topics(settings),
        session_timeout_ms=settings.kafka_session_timeout_ms,
    )


def sink_topics(settings: Settings) -> dict[str, str]:
    """Topics the sink reads, workqueues included, each with the name of its contract."""
    queues = Policy.load(settings.claimstream_policy).queues
    declared = {topic.name: topic.contract for topic in all_topics(queues)}
    return {name: contract.name for name, contract in declared.items() if contract and contract.name in MAKERS}
