"""claimstream doctor: every dependency green or red, with the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata

import typer

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.cli.rules_text import rules_line
from claimstream.clickhouse import connect
from claimstream.console import JsonOption, data, print_json
from claimstream.correlation import load_detection, load_ledger
from claimstream.pipelines import load_catalogue
from claimstream.settings import Settings
from processors.routing import Policy
from processors.scoring import Scorer
from processors.validation.status import statuses
from schemas.contracts import ALL_CONTRACTS
from schemas.errors import ClaimstreamError, DependencyError, SealError
from schemas.phi import Keyring
from schemas.registry import schema_ids
from sink.migrate import status as migration_status
from streams.topics import all_topics


@dataclass(frozen=True)
class Check:
    """One dependency.

    Attributes:
        name: What was looked at.
        ok: Whether it works.
        detail: What was seen.
        remedy: What to do when it does not work.
        notes: What else is worth knowing, though it works.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    notes: tuple[str, ...] = ()


def doctor(as_json: JsonOption = False) -> None:
    """Look at every dependency; exit 3 when one is red."""
    checks = list(run_checks(Settings()))
    if as_json:
        print_json({"checks": [asdict(check) for check in checks], "ok": all(c.ok for c in checks)})
    else:
        for check in checks:
            mark = "[green]ok [/green]" if check.ok else "[red]red[/red]"
            data.print(f"{mark} {check.name}: {check.detail}{'' if check.ok else ' ' + check.remedy}")
            for note in check.notes:
                data.print(f"    {note}")
    if not all(check.ok for check in checks):
        raise typer.Exit(EXIT_PROBLEMS)


def run_checks(settings: Settings) -> Iterator[Check]:
    """Yield the state of each dependency."""
    yield _check("broker", lambda: f"{settings.broker.check()} brokers at {settings.kafka_bootstrap_servers}")
    yield _check("topics", lambda: _topics(settings))
    yield _check("schema ids", lambda: _schema_ids(settings))
    yield _check("clickhouse", lambda: _clickhouse(settings))
    yield _check("clickhouse schema", lambda: _migrations(settings))
    yield _check("keyring", lambda: _keyring(settings))
    yield _rules(settings)
    yield _check("models", _models)
    yield _check("correlation", lambda: _correlation(settings))


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except ClaimstreamError as error:
        return Check(name, False, error.message, error.remedy)


def _rules(settings: Settings) -> Check:
    try:
        catalogue = load_catalogue(settings)
    except ClaimstreamError as error:
        return Check("rules", False, error.message, error.remedy)
    idle = tuple(f"{s.rule.rule.id} {s.text}" for s in statuses(catalogue) if not s.active)
    return Check("rules", True, rules_line(catalogue), notes=idle)


def _topics(settings: Settings) -> str:
    names = [topic.name for topic in all_topics(Policy.load(settings.claimstream_policy).queues)]
    for name in names:
        settings.broker.partition_count(name)
    return f"{len(names)} topics"


def _schema_ids(settings: Settings) -> str:
    ids = schema_ids(settings.schema_registry_url)
    known = [ids.id_of(contract) for contract in ALL_CONTRACTS]
    return f"{len(known)} contracts, from {settings.schema_registry_url or 'the checked-in table'}"


def _clickhouse(settings: Settings) -> str:
    with connect(settings) as client:
        return f"version {client.server_version} at {settings.clickhouse_host}:{settings.clickhouse_port}"


def _migrations(settings: Settings) -> str:
    with connect(settings) as client:
        found = migration_status(client, settings.clickhouse_database)
    pending = [m for m in found if m.state != "applied"]
    if pending:
        msg = f"{len(pending)} of {len(found)} migrations are not applied."
        raise DependencyError(msg, "Apply them with: claimstream sink migrate.")
    return f"{len(found)} migrations applied"


def _keyring(settings: Settings) -> str:
    if not settings.keyring_path.exists():
        msg = f"There is no keyring at {settings.keyring_path}."
        raise SealError(msg, "claimstream up and claimstream ingest create one; or set CLAIMSTREAM_KEYRING.")
    Keyring.load(settings.keyring_path)
    return str(settings.keyring_path)


def _models() -> str:
    scorer = Scorer.load()
    if scorer.problems:
        raise scorer.problems[0]
    return "approval and reason models pass their golden rows"


def _correlation(settings: Settings) -> str:
    load_ledger(settings)
    load_detection(settings)
    try:
        version = metadata.version("faust-streaming")
    except metadata.PackageNotFoundError:
        msg = "Correlation cannot run: faust-streaming is not installed."
        raise DependencyError(msg, "Install claimstream with the extra correlation.") from None
    return f"settings can be used, faust-streaming {version}"
