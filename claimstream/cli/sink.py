"""claimstream sink migrate | status | reconcile | rebuild | dictionary | queries: the schema and its data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.clickhouse import connect
from claimstream.console import JsonOption, data, print_json, words
from claimstream.settings import Settings
from claimstream.sink_process import sink_config
from schemas.registry import schema_ids
from sink import saved_queries
from sink.dictionary import dictionary as dictionary_page
from sink.dictionary import tables
from sink.migrate import migrate as apply_migrations
from sink.migrate import status as migration_status
from sink.rebuild import rebuild as rebuild_tables
from sink.reconcile import Check
from sink.reconcile import reconcile as reconcile_tables
from sink.topic_events import stored_events

app = typer.Typer(help="Migrate the ClickHouse schema, and prove what is in it.", no_args_is_help=True)


@app.command()
def migrate(
    despite_open_ranges: Annotated[
        bool, typer.Option(help="Go on although the sink has begun ranges: their topics are gone.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Apply the migrations that are missing."""
    settings = Settings()
    with connect(settings) as client:
        applied = apply_migrations(client, settings.clickhouse_database, despite_open_ranges=despite_open_ranges)
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
            data.print(f"{migration.version:04d} {migration.name}: {migration.state} ({migration.checksum[:12]})")
    if any(m.state != "applied" for m in found):
        raise typer.Exit(EXIT_PROBLEMS)


@app.command()
def reconcile(
    topics: Annotated[bool, typer.Option(help="Read the topics too; without, only the tables are compared.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Compare topics with tables, rollups with events, 837 with 835; exit 3 when anything differs."""
    settings = Settings()
    with connect(settings, settings.clickhouse_database) as client:
        events = (
            stored_events(sink_config(settings), client, schema_ids(settings.schema_registry_url)) if topics else ()
        )
        checks = list(reconcile_tables(client, events))
    _report(checks, as_json)


@app.command()
def rebuild(
    database: Annotated[str, typer.Option(help="New database to build in; the live one is left alone.")],
    as_json: JsonOption = False,
) -> None:
    """Read every topic from its beginning into a new database and compare; exit 3 when the rollups differ."""
    settings = Settings()
    made = rebuild_tables(sink_config(settings), database, schema_ids(settings.schema_registry_url))
    words.print(f"{made.records} records in {made.seconds:.1f} s. To switch: stop the sink, set")
    words.print(f"CLICKHOUSE_DATABASE={made.database}, start it; it goes on where the rebuild ended.")
    _report(list(made.checks), as_json)


@app.command()
def dictionary(as_json: JsonOption = False) -> None:
    """Print the data dictionary with its ER diagram (docs/database.md), from the comments in ClickHouse."""
    settings = Settings()
    with connect(settings, settings.clickhouse_database) as client:
        found = tables(client)
    if as_json:
        print_json({"tables": [asdict(table) for table in found]})
        return
    typer.echo(dictionary_page(found), nl=False)


@app.command()
def queries(as_json: JsonOption = False) -> None:
    """Print the saved queries for analysts (docs/queries.md)."""
    if as_json:
        print_json({"queries": [asdict(saved_queries.find(name)) for name in saved_queries.names()]})
        return
    typer.echo(saved_queries.handbook(), nl=False)


def _report(checks: list[Check], as_json: bool) -> None:
    drift = [check for check in checks if check.drift]
    if as_json:
        print_json({"drift": len(drift), "checks": [asdict(check) for check in checks]})
    else:
        table = Table("kind", "what", "left", "right", "drift")
        for check in checks:
            table.add_row(check.kind, check.what, str(check.left), str(check.right), str(check.drift))
        data.print(table)
        data.print(f"{len(drift)} of {len(checks)} comparisons differ." if drift else "Everything agrees.")
    if drift:
        raise typer.Exit(EXIT_PROBLEMS)
