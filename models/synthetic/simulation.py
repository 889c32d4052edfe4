"""simulate: claims, acknowledgements and remittances day after day, for as many days as wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from models.synthetic.encounters import Patients
from models.synthetic.generate import SyntheticClaims, generate
from models.synthetic.identity import Sealing, Tokenizing
from models.synthetic.scenarios.scenario import Scenario
from models.synthetic.world import the_world

_SEED_STEP = 1_000_003
_FIRST_HOUR, _HOURS = 6, 13
# Share of a full day by weekday, Monday first.
_WEEKDAY_SHARES = (1.1, 1.05, 1.0, 1.0, 0.95, 0.2, 0.1)
_INSTANTS = {"submissions": "submitted_at", "acks": "received_at", "remits": "received_at"}


@dataclass(frozen=True)
class Plan:
    """What to simulate.

    Attributes:
        claims_per_day: First submissions on an ordinary weekday.
        seed: Seed of everything.
        first_day: First day of submissions.
        profile: seed or field.
        scenarios: Planted stories; their `start` should be midnight of the first day.
        tenant_id: Tenant of the events.
        patients: How many people the practice treats.
    """

    claims_per_day: int
    seed: int
    first_day: date
    profile: str = "seed"
    scenarios: Sequence[Scenario] = ()
    tenant_id: str = "demo"
    patients: int = 20_000


@dataclass(frozen=True)
class Day:
    """What happens on a day, each frame in order of time.

    Attributes:
        day: The day (UTC).
        submissions: Columns of claims.submitted: first and later submissions of the day.
        acks: Columns of acks.received.
        remits: Columns of remits.received.
        truth: Truth of the day's first submissions, as in SyntheticClaims.
        journey: Their whole journey, as in Aftermath.
    """

    day: date
    submissions: pl.DataFrame
    acks: pl.DataFrame
    remits: pl.DataFrame
    truth: pl.DataFrame
    journey: pl.DataFrame


@dataclass
class _Pending:
    """Events that lie in the future, by kind."""

    frames: dict[str, pl.DataFrame] = field(default_factory=dict)

    def add(self, made: SyntheticClaims) -> None:
        assert made.after is not None  # noqa: S101 - asked for
        for kind in _INSTANTS:
            new = getattr(made.after, kind)
            self.frames[kind] = pl.concat([self.frames[kind], new]) if kind in self.frames else new

    def take(self, until: datetime) -> dict[str, pl.DataFrame]:
        """Return what happens before an instant, in order of time, and keep the rest."""
        taken = {}
        for kind, instant in _INSTANTS.items():
            frame = self.frames[kind]
            before = frame[instant] < until
            taken[kind] = frame.filter(before).sort(instant, maintain_order=True)
            self.frames[kind] = frame.filter(~before)
        return taken

    @property
    def height(self) -> int:
        return sum(frame.height for frame in self.frames.values())


def simulate(
    plan: Plan,
    days: int | None = None,
    *,
    drain: bool = False,
    sealer: Sealing | None = None,
    tokenizer: Tokenizing | None = None,
) -> Iterator[Day]:
    """Yield day after day; the same plan gives the same days.

    Every claim is submitted, acknowledged and paid at its own simulated instant: an event of a day may belong to a
    claim of weeks before. Memory holds what is still to come, not what has been.

    Args:
        plan: What to simulate.
        days: Days with new claims; null for no end.
        drain: Whether to go on without new claims until everything has been answered.
        sealer: As in `generate`.
        tokenizer: As in `generate`.
    """
    people = Patients.draw(the_world(), plan.seed, plan.patients)
    pending, number, day = _Pending(), 0, plan.first_day
    while days is None or number < days:
        made = _claims_of(plan, number, day, people, (sealer, tokenizer))
        pending.add(made)
        assert made.after is not None  # noqa: S101 - asked for
        yield Day(day, **pending.take(_midnight(day) + timedelta(days=1)), truth=made.truth, journey=made.after.journey)
        number, day = number + 1, day + timedelta(days=1)
    while drain and pending.height:
        made_none = _claims_of(plan, 0, plan.first_day, people, (None, None))
        assert made_none.after is not None  # noqa: S101 - asked for
        empty, no_journey = made_none.truth.clear(), made_none.after.journey.clear()
        while pending.height:
            yield Day(day, **pending.take(_midnight(day) + timedelta(days=1)), truth=empty, journey=no_journey)
            day += timedelta(days=1)


def _claims_of(
    plan: Plan, number: int, day: date, people: Patients, secrets: tuple[Sealing | None, Tokenizing | None]
) -> SyntheticClaims:
    count = max(1, round(plan.claims_per_day * _WEEKDAY_SHARES[day.weekday()]))
    return generate(
        count,
        plan.seed * _SEED_STEP + number,
        start=_midnight(day) + timedelta(hours=_FIRST_HOUR),
        span=timedelta(hours=_HOURS),
        tenant_id=plan.tenant_id,
        profile=plan.profile,
        sealer=secrets[0],
        tokenizer=secrets[1],
        with_outcomes=True,
        scenarios=plan.scenarios,
        patients=people,
        batch=number,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
