"""Who is treated by whom, under which plan, and for what: the first half of a claim."""

from __future__ import annotations

import numpy as np

from models.synthetic.specialties import DENTIST, FAMILY_INDEX, HOSPITAL
from models.synthetic.world import Codes, Flags, Index, Numbers, Texts, World, family_mix, state_names

Columns = dict[str, np.ndarray]
"""Arrays of equal length by name."""

_LINE_COUNT_SHARES = (0.20, 0.22, 0.20, 0.15, 0.10, 0.06, 0.04, 0.03)
_REDRAWS = 6
# Weights of payer types below 65 and from 65 on.
_TYPE_WEIGHTS = {
    "commercial": (0.55, 0.08),
    "medicaid": (0.20, 0.05),
    "exchange": (0.13, 0.0),
    "medicare": (0.03, 0.45),
    "medicare_advantage": (0.02, 0.42),
    "tricare": (0.03, 0.0),
    "workers_comp": (0.02, 0.0),
    "other": (0.02, 0.0),
}
_DENTAL_PAYER = "CSDEN01"


def draw_encounters(world: World, rng: np.random.Generator, claims: int) -> Columns:
    """Draw patient, provider, payer and main procedure family of each claim.

    Returns:
        One value a claim: claim_type (0 professional, 1 institutional, 2 dental), provider, payer, patient,
        age, sex, state, family, second_family and the like.
    """
    kind = rng.choice(3, claims, p=(0.88, 0.08, 0.04))
    specialty_of = world.providers["specialty"].to_numpy()
    everyone = np.arange(len(specialty_of))
    doctors = everyone[(specialty_of != DENTIST) & (specialty_of != HOSPITAL)]
    provider = rng.choice(doctors, claims)
    provider = np.where(kind == 1, rng.choice(everyone[specialty_of == HOSPITAL], claims), provider)
    provider = np.where(kind == 2, rng.choice(everyone[specialty_of == DENTIST], claims), provider)
    patients = _draw_patients(world, rng, max(1, claims // 2))
    patient = rng.integers(0, len(patients["age"]), claims)
    columns: Columns = {name: values[patient] for name, values in patients.items()}
    dental_payer = int(np.argmax((world.payers["payer_id"] == _DENTAL_PAYER).to_numpy()))
    columns["payer"] = np.where(kind == 2, dental_payer, columns["payer"])
    mix = np.cumsum(family_mix(), axis=1)[specialty_of[provider]]
    for name in ("family", "second_family"):
        columns[name] = (rng.random(claims)[:, None] > mix).sum(axis=1)
    return columns | {"patient": patient, "claim_type": kind, "provider": provider}


def _draw_patients(world: World, rng: np.random.Generator, count: int) -> Columns:
    age = np.clip(np.where(rng.random(count) < 0.22, rng.normal(74, 7, count), rng.uniform(0, 66, count)), 0, 90)
    age = np.floor(age).astype(np.int64)
    kinds = world.payers["payer_type"].to_list()
    usual = [(payer != _DENTAL_PAYER) for payer in world.payers["payer_id"]]
    payer = np.zeros(count, dtype=np.int64)
    for column, band in enumerate((age < 65, age >= 65)):
        weights = np.array([_TYPE_WEIGHTS[k][column] / kinds.count(k) for k in kinds]) * usual
        payer[band] = rng.choice(len(kinds), int(band.sum()), p=weights / weights.sum())
    states, _ = state_names()
    return {
        "age": age,
        "sex": np.where(rng.random(count) < 0.54, "F", "M").astype(object),
        "state": rng.integers(0, len(states), count),
        "dependent": (age < 20) | (rng.random(count) < 0.12),
        "payer": payer,
    }


def draw_fitting(codes: Codes, rng: np.random.Generator, family: Index, age: Index, sex: Texts, fallback: str) -> Index:
    """Draw a code of each family that fits age and sex.

    Args:
        codes: Codes to draw from.
        rng: Source of randomness.
        family: Wanted family of each row; an empty family gives the fallback.
        age: Age in years.
        sex: F or M.
        fallback: Code that stands in when no fitting one was drawn.

    Returns:
        Position in `codes` of each row.
    """
    spare = int(np.argmax(codes.code == fallback))
    size = codes.size[family]
    drawn = np.full(len(family), -1, dtype=np.int64)
    open_rows = np.flatnonzero(size > 0)
    for _ in range(_REDRAWS):
        skewed = rng.random(len(open_rows)) ** 1.4
        pick = codes.first[family[open_rows]] + (skewed * size[open_rows]).astype(np.int64)
        fits = fits_patient(codes, pick, age[open_rows], sex[open_rows])
        drawn[open_rows[fits]] = pick[fits]
        open_rows = open_rows[~fits]
    drawn[drawn < 0] = spare
    return drawn


def fits_patient(codes: Codes, pick: Index, age: Index, sex: Texts) -> Flags:
    """Tell which codes are plausible for the age and sex."""
    result: Flags = (
        (codes.min_age[pick] <= age)
        & (codes.max_age[pick] >= age)
        & ((codes.sex[pick] == "") | (codes.sex[pick] == sex))
    )
    return result


def draw_lines(world: World, rng: np.random.Generator, claims: Columns) -> Columns:
    """Draw the service lines: claim index, family, code, units and charge.

    A code occurs once a claim, apart from planned duplicates (`duplicate_of_line`).
    """
    count = len(claims["family"])
    lengths = rng.choice(np.arange(1, 9), count, p=_LINE_COUNT_SHARES)
    claim = np.repeat(np.arange(count), lengths)
    first = np.concatenate([[True], claim[1:] != claim[:-1]])
    second = ~first & (rng.random(len(claim)) < 0.45)
    family = np.where(second, claims["second_family"][claim], claims["family"][claim])
    code = draw_fitting(world.procedures, rng, family, claims["age"][claim], claims["sex"][claim], "99213")
    code = np.where((claims["claim_type"][claim] == 2) & ~np.isin(code, _dental(world)), _dental(world)[0], code)
    _, keep = np.unique(claim * 10_000 + code, return_index=True)
    copies = rng.choice(keep, int(0.012 * count)) if count > 80 else keep[:0]
    order = np.sort(np.concatenate([keep, copies]))
    repeated = np.concatenate([[False], order[1:] == order[:-1]])
    claim, code, second = claim[order], code[order], second[order]
    family = _family_of(world.procedures)[code]
    units = _draw_units(rng, family)
    units = np.where(repeated, np.roll(units, 1), units)
    price = world.procedures.charge_cents[code] * np.exp(rng.normal(0, 0.15, count))[claim]
    charge = np.maximum((price * units / 5).round() * 5, 5).astype(np.int64)
    return {
        "claim": claim,
        "code": code,
        "family": family,
        "second": second & (claims["family"] != claims["second_family"])[claim],
        "units": units,
        "charge_cents": charge,
        "duplicate": repeated,
    }


def _dental(world: World) -> Index:
    first = world.procedures.first[FAMILY_INDEX["dental"]]
    result: Index = first + np.arange(world.procedures.size[FAMILY_INDEX["dental"]])
    return result


def _family_of(codes: Codes) -> Index:
    result: Index = np.repeat(np.arange(len(codes.size)), codes.size)
    return result


def _draw_units(rng: np.random.Generator, family: Index) -> Numbers:
    units = np.ones(len(family))
    therapy = family == FAMILY_INDEX["therapy"]
    drug = family == FAMILY_INDEX["drug"]
    units[therapy] = rng.choice((1, 2, 3, 4, 6), int(therapy.sum()), p=(0.45, 0.33, 0.14, 0.06, 0.02))
    units[drug] = rng.choice((1, 2, 4, 10, 20), int(drug.sum()), p=(0.62, 0.2, 0.1, 0.05, 0.03))
    return units


def draw_diagnoses(world: World, rng: np.random.Generator, claims: Columns) -> Columns:
    """Draw up to four diagnoses a claim; -1 marks an empty slot.

    Returns:
        dx1 (supports the main family unless `dx_wrong`), dx2 (supports the second family), dx3, dx4 and the
        flag `dx_wrong`.
    """
    count = len(claims["family"])
    args = (claims["age"], claims["sex"], "R5383")
    principal = draw_fitting(world.diagnoses, rng, claims["family"], *args)
    wrong = rng.random(count) < 0.007
    stray = draw_fitting(world.diagnoses, rng, rng.integers(0, 14, count), *args)
    principal = np.where(wrong, stray, principal)
    second = draw_fitting(world.diagnoses, rng, claims["second_family"], *args)
    second[(second == principal) | (claims["family"] == claims["second_family"])] = -1
    chronic = np.full(count, FAMILY_INDEX["office_visit"])
    slots = [principal, second]
    for share in (0.45, 0.25):
        extra = draw_fitting(world.diagnoses, rng, chronic, *args)
        taken = np.any([extra == slot for slot in slots], axis=0)
        extra[taken | (rng.random(count) > share)] = -1
        slots.append(extra)
    return {f"dx{number}": slot for number, slot in enumerate(slots, 1)} | {"dx_wrong": wrong}
