"""Synthetic claims on order: generated in batches or day by day, sealed with the installation's keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from rich.progress import Progress

from claimstream.console import words
from claimstream.local.keyring import ensure_keyring
from claimstream.settings import Settings
from models.synthetic import generate
from models.synthetic.scenarios.named import scenario_named
from models.synthetic.scenarios.scenario import Scenario
from models.synthetic.simulation import Plan, simulate
from schemas.phi import Keyring, RepeatableSealer, Tokenizer
from schemas.registry import schema_ids
from streams.publish import AckPublisher, ClaimPublisher, RemitPublisher

CLAIMS_PER_BATCH = 10_000
_SEED_STEP = 1_000_003


@dataclass(frozen=True)
class Order:
    """What to generate.

    Attributes:
        claims: Number of claims.
        seed: The same seed gives the same claims.
        profile: seed or field.
        start: Instant of the first claim, UTC; null for now.
        with_outcomes: Whether to make acknowledgements, remittances and second attempts too.
        days: Spread the claims over so many simulated days; 0 submits them one millisecond apart.
        scenarios: Planted stories, as `scenario_named` takes them.
    """

    claims: int
    seed: int
    profile: str = "seed"
    start: datetime | None = None
    with_outcomes: bool = False
    days: int = 0
    scenarios: tuple[str, ...] = ()

    def stories(self, start: datetime) -> tuple[Scenario, ...]:
        """Return the planted stories of a run that starts then.

        Raises:
            BadInputError: A scenario is not named rightly.
        """
        return tuple(scenario_named(text, start) for text in self.scenarios)


@dataclass(frozen=True)
class Part:
    """Part of a run.

    Attributes:
        claims: Columns of claims.submitted.
        acks: Columns of acks.received; null without outcomes.
        remits: Columns of remits.received; null without outcomes.
        truth: Truth of first submissions, as in SyntheticClaims.
        journey: Truth of decisions, as in Aftermath; null without outcomes.
    """

    claims: pl.DataFrame
    acks: pl.DataFrame | None
    remits: pl.DataFrame | None
    truth: pl.DataFrame
    journey: pl.DataFrame | None

    @property
    def counts(self) -> dict[str, int]:
        """Number of events by topic."""
        frames = {"claims.submitted": self.claims, "acks.received": self.acks, "remits.received": self.remits}
        return {topic: frame.height for topic, frame in frames.items() if frame is not None}


def synthetic_parts(settings: Settings, order: Order) -> Iterator[Part]:
    """Yield a run in parts: batches of claims, or days where the order names some.

    Raises:
        BadInputError: A scenario or the profile is not named rightly.
    """
    ensure_keyring(settings.keyring_path)
    keyring = Keyring.load(settings.keyring_path)
    sealer, tokenizer = RepeatableSealer(keyring), Tokenizer(keyring)
    start = order.start or datetime.now(UTC)
    if order.days:
        yield from _by_day(settings, order, start, (sealer, tokenizer))
        return
    stories = order.stories(start)
    for number, first in enumerate(range(0, order.claims, CLAIMS_PER_BATCH)):
        made = generate(
            min(CLAIMS_PER_BATCH, order.claims - first),
            order.seed + _SEED_STEP * number,  # a batch of its own seed: any number of claims in constant memory
            start=start,
            tenant_id=settings.claimstream_tenant,
            profile=order.profile,
            sealer=sealer,
            tokenizer=tokenizer,
            with_outcomes=order.with_outcomes,
            scenarios=stories,
            batch=number,
        )
        after = made.after
        if after is None:
            yield Part(made.events, None, None, made.truth, None)
        else:
            yield Part(after.submissions, after.acks, after.remits, made.truth, after.journey)


def _by_day(
    settings: Settings, order: Order, start: datetime, secrets: tuple[RepeatableSealer, Tokenizer]
) -> Iterator[Part]:
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    plan = Plan(
        claims_per_day=max(1, round(order.claims / order.days)),
        seed=order.seed,
        first_day=midnight.date(),
        profile=order.profile,
        scenarios=order.stories(midnight),
        tenant_id=settings.claimstream_tenant,
        patients=max(100, order.claims // 2),
    )
    for day in simulate(plan, order.days, drain=order.with_outcomes, sealer=secrets[0], tokenizer=secrets[1]):
        if order.with_outcomes:
            yield Part(day.submissions, day.acks, day.remits, day.truth, day.journey)
        else:
            first = day.submissions.filter(pl.col("event_id").is_in(day.truth["event_id"].implode()))
            yield Part(first, None, None, day.truth, None)


def synthetic_batches(settings: Settings, claims: int, seed: int, profile: str) -> Iterator[pl.DataFrame]:
    """Yield sealed synthetic claims in batches; the same settings and seed give the same claims."""
    for part in synthetic_parts(settings, Order(claims, seed, profile)):
        yield part.claims


def publish_synthetic(settings: Settings, claims: int, seed: int, profile: str = "seed") -> int:
    """Publish synthetic claims and return how many the broker took.

    Raises:
        DependencyError: The broker is away.
    """
    return publish_order(settings, Order(claims, seed, profile))["claims.submitted"]


def publish_order(settings: Settings, order: Order) -> dict[str, int]:
    """Publish a run and return how many claims were made and events of each topic the broker took.

    Raises:
        BadInputError: The order cannot be made.
        DependencyError: The broker is away.
    """
    ids = schema_ids(settings.schema_registry_url)
    claims = ClaimPublisher(settings.broker, ids)
    acks, remits = AckPublisher(settings.broker, ids), RemitPublisher(settings.broker, ids)
    with Progress(console=words, transient=True) as progress:
        task = progress.add_task("publishing claims", total=order.claims)
        made = 0
        for part in synthetic_parts(settings, order):
            claims.publish(part.claims)
            if part.acks is not None and part.remits is not None:
                acks.publish(part.acks)
                remits.publish(part.remits)
            made += part.truth.height
            progress.advance(task, part.truth.height)
        taken = {"claims": made, "claims.submitted": claims.flush()}
        if order.with_outcomes:
            taken |= {"acks.received": acks.flush(), "remits.received": remits.flush()}
        return taken
