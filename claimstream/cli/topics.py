"""claimstream topics create | check: the topics on the broker."""

from __future__ import annotations

import typer

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json
from claimstream.local.stack import prepare_topics
from claimstream.settings import Settings
from processors.routing import Policy
from schemas.errors import DependencyError
from streams.topics import all_topics

app = typer.Typer(help="Create or check the topics.", no_args_is_help=True)


@app.command()
def create(as_json: JsonOption = False) -> None:
    """Create the topics that are missing."""
    created = prepare_topics(Settings())
    if as_json:
        print_json({"created": created})
        return
    data.print(f"{len(created)} topics created." if created else "All topics exist.")


@app.command()
def check(as_json: JsonOption = False) -> None:
    """Say for each topic whether it exists; exit 3 when one is missing."""
    settings = Settings()
    broker = settings.broker
    broker.check()
    found: dict[str, int] = {}
    for topic in all_topics(Policy.load(settings.claimstream_policy).queues):
        try:
            found[topic.name] = broker.partition_count(topic.name)
        except DependencyError:
            found[topic.name] = 0
    if as_json:
        print_json({"partitions": found})
    else:
        for name, partitions in found.items():
            data.print(f"{name}: {partitions} partitions" if partitions else f"{name}: missing")
    if not all(found.values()):
        raise typer.Exit(EXIT_PROBLEMS)
