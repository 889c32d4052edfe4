"""claimstream sink migrate | status: the ClickHouse schema."""

from __future__ import annotations

from dataclasses import asdict

import typer

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.clickhouse import connect
from claimstream.console import JsonOption, data, print_json
from claimstream.settings import Settings
from sink.migrate import migrate as apply_migrations
from sink.migrate import status as migration_status

app = typer.Typer(help="Migrate the ClickHouse schema, or show its state.", no_args_is_help=True)


@app.command()
def migrate(as_json: JsonOption = False) -> None:
    """Apply the migrations that are missing."""
    settings = Settings()
    with connect(settings) as client:
        applied = apply_migrations(client, settings.clickhouse_database)
    if as_json:
        print_json({"applied": applied})
        return
    data.print("\n".join(f"applied {name}" for name in applied) or "The schema is up to date.")


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Show every migration; exit 3 when one is pending."""
    settings = Settings()
    with connect(settings) as client:
        found = migration_status(client, settings.clickhouse_database)
    if as_json:
        print_json({"migrations": [asdict(m) for m in found]})
    else:
        for migration in found:
            data.print(f"{migration.version:04d} {migration.name}: {migration.state}")
    if any(m.state != "applied" for m in found):
        raise typer.Exit(EXIT_PROBLEMS)
