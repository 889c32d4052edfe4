"""generate: complete synthetic claims with their true denial probability."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from models.synthetic.conflicts import settle
from models.synthetic.encounters import Columns, Patients, draw_diagnoses, draw_encounters
from models.synthetic.events import EVENT_SCHEMA, event_frame
from models.synthetic.faults import fault_lists
from models.synthetic.hazards import logits
from models.synthetic.identity import (
    Identities,
    PatientNames,
    PlainTokens,
    Sealing,
    Tokenizing,
    account_number,
    sha256,
)
from models.synthetic.outcome import Outcome, adjudicate, solve_intercepts
from models.synthetic.paperwork import draw_paperwork
from models.synthetic.profiles import REASONS, profile_named
from models.synthetic.services import draw_lines
from models.synthetic.world import Index, Numbers, the_world
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.errors import BadInputError

_REFERENCE_CLAIMS = 20_000
_REFERENCE_SEED = 20_260_102
_EVENT_ID_HEX = 32


@dataclass(frozen=True)
class SyntheticClaims:
    """Generated claims.

    Attributes:
        events: Columns and types of the claims.submitted contract, ordered by submission.
        truth: event_id, denied (Boolean), reason (as stated, String, null when paid), true_p_denied (Float64), cause
            (true first cause, String, null when paid), faults (planted faults, List(String), empty for a clean claim).
    """

    events: pl.DataFrame
    truth: pl.DataFrame


@dataclass(frozen=True)
class Facts:
    """Everything drawn about claims and lines, and what came of it."""

    patients: Patients
    claims: Columns
    lines: Columns
    outcome: Outcome


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
) -> SyntheticClaims:
    """Generate claims; the same arguments give the same claims (sealed bytes apart).

    Args:
        claims: Number of claims, at least 1.
        seed: Seed of all draws; payers, providers and codes are the same for every seed.
        start: Instant of the first submission, aware; services lie before each submission.
        tenant_id: Tenant of the events.
        profile: seed (strong signals) or field (signals as weak as in real claim lines).
        span: Time over which the submissions are spread; zero puts them one millisecond apart.
        sealer: Seals a canary identity into `phi`; None leaves `phi` null.
        tokenizer: Makes the tokens; None uses plain SHA-256 of synthetic ids.

    Raises:
        BadInputError: No claims asked for, an unknown profile, or a start without time zone.
    """
    if claims < 1 or start.tzinfo is None:
        msg = "Synthetic claims need a positive number and a start with a time zone."
        raise BadInputError(msg, "Ask for at least one claim and give the start in UTC.")
    facts = draw_facts(claims, seed, profile)
    people = facts.patients
    names = Identities(
        tenant_id,
        seed,
        tokenizer or PlainTokens(),
        sealer,
        PatientNames(people.seed, people.columns["age"], people.columns["sex"]),
    )
    frame = event_frame(the_world(), facts.claims, facts.lines, start.astimezone(UTC), span)
    events = _identified(frame, facts.claims["patient"], names)
    outcome = facts.outcome
    truth = events.select("event_id").with_columns(
        denied=pl.Series(outcome.denied),
        reason=_named(outcome.reason),
        true_p_denied=pl.Series(outcome.true_p_denied),
        cause=_named(outcome.cause),
        faults=fault_lists(facts.claims, facts.lines),
    )
    return SyntheticClaims(events=events, truth=truth)


def _named(reason: Index) -> pl.Series:
    return pl.Series([*REASONS, None], dtype=pl.String).gather(np.where(reason < 0, len(REASONS), reason))


def draw_facts(claims: int, seed: int, profile: str) -> Facts:
    """Draw claims, lines and outcomes; `generate` turns them into events."""
    rng = np.random.default_rng(seed)
    people = Patients.draw(the_world(), seed, max(1, claims // 2))
    drawn, lines = _draw(rng, claims, people)
    table = logits(the_world(), drawn, lines, profile_named(profile).signal)
    return Facts(people, drawn, lines, adjudicate(table, _intercepts(profile), rng))


def _draw(rng: np.random.Generator, count: int, patients: Patients) -> tuple[Columns, Columns]:
    world = the_world()
    claims = draw_encounters(world, rng, count, patients)
    claims |= draw_diagnoses(world, rng, claims)
    lines = draw_lines(world, rng, claims)
    claims |= draw_paperwork(world, rng, claims, lines)
    settle(world, claims, lines)
    return claims, lines


@lru_cache(maxsize=4)
def _intercepts(profile: str) -> Numbers:
    """Solve the intercepts once on a fixed sample, so that they do not depend on seed or number of claims."""
    people = Patients.draw(the_world(), _REFERENCE_SEED, _REFERENCE_CLAIMS // 2)
    claims, lines = _draw(np.random.default_rng(_REFERENCE_SEED), _REFERENCE_CLAIMS, people)
    return solve_intercepts(logits(the_world(), claims, lines, profile_named(profile).signal))


def _identified(frame: pl.DataFrame, patient: Index, names: Identities) -> pl.DataFrame:
    """Add ids, tokens and the sealed identity."""
    keys = [f"{names.tenant_id}:{names.seed}:{number}" for number in range(frame.height)]
    accounts = [account_number(names.seed, number) for number in range(frame.height)]
    who = [names.patient(number) for number in patient.tolist()]
    told = frame.select("billing_npi", "payer_sequence", "frequency_code", pl.col("service_from").cast(pl.String))
    claim_ids = [
        names.claim_id(billing, account, token, tuple(rest))
        for (billing, *rest), account, (token, _) in zip(told.iter_rows(), accounts, who, strict=True)
    ]
    phi: list[bytes | None] = [None] * frame.height
    if names.sealer is not None:
        phi = [
            names.sealed({"account_number": account, "subscriber": person}, CLAIMS_SUBMITTED.name, claim_id)
            for account, (_, person), claim_id in zip(accounts, who, claim_ids, strict=True)
        ]
    return frame.with_columns(
        pl.Series("event_id", [sha256("event:" + key)[:_EVENT_ID_HEX] for key in keys]),
        pl.Series("_hash", [sha256("raw:" + key) for key in keys]),
        pl.lit(names.tenant_id).alias("tenant_id"),
        pl.Series("claim_id", claim_ids),
        pl.Series("patient_control_token", [names.control(account) for account in accounts]),
        pl.Series("patient_token", [token for token, _ in who]),
        pl.Series("phi", phi, dtype=pl.Binary),
    ).select(list(EVENT_SCHEMA))
