"""claimstream bench: how fast is the whole system on this machine?"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.settings import Settings
from loadtest.profiles import PROFILES, Options, Result, is_bad

_PROFILES_HELP = " ".join(f"{profile.name}: {profile.about}" for profile in PROFILES.values())


def bench(  # noqa: PLR0913, PLR0917 - the options of a command
    profile: Annotated[str, typer.Argument(help=_PROFILES_HELP)] = "burst",
    claims: Annotated[int, typer.Option(min=0, help="How many claims; 0 takes the profile's own number.")] = 0,
    rate: Annotated[float, typer.Option(min=0, help="Offer so many claims a second; 0 leaves it to the profile.")] = 0,
    seconds: Annotated[int, typer.Option(min=0, help="Offer claims for so long; 0 leaves it to the profile.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Seed of the synthetic claims; a new one if not given.")] = None,
    bootstrap: Annotated[str, typer.Option(help="Broker to use instead of the embedded one.")] = "",
    kafka: Annotated[
        bool, typer.Option("--kafka", help="Start an Apache Kafka (from a checkout; Java, Maven).")
    ] = False,
    clickhouse: Annotated[str, typer.Option(help="host:port of a ClickHouse to use instead.")] = "",
    correlation: Annotated[bool, typer.Option("--correlation", help="Let correlation run, too.")] = False,
    without_store: Annotated[
        bool, typer.Option("--without-store", help="Leave sink and ClickHouse out: the least latency to a score.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Leave what runs write and log in this folder; removing it slows the next run.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a profile over synthetic claims and measure rate, latency, memory and CPU; nothing may be lost."""
    if profile not in PROFILES:
        msg = f"There is no profile {profile}; there are {', '.join(PROFILES)}."
        raise typer.BadParameter(msg, param_hint="PROFILE")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    words.print(f"{profile}: {PROFILES[profile].about}")
    options = Options(
        claims,
        rate,
        seconds,
        secrets.randbelow(2**31) if seed is None else seed,
        bootstrap,
        kafka,
        clickhouse,
        correlation,
        store=not without_store,
        keep=keep and keep.resolve(),
    )
    result = PROFILES[profile].run(Settings(), options)
    if out is not None:
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if as_json:
        print_json(result)
    else:
        _print_table(result)
    if is_bad(result):
        raise typer.Exit(EXIT_PROBLEMS)


def _print_table(result: Result) -> None:
    table = Table("measure", "value")
    for name, value in result.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, number in parts:
            table.add_row(f"{name} {part}".strip(), str(number))
    data.print(table)
