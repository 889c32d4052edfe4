"""generate: complete synthetic claims with their true denial probability, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from models.synthetic.after.follow import Aftermath, follow
from models.synthetic.encounters import Patients
from models.synthetic.events import event_frame, spread
from models.synthetic.facts import Facts, draw_facts
from models.synthetic.faults import fault_lists
from models.synthetic.identity import Identities, PatientNames, PlainTokens, Sealing, Tokenizing
from models.synthetic.naming import identified
from models.synthetic.profiles import REASONS
from models.synthetic.scenarios.scenario import Scenario
from models.synthetic.world import Index, state_names, the_world
from schemas.errors import BadInputError


@dataclass(frozen=True)
class SyntheticClaims:
    """Generated claims.

    Attributes:
        events: Columns and types of the claims.submitted contract, ordered by submission; first submissions only.
        truth: event_id, denied (Boolean), reason (as stated, String, null when paid), true_p_denied (Float64), cause
            (true first cause, String, null when paid), faults (planted faults, List(String), empty for a clean claim).
        after: Later submissions, acknowledgements and remittances; null unless they were asked for.
        stories: Truth of the planted stories, one row each: see `Scenario.story`.
    """

    events: pl.DataFrame
    truth: pl.DataFrame
    after: Aftermath | None = None
    stories: tuple[dict[str, object], ...] = ()


def generate(  # noqa: PLR0913 - a fixed interface of independent options
    claims: int,
    seed: int,
    *,
    start: datetime,
    tenant_id: str = "demo",
    profile: str = "seed",
    span: timedelta = timedelta(0),
    sealer: Sealing | None = None,
    tokenizer: Tokenizing | None = None,
    with_outcomes: bool = False,
    scenarios: Sequence[Scenario] = (),
    patients: Patients | None = None,
    batch: int = 0,
) -> SyntheticClaims:
    """Generate claims; the same arguments give the same claims.

    Args:
        claims: Number of claims, at least 1.
        seed: Seed of all draws; payers, providers and codes are the same for every seed.
        start: Instant of the first submission, aware; services lie before each submission.
        tenant_id: Tenant of the events.
        profile: seed (strong signals) or field (signals as weak as in real claim lines).
        span: Time over which the submissions are spread; zero puts them one millisecond apart.
        sealer: Seals a canary identity into `phi`; None leaves `phi` null.
        tokenizer: Makes the tokens; None uses plain SHA-256 of synthetic ids.
        with_outcomes: Whether to make acknowledgements, remittances and second attempts too.
        scenarios: Planted stories.
        patients: The people treated; null draws half as many people as claims.
        batch: Number that keeps the control numbers of several calls apart.

    Raises:
        BadInputError: No claims asked for, an unknown profile, or a start without time zone.
    """
    if claims < 1 or start.tzinfo is None:
        msg = "Synthetic claims need a positive number and a start with a time zone."
        raise BadInputError(msg, "Ask for at least one claim and give the start in UTC.")
    facts = draw_facts(claims, seed, profile, patients)
    people = facts.patients
    areas = list(zip(*state_names(), strict=True))
    lives_in = [areas[number] for number in people.columns["state"].tolist()]
    patient_names = PatientNames(people.seed, people.columns["age"], people.columns["sex"], lives_in)
    names = Identities(tenant_id, seed, tokenizer or PlainTokens(), sealer, patient_names)
    frame = event_frame(the_world(), facts.claims, facts.lines, spread(claims, start.astimezone(UTC), span))
    events = identified(frame, facts.claims["patient"], names)
    for scenario in scenarios:
        facts = replace(facts, outcome=scenario.adjudicate(facts.outcome, events, seed))
    after = follow(facts, events, names, scenarios=scenarios, batch=batch) if with_outcomes else None
    stories = tuple(scenario.story() for scenario in scenarios)
    return SyntheticClaims(events, _truth(facts, events), after, stories)


def _truth(facts: Facts, events: pl.DataFrame) -> pl.DataFrame:
    outcome = facts.outcome
    return events.select("event_id").with_columns(
        denied=pl.Series(outcome.denied),
        reason=_named(outcome.reason),
        true_p_denied=pl.Series(outcome.true_p_denied),
        cause=_named(outcome.cause),
        faults=fault_lists(facts.claims, facts.lines),
    )


def _named(reason: Index) -> pl.Series:
    return pl.Series([*REASONS, None], dtype=pl.String).gather(np.where(reason < 0, len(REASONS), reason))
