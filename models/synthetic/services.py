"""Service lines of each encounter: codes, units, charges and days."""

from __future__ import annotations

import numpy as np

from models.synthetic.encounters import Columns, fits_patient
from models.synthetic.kinds import MOST_LINES, the_kinds
from models.synthetic.world import Codes, Index, Numbers, World

_SPARE_CODE, _SPARE_DENTAL = "99213", "D0120"
_PANEL, _PANEL_PART = "80053", "80048"
_COPIED_SHARE, _UNBUNDLED_SHARE = 0.013, 0.07
# Usual units; every other code is billed once.
_UNITS: dict[str, tuple[int, ...]] = {
    "97110": (1, 1, 2, 2, 3),
    "97112": (1, 1, 2),
    "97140": (1, 1, 2),
    "97530": (1, 1, 2),
    "97535": (1, 1, 2),
    "17003": (1, 2, 3, 4, 6),
    "96415": (1, 1, 2),
    "99417": (1, 1, 2),
    "99292": (1, 1, 2),
    "11045": (1, 1, 2),
    "J1885": (1, 2, 2, 4),
    "J0696": (1, 2, 4),
    "J1100": (4, 8, 10),
    "J2405": (4, 8),
    "J3301": (1, 2, 4),
}
_ROUND_TO_CENTS = 5


def draw_lines(world: World, rng: np.random.Generator, claims: Columns) -> Columns:
    """Draw the service lines, sorted by claim.

    A code occurs once a claim and day, apart from planned duplicates and panels billed twice.

    Returns:
        One value a line: claim (index), code, family, units, charge_cents, day (days after the first), mark (index
        into MARKS), duplicate, panel_part.
    """
    claim, code, day, mark = _encounter_lines(world, rng, claims)
    claim, code, day, mark, duplicate, part = _with_faults(world, rng, (claim, code, day, mark), claims)
    family = family_of(world.procedures)[code]
    units = _draw_units(world.procedures, rng, code)
    units = np.where(duplicate, np.roll(units, 1), units)
    spread = np.exp(rng.normal(0, 0.15, len(claims["kind"])))[claim]
    price = world.procedures.charge_cents[code] * spread
    charge = np.maximum((price * units / _ROUND_TO_CENTS).round() * _ROUND_TO_CENTS, _ROUND_TO_CENTS)
    return {
        "claim": claim,
        "code": code,
        "family": family,
        "units": units,
        "charge_cents": charge.astype(np.int64),
        "day": day,
        "mark": mark,
        "duplicate": duplicate,
        "panel_part": part,
    }


def _encounter_lines(world: World, rng: np.random.Generator, claims: Columns) -> tuple[Index, Index, Index, Index]:
    kinds, codes = the_kinds(), world.procedures
    kind, new = claims["kind"], claims["new_patient"].astype(np.int64)
    count = len(kind)
    present = rng.random((count, MOST_LINES)) < kinds.share[kind]
    claim, slot = np.nonzero(present)
    cell = (new[claim], kind[claim], slot)
    number = (rng.random(len(claim)) * kinds.codes.size[cell]).astype(np.int64)
    age, sex = claims["age"][claim], claims["sex"][claim]
    code = kinds.codes.take(cell, number)
    fits = fits_patient(codes, code, age, sex)
    for step in range(1, MOST_LINES):
        if fits.all():
            break
        other = kinds.codes.take(cell, number + step)
        better = ~fits & fits_patient(codes, other, age, sex)
        code, fits = np.where(better, other, code), fits | better
    day, mark = kinds.day[kind[claim], slot], kinds.mark[kind[claim], slot]
    claim, code, day, mark = claim[fits], code[fits], day[fits], mark[fits]
    empty = np.setdiff1d(np.arange(count), claim)
    spare = np.where(claims["claim_type"][empty] == 2, _place(codes, _SPARE_DENTAL), _place(codes, _SPARE_CODE))
    nothing = np.zeros(len(empty), dtype=np.int64)
    parts = ((claim, empty), (code, spare), (day, nothing), (mark, nothing))
    claim, code, day, mark = (np.concatenate(pair) for pair in parts)
    order = np.argsort(claim, kind="stable")
    claim, code, day, mark = claim[order], code[order], day[order], mark[order]
    _, keep = np.unique((claim * 10_000 + code) * 10 + day, return_index=True)
    keep = np.sort(keep)
    return claim[keep], code[keep], day[keep], mark[keep]


def _with_faults(
    world: World, rng: np.random.Generator, lines: tuple[Index, Index, Index, Index], claims: Columns
) -> tuple[Index, Index, Index, Index, np.ndarray, np.ndarray]:
    """Copy some lines, and bill the smaller panel beside the larger one here and there."""
    claim, code, day, mark = lines
    size = len(claim)
    per_line = _COPIED_SHARE * len(claims["kind"]) / max(size, 1)
    copied = np.flatnonzero(rng.random(size) < per_line)
    panel = np.flatnonzero((code == _place(world.procedures, _PANEL)) & (rng.random(size) < _UNBUNDLED_SHARE))
    source = np.concatenate([np.arange(size), copied, panel])
    rank = np.repeat([0, 1, 2], [size, len(copied), len(panel)])
    order = np.lexsort((rank, source))
    source, rank = source[order], rank[order]
    code = np.where(rank == 2, _place(world.procedures, _PANEL_PART), code[source])
    return claim[source], code, day[source], mark[source], rank == 1, rank == 2


def _draw_units(codes: Codes, rng: np.random.Generator, code: Index) -> Numbers:
    draw = rng.random(len(code))
    units = np.ones(len(code))
    for name, usual in _UNITS.items():
        rows = code == _place(codes, name)
        units[rows] = np.array(usual)[(draw[rows] * len(usual)).astype(np.int64)]
    return units


def _place(codes: Codes, name: str) -> int:
    return int(np.argmax(codes.code == name))


def family_of(codes: Codes) -> Index:
    """Return the family of every code."""
    result: Index = np.repeat(np.arange(len(codes.size)), codes.size)
    return result
