"""claimstream generate: synthetic claims and what comes of them, to Kafka or to files."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from claimstream.console import JsonOption, data, print_json, words
from claimstream.settings import Settings
from claimstream.synthetic import Order, Part, publish_order, synthetic_parts
from claimstream.synthetic_files import FileForm, write_run
from models.synthetic.payers.contracts import write_contracts
from models.synthetic.scenarios.named import SCENARIO_NAMES
from schemas.errors import BadInputError

_FIRST_DAY_OF_FILES = datetime(2026, 1, 5, tzinfo=UTC)
"""Files begin here unless told otherwise, so that the same command gives the same bytes on any day."""


class Out(StrEnum):
    """Where the events go."""

    KAFKA = "kafka"
    AVRO = "avro"
    JSONL = "jsonl"
    PARQUET = "parquet"


class ProfileName(StrEnum):
    """How strong the signals of a denial are."""

    SEED = "seed"
    FIELD = "field"


def generate_claims(  # noqa: PLR0913, PLR0917 - one parameter an option
    claims: Annotated[int, typer.Option(min=1, help="How many claims.")] = 1_000,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The same seed gives the same claims, event ids included; a new one if not given."),
    ] = None,
    profile: Annotated[
        ProfileName, typer.Option(help="Strong signals, or as weak as in real claim lines.")
    ] = ProfileName.SEED,
    out: Annotated[Out, typer.Option(help="Where the events go.")] = Out.KAFKA,
    to: Annotated[Path, typer.Option(help="Folder of avro, jsonl and parquet.")] = Path("synthetic"),
    with_outcomes: Annotated[
        bool, typer.Option(help="Acknowledgements, remittances and second attempts as well.")
    ] = False,
    days: Annotated[
        int, typer.Option(min=0, help="Spread the claims over simulated days; 0 submits them all at once.")
    ] = 0,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day; today to Kafka, 2026-01-05 to files if not given."),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help=f"Planted story, NAME or NAME:key=value,...: {', '.join(SCENARIO_NAMES)}."),
    ] = None,
    contracts: Annotated[
        Path | None, typer.Option(help="Also write the contracts that the remittances are paid by to this folder.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Generate synthetic claims: no real person, payer or provider.

    Files have the true denial probability of every claim beside them (truth.parquet), never in the events.
    """
    if scenario and not with_outcomes:
        msg = "a scenario needs --with-outcomes"
        raise typer.BadParameter(msg, param_hint="--scenario")
    settings = Settings()
    chosen = secrets.randbelow(2**31) if seed is None else seed
    first = start.replace(tzinfo=UTC) if start else None if out is Out.KAFKA else _FIRST_DAY_OF_FILES
    order = Order(claims, chosen, profile.value, first, with_outcomes, days, tuple(scenario or ()))
    order.stories(first or datetime.now(UTC))  # a scenario that is named wrongly is told before anything is made
    if contracts is not None:
        write_contracts(contracts, settings.claimstream_tenant)
    if out is Out.KAFKA:
        settings.broker.check()
        taken = publish_order(settings, order)
    else:
        taken = _to_files(settings, order, to, FileForm(out.value))
    if as_json:
        events = {topic: count for topic, count in taken.items() if topic != "claims"}
        print_json({"claims": taken["claims"], "seed": chosen, "profile": profile.value, "events": events})
    else:
        where = "published" if out is Out.KAFKA else f"written to {to}"
        data.print(f"{taken['claims']} claims {where}, seed {chosen}.")


def _to_files(settings: Settings, order: Order, folder: Path, form: FileForm) -> dict[str, int]:
    if order.start is None:
        msg = "Files need a first day."
        raise BadInputError(msg, "Give --start.")
    midnight = order.start
    stories = [story.story() for story in order.stories(midnight)]
    with Progress(console=words, transient=True) as progress:
        task = progress.add_task("generating claims", total=order.claims)

        def watched() -> Iterator[Part]:
            for part in synthetic_parts(settings, order):
                yield part
                progress.advance(task, part.truth.height)

        return dict(write_run(watched(), folder, form, stories))
