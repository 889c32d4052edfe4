"""Run the sink of one process from what the settings name."""

from __future__ import annotations

import signal
import threading

import structlog

from claimstream import logs
from claimstream.clickhouse import connect
from claimstream.garbage import calm_garbage_collector
from claimstream.metrics import Metrics
from claimstream.observers import SinkMetrics
from claimstream.settings import Settings
from processors.routing.policy import Policy
from schemas.registry import schema_ids
from sink.config import BatchLimits, ClickHouseTarget, SinkConfig
from sink.consumer import run_sink
from sink.writer import MAKERS
from streams.topics import all_topics

log = structlog.get_logger()


def run_sink_process(settings: Settings) -> None:
    """Write every event to ClickHouse until the process is told to stop.

    Raises:
        DependencyError: Broker or ClickHouse do not answer.
    """
    logs.configure(settings.log_level, "sink")
    settings.broker.check()
    with connect(settings):
        pass  # away at the start is the operator's to mend; away later is waited for
    metrics = Metrics.create()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    port = metrics.serve(settings.metrics_host, settings.metrics_port)
    calm_garbage_collector()
    log.info("started", port=port)
    run_sink(sink_config(settings), stop, SinkMetrics(metrics), schema_ids(settings.schema_registry_url))
    log.info("stopped")


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
