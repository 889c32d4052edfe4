"""claimstream generate: publish synthetic claims."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import polars as pl
import typer
from rich.progress import Progress

from claimstream.cli.output import JsonOption, data, print_json, words
from claimstream.local.stack import ensure_keyring
from claimstream.settings import Settings
from models.synthetic import generate
from schemas.phi import Keyring, Sealer, Tokenizer
from schemas.registry import schema_ids
from streams.publish import ClaimPublisher

CLAIMS_PER_BATCH = 10_000


def generate_claims(
    claims: Annotated[int, typer.Option(min=1, help="How many claims.")] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same claims.")] = 1,
    profile: Annotated[str, typer.Option(help="seed (strong signals) or field (weak ones).")] = "seed",
    as_json: JsonOption = False,
) -> None:
    """Publish synthetic claims: no real person, payer or provider."""
    if profile not in {"seed", "field"}:
        msg = "choose seed or field"
        raise typer.BadParameter(msg, param_hint="--profile")
    settings = Settings()
    settings.broker.check()
    published = publish_synthetic(settings, claims, seed, profile)
    if as_json:
        print_json({"claims": published, "seed": seed, "profile": profile})
    else:
        data.print(f"{published} claims published.")


def publish_synthetic(settings: Settings, claims: int, seed: int, profile: str = "seed") -> int:
    """Publish synthetic claims and return how many the broker took.

    Raises:
        DependencyError: The broker is away.
    """
    ensure_keyring(settings.keyring_path)
    publisher = ClaimPublisher(settings.broker, schema_ids(settings.schema_registry_url))
    with Progress(console=words, transient=True) as progress:
        task = progress.add_task("publishing claims", total=claims)
        for events in synthetic_batches(settings, claims, seed, profile):
            publisher.publish(events)
            progress.advance(task, events.height)
        return publisher.flush()


def synthetic_batches(settings: Settings, claims: int, seed: int, profile: str) -> Iterator[pl.DataFrame]:
    """Yield sealed synthetic events in batches; the same settings and seed give the same claims."""
    keyring = Keyring.load(settings.keyring_path)
    sealer, tokenizer = Sealer(keyring), Tokenizer(keyring)
    start = datetime.now(UTC)
    for number, first in enumerate(range(0, claims, CLAIMS_PER_BATCH)):
        made = generate(
            min(CLAIMS_PER_BATCH, claims - first),
            seed + 1_000_003 * number,  # a batch of its own seed: any number of claims in constant memory
            start=start,
            tenant_id=settings.claimstream_tenant,
            profile=profile,
            sealer=sealer,
            tokenizer=tokenizer,
        )
        yield made.events
