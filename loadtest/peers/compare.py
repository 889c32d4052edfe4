"""One run of the comparison: one broker, one set of claims, every engine in turn."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from claimstream.local.keyring import ensure_keyring
from claimstream.local.stack import free_ports, prepare_topics
from claimstream.settings import Settings
from claimstream.synthetic import synthetic_batches
from loadtest.kafka_broker import apache_kafka
from loadtest.machine import described
from loadtest.peers.engines import ENGINES, Engine
from loadtest.peers.equality import Answer, answers_of, differences
from loadtest.peers.watch import Watched, watch
from loadtest.peers.workspace import PACKAGES, Workspace
from loadtest.scrape import samples
from schemas.errors import FatalStreamError
from schemas.registry import schema_ids
from streams.publish import ClaimPublisher
from streams.topics import Topic

PARTITIONS = 2
DAY_MS = 24 * 60 * 60 * 1000
STOP_SECONDS = 15


@dataclass(frozen=True)
class ComparePlan:
    """What to compare.

    Attributes:
        claims: Claims on the topic.
        warm_up: The first of them are not measured: compilers and caches get warm.
        only: Names of engines; empty for all.
        bootstrap: Broker to use; empty starts an Apache Kafka.
        seed: Seed of the claims.
        home: Folder of the workspace.
    """

    claims: int = 100_000
    warm_up: int = 20_000
    only: tuple[str, ...] = ()
    bootstrap: str = ""
    seed: int = 7
    home: Path = Path(".claimstream/peers")


@dataclass
class EngineResult:
    """What an engine did; the names are those of the JSON.

    Attributes:
        engine: Its name.
        claims_per_second: Claims answered by seconds, after the warm-up.
        cpu_us_per_claim: Processor time of its process, after the warm-up.
        rss_mb: Peak resident memory.
        lost: Claims without an answer.
        doubled: Answers beyond one a claim.
        compared: Claims whose answer was compared with claimstream's.
        unequal: Those of them that differ.
        largest_difference: Of the probabilities.
        times_slower: Throughput of claimstream by its own.
        times_the_cpu: Its processor time a claim by claimstream's.
        steps_us: Processor time of claimstream by step.
    """

    engine: str
    guarantee: str
    model_runs: str
    lacks: str
    claims_per_second: float = 0.0
    cpu_us_per_claim: float = 0.0
    rss_mb: float = 0.0
    lost: int = 0
    doubled: int = 0
    compared: int = 0
    unequal: int = 0
    largest_difference: float = 0.0
    times_slower: float = 1.0
    times_the_cpu: float = 1.0
    steps_us: dict[str, float] = field(default_factory=dict)


def compare(base: Settings, plan: ComparePlan) -> dict[str, Any]:
    """Run every engine and return the result.

    Raises:
        DependencyError: An engine or a broker cannot be made or started.
        FatalStreamError: Engines do not answer the same.
    """
    workspace = Workspace(plan.home.resolve())
    workspace.prepare()
    engines = [engine for engine in ENGINES if not plan.only or engine.name in plan.only]
    for engine in engines:
        engine.command(workspace, "nowhere")  # builds what it needs before any clock runs
    results: list[EngineResult] = []
    answers: dict[str, dict[str, Answer]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="claimstream-peers-", ignore_cleanup_errors=True) as folder,
        apache_kafka(Path(folder) / "kafka", plan.bootstrap) as bootstrap,
    ):
        settings = _settings(base, Path(folder), bootstrap)
        _publish(settings, plan, engines)
        for engine in engines:
            result, found = _run(engine, workspace, settings, plan)
            results.append(result)
            answers[engine.name] = answers_of(engine.name, found.sample)
    _relate(results, answers)
    told = described(
        {
            "profile": "peers",
            "broker": "Apache Kafka",
            "claims": plan.claims,
            "warm_up": plan.warm_up,
            "rules": 40,
            "engines": [asdict(result) for result in results],
        }
    )
    told["versions"] |= {name: packages[0] for name, packages in PACKAGES.items()}
    return told


def _settings(base: Settings, home: Path, bootstrap: str) -> Settings:
    changes = {"kafka_bootstrap_servers": bootstrap, "kafka_partitions": PARTITIONS, "claimstream_home": home,
               "claimstream_keyring": None}  # fmt: skip
    settings = base.model_copy(update=changes)
    ensure_keyring(settings.keyring_path)
    return settings


def _publish(settings: Settings, plan: ComparePlan, engines: Sequence[Engine]) -> None:
    prepare_topics(settings)
    settings.broker.create_topics(Topic(engine.topic, None, "as it came", PARTITIONS, DAY_MS) for engine in engines)
    publisher = ClaimPublisher(settings.broker, schema_ids())
    for events in synthetic_batches(settings, plan.claims, plan.seed, "seed"):
        publisher.publish(events)
    publisher.flush()


def _run(engine: Engine, workspace: Workspace, settings: Settings, plan: ComparePlan) -> tuple[EngineResult, Watched]:
    (port,) = free_ports(1)
    with _running(engine, workspace, settings, port) as process:
        watched = watch(settings.broker, engine.topic, process, plan.claims, plan.warm_up)
        steps = _steps(port, plan.claims) if engine.name == "claimstream" else {}
    result = EngineResult(engine.name, engine.guarantee, engine.model_runs, engine.lacks, steps_us=steps)
    warm, last = watched.warm, watched.last
    assert warm is not None and last is not None  # noqa: S101, PT018 - watch returned
    measured = last.claims - warm.claims
    result.claims_per_second = round(measured / (last.at - warm.at), 1)
    result.cpu_us_per_claim = round((last.cpu_seconds - warm.cpu_seconds) / measured * 1e6, 2)
    result.rss_mb = watched.rss_mb
    result.lost, result.doubled = plan.claims - len(watched.ids), watched.records - len(watched.ids)
    return result, watched


@contextmanager
def _running(engine: Engine, workspace: Workspace, settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        **engine.environment,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), str(workspace.home)]),
        "PEER_HOME": str(workspace.home),
        "PEER_TOPIC": engine.topic,
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "CLAIMSTREAM_HOME": str(settings.claimstream_home),
        "METRICS_PORT": str(port),
    }
    command = engine.command(workspace, settings.kafka_bootstrap_servers)
    with (workspace.home / f"{engine.name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _steps(port: int, claims: int) -> dict[str, float]:
    found = samples(port, "claimstream_step_cpu_seconds_total")
    return {labels["step"]: round(seconds * 1e6 / claims, 2) for labels, seconds in found}


def _relate(results: Sequence[EngineResult], answers: dict[str, dict[str, Answer]]) -> None:
    """Put the engines beside claimstream, in what they cost and in what they say."""
    ours = next((result for result in results if result.engine == "claimstream"), None)
    if ours is None:
        return
    for result in results:
        result.times_slower = round(ours.claims_per_second / result.claims_per_second, 1)
        result.times_the_cpu = round(result.cpu_us_per_claim / ours.cpu_us_per_claim, 1)
        compared, unequal, gap = differences(answers[ours.engine], answers[result.engine])
        result.compared, result.unequal, result.largest_difference = compared, unequal, float(f"{gap:.1e}")
    wrong = [result.engine for result in results if result.unequal]
    if wrong:
        msg = f"These engines do not answer as claimstream does: {', '.join(wrong)}."
        raise FatalStreamError(msg, "The comparison means nothing until they do; mend their rules or features.")
