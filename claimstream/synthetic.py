"""Publish synthetic claims: generated, sealed and sent in batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
from rich.progress import Progress

from claimstream.console import words
from claimstream.local.stack import ensure_keyring
from claimstream.settings import Settings
from models.synthetic import generate
from schemas.phi import Keyring, Sealer, Tokenizer
from schemas.registry import schema_ids
from streams.publish import ClaimPublisher

CLAIMS_PER_BATCH = 10_000


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
