"""claimstream up: the whole system on this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import Annotated

import typer

from claimstream import logs
from claimstream.console import words
from claimstream.local.stack import embedded_stack, local_settings, pick_ports
from claimstream.settings import Settings


def up(
    broker: Annotated[bool, typer.Option(help="Run the embedded broker.")] = True,
    clickhouse: Annotated[bool, typer.Option(help="Run the embedded ClickHouse.")] = True,
) -> None:
    """Run broker, ClickHouse, claim stages, correlation and sink; restart what fails, stop everything on Ctrl-C."""
    base = Settings()
    logs.configure(base.log_level, "up")
    kafka_port = int(base.kafka_bootstrap_servers.rsplit(":", 1)[-1])
    free = pick_ports(base.worker_count, base.correlation_workers)
    ports = replace(free, kafka=kafka_port, clickhouse=base.clickhouse_port)
    settings = base
    if broker and clickhouse:
        settings = local_settings(base, ports, base.claimstream_home)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with embedded_stack(settings, ports, broker=broker, clickhouse=clickhouse) as supervisor:
        words.print("claimstream is up:", style="bold")
        words.print(f"  Kafka         {settings.kafka_bootstrap_servers}")
        words.print(f"  ClickHouse    http://{settings.clickhouse_host}:{settings.clickhouse_port}")
        metrics = [("sink", ports.sink)]
        metrics += [(f"claims-{slot}", port) for slot, port in enumerate(ports.stages)]
        metrics += [(f"correlation-{slot}", port) for slot, port in enumerate(ports.correlation)]
        for service, port in metrics:
            words.print(f"  {service:<13} http://127.0.0.1:{port}/metrics")
        words.print(f"  logs          {settings.claimstream_home / 'logs'}")
        words.print("Publish with: claimstream generate --claims 1000   Stop with Ctrl-C.")
        supervisor.watch(stop.is_set)
    words.print("Stopped.")
