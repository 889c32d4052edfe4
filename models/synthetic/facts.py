"""Facts: everything drawn about claims, before they are events."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.synthetic.conflicts import settle
from models.synthetic.encounters import Columns, Patients, draw_diagnoses, draw_encounters
from models.synthetic.hazards import logits
from models.synthetic.outcome import Outcome, adjudicate, solve_intercepts
from models.synthetic.paperwork import draw_paperwork
from models.synthetic.profiles import profile_named
from models.synthetic.services import draw_lines
from models.synthetic.world import Numbers, the_world

_REFERENCE_CLAIMS = 20_000
_REFERENCE_SEED = 20_260_102


@dataclass(frozen=True)
class Facts:
    """Everything drawn about claims and lines, and what came of it.

    Attributes:
        patients: The people treated.
        claims: Facts by claim.
        lines: Facts by line, sorted by claim.
        outcome: The first adjudication.
    """

    patients: Patients
    claims: Columns
    lines: Columns
    outcome: Outcome


def draw_facts(claims: int, seed: int, profile: str, patients: Patients | None = None) -> Facts:
    """Draw claims, lines and outcomes; `generate` turns them into events.

    Args:
        claims: Number of claims.
        seed: Seed of all draws.
        profile: seed or field.
        patients: The people treated; null draws half as many people as claims.
    """
    rng = np.random.default_rng(seed)
    people = patients or Patients.draw(the_world(), seed, max(1, claims // 2))
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
