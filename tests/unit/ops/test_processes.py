"""Processes of the local stack yield to each other as they are told to."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from claimstream.local import stack
from claimstream.local.processes import Service, Supervisor
from claimstream.local.stack import (
    EMBEDDED_GATHER_MS,
    SHARED_INTERVAL_MS,
    Ports,
    embedded_stack,
    local_settings,
    pick_ports,
)
from claimstream.settings import Settings
from streams.broker import GATHER_MS


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell the niceness of a process here")
def test_a_service_yields_within_its_session_and_as_a_session(tmp_path: Path) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    services = [
        Service(name, ("sleep", "60"), lambda: True, niceness=niceness)
        for name, niceness in (("eager", 0), ("calm", 5))
    ]
    with Supervisor(services, tmp_path) as supervisor:
        pids = supervisor.pids()
        assert os.getpriority(os.PRIO_PROCESS, pids["eager"]) == own
        assert os.getpriority(os.PRIO_PROCESS, pids["calm"]) == min(own + 5, 19)
        groups = {name: Path(f"/proc/{pid}/autogroup") for name, pid in pids.items()}
        if groups["calm"].exists():
            # /autogroup-17 nice 5
            told = {name: int(group.read_text(encoding="ascii").split()[-1]) for name, group in groups.items()}
            assert told == {"eager": 0, "calm": 5}


@pytest.mark.parametrize(("said", "taken"), [(None, SHARED_INTERVAL_MS), ("0", 0)])
def test_where_all_share_the_cores_batches_wait_under_load_unless_told_otherwise(
    said: str | None, taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _say("BATCH_INTERVAL_MS", said, tmp_path, monkeypatch)
    ports = pick_ports(1)
    settings = local_settings(Settings(), ports, tmp_path)
    started = {service.name: service for service in _services(settings, ports, monkeypatch)}
    assert settings.batch_interval_ms == taken
    assert started["claims-0"].environment["BATCH_INTERVAL_MS"] == str(taken)


@pytest.mark.parametrize(
    ("said", "bootstrap", "taken"), [(None, "", EMBEDDED_GATHER_MS), ("5", "", 5), (None, "kafka:9092", GATHER_MS)]
)
def test_publishers_gather_for_longer_on_the_embedded_broker_unless_told_otherwise(
    said: str | None, bootstrap: str, taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _say("PUBLISH_GATHER_MS", said, tmp_path, monkeypatch)
    ports = pick_ports(1)
    settings = local_settings(Settings(), ports, tmp_path, bootstrap)
    started = {service.name: service for service in _services(settings, ports, monkeypatch)}
    assert settings.kafka_bootstrap_servers == (bootstrap or f"127.0.0.1:{ports.kafka}")
    assert settings.broker.idempotent_config("test")["linger.ms"] == taken
    assert started["claims-0"].environment["PUBLISH_GATHER_MS"] == str(taken)


STORE = ["clickhouse", "sink"]


@pytest.mark.parametrize("store", [STORE, []], ids=["with a store", "without a store"])
def test_correlation_is_there_before_the_first_claim_is_scored(
    store: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def before() -> None:
        """Publish what the stages are to find."""

    ports = pick_ports(2, correlation=1)
    settings = local_settings(Settings(), ports, tmp_path)
    started = _services(settings, ports, monkeypatch, store=bool(store), before_stages=before)
    assert [service.name for service in started] == ["broker", *store, "correlation-0", "claims-0", "claims-1"]
    prepared = {service.name: service.prepare for service in started if service.prepare}
    assert list(prepared) == ["sink" if store else "correlation-0", "claims-0"]  # topics, then claims
    assert prepared["claims-0"] == (before,)


def _say(variable: str, said: str | None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a variable as an operator does, in a folder without .env; None leaves it out."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv(variable, raising=False)
    if said is not None:
        monkeypatch.setenv(variable, said)


def _services(settings: Settings, ports: Ports, monkeypatch: pytest.MonkeyPatch, **options: Any) -> list[Service]:
    """Return what a stack would start."""
    started: list[Service] = []

    def noted(services: list[Service], logs: Path) -> nullcontext[None]:
        del logs
        started.extend(services)
        return nullcontext()

    monkeypatch.setattr(stack, "Supervisor", noted)
    with embedded_stack(settings, ports, **options):
        return started
