"""claimstream bench: how fast is the whole system on this machine?"""

from __future__ import annotations

import os
import secrets
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.settings import Settings
from loadtest.bench import Bench, BenchPlan, BenchResult


def bench(
    claims: Annotated[int, typer.Option(min=1, help="How many claims.")] = 100_000,
    rate: Annotated[float, typer.Option(min=0, help="Offer so many claims a second; 0 publishes all before.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Seed of the synthetic claims; a new one if not given.")] = None,
    bootstrap: Annotated[str, typer.Option(help="Broker to use instead of the embedded one.")] = "",
    clickhouse: Annotated[str, typer.Option(help="host:port of a ClickHouse to use instead.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Run stage and sink over synthetic claims and measure rate, latency, memory and CPU; nothing may be lost."""
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    words.print(f"Measuring {claims} claims{f' at {rate:.0f}/s' if rate else ''} ...")
    plan = BenchPlan(claims, rate or None, secrets.randbelow(2**31) if seed is None else seed, bootstrap, clickhouse)
    result: BenchResult = Bench(Settings(), plan).run()
    if as_json:
        print_json(asdict(result))
    else:
        _print_table(asdict(result))
    if result.lost or result.duplicated:
        raise typer.Exit(EXIT_PROBLEMS)


def _print_table(result: dict[str, object]) -> None:
    table = Table("measure", "value")
    for name, value in result.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, number in parts:
            table.add_row(f"{name} {part}".strip(), str(number))
    data.print(table)
