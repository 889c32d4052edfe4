"""The profiles: what is offered, to what, and under which name the result is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from claimstream.settings import Settings
from loadtest.bench import Bench, BenchPlan
from loadtest.claims import Shape
from loadtest.machine import described
from loadtest.stage import stage_alone
from loadtest.state import state_sizes
from loadtest.whole import whole_system

SUSTAINED_RATE = 6_667.0
SUSTAINED_SECONDS = 300
STATE_KEYS = (0, 100_000, 1_000_000, 10_000_000)
STAGE_COUNTS = (1, 2, 4)
AT_ONCE = 1e6
"""Claims a second, faster than a broker takes them."""

Result = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """What a person may change of a profile.

    Attributes:
        claims: Number of claims; 0 takes the profile's own.
        rate: Claims a second; 0 takes the profile's own.
        seconds: How long to offer claims at a rate; 0 takes the profile's own.
        seed: Seed of the claims.
        bootstrap: Broker to use.
        kafka: Whether to start an Apache Kafka.
        clickhouse: ClickHouse to use.
        correlation: Whether correlation runs, too.
        store: Whether sink and ClickHouse run where the profile has them.
        keep: Where to leave what a run writes; None removes it.
    """

    claims: int = 0
    rate: float = 0.0
    seconds: int = 0
    seed: int = 7
    bootstrap: str = ""
    kafka: bool = False
    clickhouse: str = ""
    correlation: bool = False
    store: bool = True
    keep: Path | None = None


@dataclass(frozen=True)
class Profile:
    """A measurement with a name.

    Attributes:
        name: Its name.
        about: What it shows, in one sentence.
        run: Runs it.
    """

    name: str
    about: str
    run: Callable[[Settings, Options], Result]


def plan_of(profile: BenchPlan, options: Options) -> BenchPlan:
    """Return the plan of a profile as a person changed it.

    A rate with a number of seconds decides how many claims there are; so does a profile's own rate.
    """
    rate = options.rate or profile.rate
    claims = options.claims or profile.claims
    if rate and (options.seconds or (profile.rate and not options.claims)):
        claims = round(rate * (options.seconds or SUSTAINED_SECONDS))
    return replace(
        profile,
        claims=claims,
        rate=rate,
        seed=options.seed,
        bootstrap=options.bootstrap,
        kafka=options.kafka,
        clickhouse=options.clickhouse,
        correlation=options.correlation,
        store=profile.store and options.store,
        keep=options.keep,
    )


def _system(plan: BenchPlan) -> Callable[[Settings, Options], Result]:
    return lambda settings, options: Bench(settings, plan_of(plan, options)).run().to_json()


def _scale(settings: Settings, options: Options) -> Result:
    """Offer all claims once every stage has its partitions: else the first does the work of those that start."""
    plan = plan_of(BenchPlan(400_000, store=False, partitions=max(STAGE_COUNTS), profile="scale"), options)
    plan = replace(plan, rate=AT_ONCE)
    runs = [Bench(settings, replace(plan, stages=stages)).run().to_json() for stages in STAGE_COUNTS]
    return described({"profile": "scale", "claims": plan.claims, "runs": runs})


def _stage(settings: Settings, options: Options) -> Result:
    return described(stage_alone(settings, options.claims or 100_000, options.seed))


def _state(settings: Settings, options: Options) -> Result:
    return described(state_sizes(settings, STATE_KEYS, options.claims or 100_000, options.seed))


def _whole(settings: Settings, options: Options) -> Result:
    claims = options.claims or 10_000
    made = whole_system(
        settings, claims, options.seed, kafka=options.kafka, bootstrap=options.bootstrap, keep=options.keep
    )
    return described(made)


_ALL = (
    Profile(
        "burst",
        "100,000 claims lie on the topic when the stage starts; everything runs.",
        _system(BenchPlan(100_000, profile="burst")),
    ),
    Profile(
        "sustained",
        "6,667 claims a second for five minutes; everything runs, latency counts from when a claim was due.",
        _system(BenchPlan(0, rate=SUSTAINED_RATE, profile="sustained")),
    ),
    Profile(
        "max",
        "300,000 claims lie on the topic; broker and one stage alone: the most that one stage takes.",
        _system(BenchPlan(300_000, store=False, profile="max")),
    ),
    Profile(
        "skewed",
        "100,000 claims of which four fifths lie on one partition of four; two stages, everything runs.",
        _system(BenchPlan(100_000, shape=Shape.SKEWED, stages=2, partitions=4, profile="skewed")),
    ),
    Profile(
        "large-claims",
        "10,000 claims of fifty lines; everything runs.",
        _system(BenchPlan(10_000, shape=Shape.LARGE, profile="large-claims")),
    ),
    Profile("scale", "400,000 claims, broker and one, two and four stages.", _scale),
    Profile("stage", "The stage alone in one process without a broker: what a claim costs by step.", _stage),
    Profile(
        "whole",
        "10,000 claims with all that comes back about them; everything runs until the lineages balance.",
        _whole,
    ),
    Profile("state", "The stage alone over a history of nothing to ten million keys.", _state),
)

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in _ALL}


def is_bad(result: Result) -> bool:
    """Tell whether a claim was lost or counted twice in a result."""
    return any(run.get("lost") or run.get("duplicated") for run in (result, *result.get("runs", ())))
