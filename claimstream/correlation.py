"""Build and run a correlation worker from what the settings name."""

from __future__ import annotations

import ctypes
import logging
import sys
from pathlib import Path

import structlog

from claimstream.metrics import Metrics
from claimstream.observers import CorrelationMetrics
from claimstream.settings import Settings
from processors.adjudication.adjudicate import Adjudicator
from processors.adjudication.denial_groups import CarcGroups
from processors.adjudication.policy import AdjudicationPolicy
from processors.correlation import CorrelationPolicy, Ledger
from processors.correlation.cases import Cases
from processors.detection.detect import Detector
from processors.detection.settings import DetectionSettings
from processors.rates.keeper import RateKeeper
from processors.rates.settings import RateSettings
from processors.workqueue.cases import WorkqueueRules
from processors.workqueue.rules import WorkqueueSettings
from schemas.phi import Keyring, Sealer
from schemas.registry import schema_ids
from streams.failpoints import Failpoints
from streams.topics import CORRELATION

log = structlog.get_logger()


def load_ledger(settings: Settings) -> Ledger:
    """Return the fold with the site's mappings, deadlines and queues, or those that claimstream ships.

    Raises:
        ConfigFileError: A file cannot be used.
    """
    mapping, adjudication, queues = (
        _own(settings, name) for name in ("mappings/carc_groups.csv", "adjudication.yaml", "workqueues.yaml")
    )
    groups = CarcGroups.load(mapping) if mapping else CarcGroups.shipped()
    policy = AdjudicationPolicy.load(adjudication) if adjudication else AdjudicationPolicy.shipped()
    workqueues = WorkqueueSettings.load(queues) if queues else WorkqueueSettings.shipped()
    deadlines = CorrelationPolicy.load(_own(settings, "correlation.yaml"))
    return Ledger(deadlines, Adjudicator(groups, policy), Cases(WorkqueueRules(workqueues), groups))


def load_detection(settings: Settings) -> tuple[Detector, RateKeeper]:
    """Return detection and rates with the site's settings, or those that claimstream ships.

    Raises:
        ConfigFileError: A file cannot be used.
    """
    detection, rates = _own(settings, "detection.yaml"), _own(settings, "rates.yaml")
    detector = Detector(DetectionSettings.load(detection)) if detection else Detector.shipped()
    return detector, RateKeeper(RateSettings.load(rates)) if rates else RateKeeper.shipped()


def _own(settings: Settings, name: str) -> Path | None:
    """Return the site's own file of this name, if there is one."""
    folder = settings.claimstream_correlation
    own = folder / name if folder is not None else None
    return own if own is not None and own.exists() else None


def run_correlation(settings: Settings, slot: int) -> None:
    """Run a worker until it is told to stop; ends the process.

    Args:
        settings: Settings of the installation.
        slot: Number of the worker.

    Raises:
        DependencyError: The broker does not answer.
        ConfigFileError: A file cannot be used.
    """
    import faust  # noqa: PLC0415 - an extra: only machines that correlate have it

    from streams.correlation.app import CorrelationConfig, CorrelationTools, create_app  # noqa: PLC0415
    from streams.correlation.observing import Observatory  # noqa: PLC0415

    _use_few_arenas()
    ledger = load_ledger(settings)
    sealer = Sealer(Keyring.load(settings.keyring_path))
    settings.broker.check()
    metrics = Metrics.create()
    config = CorrelationConfig(
        settings.broker,
        state_dir=settings.claimstream_home / "correlation" / str(slot),
        slot=slot,
        partitions=settings.broker.partition_count(CORRELATION.name),
        event_time=settings.correlation_event_time,
        replication_factor=settings.kafka_replication_factor,
    )
    tools = CorrelationTools(
        ledger, schema_ids(settings.schema_registry_url), sealer, CorrelationMetrics(metrics),
        Observatory(*load_detection(settings)), failpoints=Failpoints.from_environment(),
    )  # fmt: skip
    config.state_dir.mkdir(parents=True, exist_ok=True)
    app = create_app(config, tools)
    port = metrics.serve(settings.metrics_host, settings.metrics_port)
    log.info("started", port=port, partitions=config.partitions)
    worker = faust.Worker(
        app, loglevel=_level(settings.log_level), stdout=sys.stderr, redirect_stdouts=False, quiet=True
    )
    worker.spinner = None  # its control sequences would stand in the log, before the line of whoever writes next
    worker.execute_from_commandline()


_M_ARENA_MAX = -8


def _use_few_arenas() -> None:
    """Let all threads share two heaps: glibc gives each of some twenty its own and keeps what they free."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, 2)


def _level(name: str) -> int:
    """Return what Faust itself may log: it names topics and offsets at INFO, which only debugging needs."""
    return logging.INFO if name.upper() == "DEBUG" else logging.ERROR
