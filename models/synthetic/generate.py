"""generate: complete synthetic claims with their true denial probability."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from models.synthetic.conflicts import settle
from models.synthetic.encounters import Columns, draw_diagnoses, draw_encounters, draw_lines
from models.synthetic.events import EVENT_SCHEMA, event_frame
from models.synthetic.hazards import logits
from models.synthetic.identity import (
    PlainTokens,
    Sealing,
    Tokenizing,
    patient_tokens,
    seal_identities,
    sha256,
)
from models.synthetic.outcome import Outcome, adjudicate, solve_intercepts
from models.synthetic.paperwork import draw_paperwork
from models.synthetic.profiles import REASONS, profile_named
from models.synthetic.world import Numbers, the_world
from schemas.errors import BadInputError

_REFERENCE_CLAIMS = 20_000
_REFERENCE_SEED = 20_260_102
_EVENT_ID_HEX = 32


@dataclass(frozen=True)
class SyntheticClaims:
    """Generated claims.

    Attributes:
        events: Columns and types of the claims.submitted contract, ordered by submission.
        truth: event_id, denied (Boolean), reason (String, null when paid), true_p_denied (Float64).
    """

    events: pl.DataFrame
    truth: pl.DataFrame


@dataclass(frozen=True)
class Facts:
    """Everything drawn about claims and lines, and what came of it."""

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
    frame = event_frame(the_world(), facts.claims, facts.lines, start.astimezone(UTC), span)
    events = _identified(frame, facts.claims, seed, tenant_id, sealer, tokenizer or PlainTokens())
    reason = pl.Series([*REASONS, None], dtype=pl.String).gather(
        np.where(facts.outcome.denied, facts.outcome.reason, len(REASONS))
    )
    truth = events.select("event_id").with_columns(
        denied=pl.Series(facts.outcome.denied),
        reason=reason,
        true_p_denied=pl.Series(facts.outcome.true_p_denied),
    )
    return SyntheticClaims(events=events, truth=truth)


def draw_facts(claims: int, seed: int, profile: str) -> Facts:
    """Draw claims, lines and outcomes; `generate` turns them into events."""
    rng = np.random.default_rng(seed)
    drawn, lines = _draw(rng, claims)
    table = logits(the_world(), drawn, lines, profile_named(profile).signal)
    return Facts(drawn, lines, adjudicate(table, _intercepts(profile), rng))


def _draw(rng: np.random.Generator, count: int) -> tuple[Columns, Columns]:
    world = the_world()
    claims = draw_encounters(world, rng, count)
    claims |= draw_diagnoses(world, rng, claims)
    lines = draw_lines(world, rng, claims)
    claims |= draw_paperwork(world, rng, claims, lines)
    settle(world, claims, lines)
    return claims, lines


@lru_cache(maxsize=4)
def _intercepts(profile: str) -> Numbers:
    """Solve the intercepts once on a fixed sample, so that they do not depend on seed or number of claims."""
    claims, lines = _draw(np.random.default_rng(_REFERENCE_SEED), _REFERENCE_CLAIMS)
    return solve_intercepts(logits(the_world(), claims, lines, profile_named(profile).signal))


def _identified(
    frame: pl.DataFrame,
    drawn: Columns,
    seed: int,
    tenant_id: str,
    sealer: Sealing | None,
    tokens: Tokenizing,
) -> pl.DataFrame:
    count = frame.height
    names = [f"{tenant_id}:{seed}:{number}" for number in range(count)]
    claim_ids = [tokens.token(tenant_id, "claim", name) for name in names]
    patients = drawn["patient"].tolist()
    patient = patient_tokens(tokens, tenant_id, seed, patients)
    phi = None
    if sealer is not None:
        phi = seal_identities(sealer, tenant_id, seed, patients, claim_ids)
    return frame.with_columns(
        pl.Series("event_id", [sha256("event:" + name)[:_EVENT_ID_HEX] for name in names]),
        pl.Series("_hash", [sha256("raw:" + name) for name in names]),
        pl.lit(tenant_id).alias("tenant_id"),
        pl.Series("claim_id", claim_ids),
        pl.Series("patient_control_token", [tokens.token(tenant_id, "control", name) for name in names]),
        pl.Series("patient_token", [patient[number] for number in patients]),
        pl.Series("phi", phi, dtype=pl.Binary) if phi else pl.col("phi"),
    ).select(list(EVENT_SCHEMA))
