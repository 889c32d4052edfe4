"""docker-compose.yml: valid, pinned, guarded, and in step with the program. It is not run here."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from typing import Any

import jsonschema
import pytest
import typer

from claimstream.cli import app
from claimstream.settings import Settings
from tests.unit.ops.deployment import ROOT, compose, interpolations, own_services, services, text_of

ONE_SHOT = {"init", "cli"}
"""Services that end: they need no health check."""

WRITABLE_ROOT = {"kafka", "clickhouse"}
"""Images whose entrypoints write configuration or folders into their own root."""


def test_it_keeps_the_compose_specification() -> None:
    schema = json.loads(text_of("tests/data/compose-spec.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(compose(), schema, cls=jsonschema.Draft202012Validator)


def test_the_parts_of_the_system_are_there() -> None:
    expected = {"kafka", "schema-registry", "clickhouse", "init", "claims", "claims-1", "sink", "prometheus", "grafana"}
    assert expected <= set(services())


@pytest.mark.parametrize("name", services())
def test_every_image_is_pinned_to_a_full_version(name: str) -> None:
    image = services()[name]["image"]
    assert re.search(r":v?\d+\.\d+\.\d+(\.\d+)?$", image), f"{image} names no full version"


def test_our_image_is_of_this_version_of_the_program() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert {service["image"] for service in own_services().values()} == {f"claimstream:{version}"}


@pytest.mark.parametrize("name", sorted(set(services()) - ONE_SHOT))
def test_every_long_running_service_has_a_health_check_and_restarts(name: str) -> None:
    service = services()[name]
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(ONE_SHOT))
def test_a_service_that_runs_once_is_not_restarted(name: str) -> None:
    assert services()[name]["restart"] == "no"


@pytest.mark.parametrize("name", services())
def test_every_dependency_exists_and_waits_for_the_right_thing(name: str) -> None:
    for needed, how in services()[name].get("depends_on", {}).items():
        assert needed in services()
        ends = needed in ONE_SHOT
        assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy")


def test_dependencies_form_no_circle() -> None:
    waiting = {name: set(service.get("depends_on", {})) for name, service in services().items()}
    while ready := {name for name, needed in waiting.items() if not needed}:
        waiting = {name: needed - ready for name, needed in waiting.items() if name not in ready}
    assert not waiting


@pytest.mark.parametrize("name", services())
def test_memory_is_limited_and_privileges_cannot_grow(name: str) -> None:
    service = services()[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", sorted(set(services()) - WRITABLE_ROOT))
def test_the_root_file_system_is_read_only(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]  # noqa: S108 - a path inside the container
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", services())
def test_ports_are_open_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in services()[name].get("ports", []))


@pytest.mark.parametrize("name", services())
def test_every_named_volume_is_declared_and_every_mounted_file_exists(name: str) -> None:
    for volume in services()[name].get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).exists()
            assert volume.endswith(":ro")
        else:
            assert source in compose()["volumes"]


def test_only_init_may_write_the_keyring() -> None:
    writers = [
        name
        for name, service in services().items()
        if any(v.startswith("keyring:") and not v.endswith(":ro") for v in service.get("volumes", []))
    ]
    assert writers == ["init"]


def test_no_secret_has_a_default() -> None:
    secrets = {name: operator for name, operator, _ in interpolations() if "PASSWORD" in name}
    assert secrets
    assert set(secrets.values()) == {"?"}
    for name, service in services().items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN", key):
                assert str(value).startswith("${"), f"{name} has {key} written out"


def test_settings_given_to_our_processes_are_settings_and_keep_their_defaults() -> None:
    foreign = {"MALLOC_ARENA_MAX", "POLARS_MAX_THREADS", "ORT_DISABLE_TELEMETRY"}
    for service in own_services().values():
        assert {key.lower() for key in set(service["environment"]) - foreign} <= set(Settings.model_fields)
    for name, operator, operand in interpolations():
        if operator == "-":
            default = Settings.model_fields[name.lower()].default
            assert operand == (str(default).lower() if isinstance(default, bool) else str(default))


def test_each_stage_has_a_slot_of_its_own_and_answers_where_it_is_asked() -> None:
    stages = [s for s in own_services().values() if s["command"][:2] == ["run", "claims"]]
    slots = [s["command"][s["command"].index("--slot") + 1] for s in stages]
    assert sorted(slots) == ["0", "1"]
    for service in own_services().values():
        if service["command"][0] == "run":
            assert f":{service['environment']['METRICS_PORT']}/metrics" in service["healthcheck"]["test"][-1]


def _command_lines(service: dict[str, Any]) -> list[list[str]]:
    """Return the claimstream arguments a service starts with."""
    if "entrypoint" not in service:
        return [service["command"]]
    script = " ".join(service["command"])
    return [shlex.split(part)[1:] for part in script.split("&&") if part.strip().startswith("claimstream ")]


@pytest.mark.parametrize("name", own_services())
def test_every_command_exists_in_the_program(name: str) -> None:
    lines = _command_lines(own_services()[name])
    assert lines
    for line in lines:
        _require_command(line)


def _require_command(arguments: list[str]) -> None:
    """Walk the command tree of the program; let the command itself parse the rest as its options."""
    command: Any = typer.main.get_command(app)
    rest = list(arguments)
    while commands := getattr(command, "commands", None):
        assert rest, f"{arguments} names no command"
        name = rest.pop(0)
        assert name in commands, f"there is no command {name} in {arguments}"
        command = commands[name]
    command.make_context(command.name, rest)


def test_a_command_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(AssertionError):
        _require_command(["run", "clams"])
    with pytest.raises(Exception, match="No such option"):
        _require_command(["run", "claims", "--slots", "1"])


def test_init_makes_everything_the_workers_need_in_order() -> None:
    assert _command_lines(services()["init"]) == [["keys", "init"], ["topics", "create"], ["sink", "migrate"]]


def test_no_process_of_ours_reports_to_third_parties() -> None:
    assert {service["environment"]["ORT_DISABLE_TELEMETRY"] for service in own_services().values()} == {"1"}
    assert "ORT_DISABLE_TELEMETRY=1" in text_of("Dockerfile")
    assert services()["grafana"]["environment"]["GF_ANALYTICS_REPORTING_ENABLED"] == "false"


def test_the_broker_advertises_what_containers_and_the_host_use() -> None:
    kafka = services()["kafka"]
    advertised = kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    used = {s["environment"]["KAFKA_BOOTSTRAP_SERVERS"] for s in own_services().values()}
    used.add(services()["schema-registry"]["environment"]["KARAPACE_BOOTSTRAP_URI"])
    assert used == {"kafka:19092"}
    assert "INTERNAL://kafka:19092" in advertised
    assert "HOST://127.0.0.1:9092" in advertised
    assert kafka["ports"] == ["127.0.0.1:9092:9092"]
