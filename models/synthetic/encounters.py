"""Who is treated by whom, under which plan, and for what: the first half of a claim."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.synthetic.kinds import PAYER_TYPES, Kinds, the_kinds
from models.synthetic.specialties import DENTIST, FAMILY_INDEX, HOSPITAL, SPECIALTIES
from models.synthetic.world import Codes, Flags, Index, Texts, World, state_names

Columns = dict[str, np.ndarray]
"""Arrays of equal length by name."""

_CLAIM_TYPE_SHARES = (0.88, 0.08, 0.04)
_REDRAWS = 8
_OLDEST = 90
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
_WORKING_AGES = (18, 70)
_DENTAL_PAYER = "CSDEN01"
_NEW_SHARE = 0.3
_SPARE_DIAGNOSIS = "R5383"


@dataclass(frozen=True)
class Patients:
    """The people who are treated, in order of age.

    Attributes:
        columns: age, sex, state, dependent, payer of each.
        seed: Seed they were drawn with; a patient is named by seed and position.
    """

    columns: Columns
    seed: int

    @classmethod
    def draw(cls, world: World, seed: int, count: int) -> Patients:
        """Draw people; the same seed and count give the same ones."""
        rng = np.random.default_rng([seed, 1])
        old, young = rng.normal(74, 7, count), rng.uniform(0, 66, count)
        age = np.sort(np.clip(np.where(rng.random(count) < 0.22, old, young), 0, _OLDEST).astype(np.int64))
        states, _ = state_names()
        columns = {
            "age": age,
            "sex": np.where(rng.random(count) < 0.54, "F", "M").astype(object),
            "state": rng.integers(0, len(states), count),
            "dependent": (age < 20) | (rng.random(count) < 0.12),
            "payer": _payers(world, rng, age),
        }
        kind = world.payers["payer_type"].to_numpy()[columns["payer"]]
        # A member of Medicare, Medicaid or an injured worker is always the insured person.
        own = np.isin(kind, ["medicare", "medicare_advantage", "medicaid", "workers_comp"])
        columns["dependent"] &= ~own
        return cls(columns, seed)

    @property
    def count(self) -> int:
        """Number of people."""
        return len(self.columns["age"])


def _payers(world: World, rng: np.random.Generator, age: Index) -> Index:
    kinds = world.payers["payer_type"].to_list()
    usual = np.array([payer != _DENTAL_PAYER for payer in world.payers["payer_id"]])
    payer = np.zeros(len(age), dtype=np.int64)
    working = (age >= _WORKING_AGES[0]) & (age <= _WORKING_AGES[1])
    bands = ((age < 65) & working, 0, True), ((age < 65) & ~working, 0, False), (age >= 65, 1, True)
    for band, column, works in bands:
        weights = np.array([_TYPE_WEIGHTS[k][column] / kinds.count(k) for k in kinds]) * usual
        weights = weights * np.array([works or k not in ("workers_comp", "medicare") for k in kinds])
        payer[band] = rng.choice(len(kinds), int(band.sum()), p=weights / weights.sum())
    return payer


def draw_encounters(world: World, rng: np.random.Generator, claims: int, patients: Patients) -> Columns:
    """Draw patient, provider, payer and kind of encounter of each claim.

    Returns:
        One value a claim: claim_type (0 professional, 1 institutional, 2 dental), provider, payer, payer_type, patient,
        age, sex, state, dependent, kind, family, place (index into the kinds' place codes), remote, admitted_days
        (-1 for outpatients), new_patient.
    """
    kinds = the_kinds()
    claim_type = rng.choice(3, claims, p=_CLAIM_TYPE_SHARES)
    provider = _draw_providers(world, rng, claim_type)
    specialty = world.providers["specialty"].to_numpy()[provider]
    patient = _draw_patients(rng, patients, specialty)
    columns: Columns = {name: values[patient] for name, values in patients.columns.items()}
    columns["payer"] = np.where(claim_type == 2, _dental_payer(world), columns["payer"])
    first_visit = _first_occurrence(patient)
    payer_type = payer_types(world)[columns["payer"]]
    kind = _draw_kinds(kinds, rng, specialty, (columns["age"], columns["sex"], payer_type), first_visit)
    place = kinds.places.draw(rng, kind)
    inside = np.array([code == "21" for code in kinds.place_codes])[place]
    return columns | {
        "patient": patient,
        "payer_type": np.array(PAYER_TYPES, dtype=object)[payer_type],
        "claim_type": claim_type,
        "provider": provider,
        "kind": kind,
        "family": kinds.family[kind],
        "place": place,
        "remote": kinds.remote[kind],
        "admitted_days": np.where(inside & (claim_type == 0), np.maximum(kinds.admitted[kind], 0), -1),
        "new_patient": first_visit & (rng.random(claims) < _NEW_SHARE),
    }


def _draw_providers(world: World, rng: np.random.Generator, claim_type: Index) -> Index:
    specialty = world.providers["specialty"].to_numpy()
    everyone = np.arange(len(specialty))
    groups = (
        everyone[(specialty != DENTIST) & (specialty != HOSPITAL)],
        everyone[specialty == HOSPITAL],
        everyone[specialty == DENTIST],
    )
    draw = rng.random(len(claim_type))
    provider = np.zeros(len(claim_type), dtype=np.int64)
    for number, group in enumerate(groups):
        of_type = claim_type == number
        provider[of_type] = group[(draw[of_type] * len(group)).astype(np.int64)]
    return provider


def _draw_patients(rng: np.random.Generator, patients: Patients, specialty: Index) -> Index:
    ages = patients.columns["age"]
    low = np.array([np.searchsorted(ages, s.ages[0], side="left") for s in SPECIALTIES])
    high = np.array([np.searchsorted(ages, s.ages[1], side="right") for s in SPECIALTIES])
    low = np.minimum(low, len(ages) - 1)
    span = np.maximum(high - low, 1)  # of a handful of patients none may fit; anyone is treated then
    result: Index = low[specialty] + (rng.random(len(specialty)) * span[specialty]).astype(np.int64)
    return result


def _draw_kinds(
    kinds: Kinds, rng: np.random.Generator, specialty: Index, who: tuple[Index, Texts, Index], first_visit: Flags
) -> Index:
    age, sex, payer_type = who
    kind = kinds.usual[specialty]
    todo = np.arange(len(specialty))
    for _ in range(_REDRAWS):
        drawn = kinds.draw(rng, specialty[todo])
        fits = kinds.fit(drawn, age[todo], sex[todo], payer_type[todo]) & (first_visit[todo] | ~kinds.once[drawn])
        kind[todo[fits]] = drawn[fits]
        todo = todo[~fits]
    return kind


@lru_cache(maxsize=1)
def _dental_payer_of(ids: tuple[str, ...]) -> int:
    return ids.index(_DENTAL_PAYER)


def _dental_payer(world: World) -> int:
    return _dental_payer_of(tuple(world.payers["payer_id"]))


def payer_types(world: World) -> Index:
    """Return the position among PAYER_TYPES of every payer."""
    return np.array([PAYER_TYPES.index(kind) for kind in world.payers["payer_type"]])


def _first_occurrence(patient: Index) -> Flags:
    first = np.zeros(len(patient), dtype=bool)
    first[np.unique(patient, return_index=True)[1]] = True
    return first


def fits_patient(codes: Codes, pick: Index, age: Index, sex: Texts) -> Flags:
    """Tell which codes are plausible for the age and sex."""
    result: Flags = (
        (codes.min_age[pick] <= age)
        & (codes.max_age[pick] >= age)
        & ((codes.sex[pick] == "") | (codes.sex[pick] == sex))
    )
    return result


def draw_diagnoses(world: World, rng: np.random.Generator, claims: Columns) -> Columns:
    """Draw up to four diagnoses a claim; -1 marks an empty slot.

    Returns:
        dx1 (supports the encounter unless `dx_wrong`), dx2 to dx4 (chronic conditions of adults) and the flag
        `dx_wrong`.
    """
    kinds, codes = the_kinds(), world.diagnoses
    count = len(claims["kind"])
    age, sex = claims["age"], claims["sex"]
    spare = int(np.argmax(codes.code == _SPARE_DIAGNOSIS))
    principal = np.full(count, spare)
    todo = np.arange(count)
    for _ in range(_REDRAWS):
        drawn = kinds.diagnoses.draw(rng, claims["kind"][todo])
        fits = fits_patient(codes, drawn, age[todo], sex[todo])
        principal[todo[fits]] = drawn[fits]
        todo = todo[~fits]
    wrong = rng.random(count) < 0.008
    stray = _of_family(rng, codes, rng.integers(0, FAMILY_INDEX["drug"], count))
    wrong &= fits_patient(codes, stray, age, sex)
    slots = [np.where(wrong, stray, principal)]
    chronic = np.full(count, FAMILY_INDEX["office_visit"])
    for share in (0.45, 0.35, 0.2):
        extra = _of_family(rng, codes, chronic)
        taken = np.any([extra == slot for slot in slots], axis=0) | (slots[-1] < 0)
        taken |= _exclude_each_other(codes, extra, slots) | (claims["claim_type"] == 2)
        extra[taken | ~fits_patient(codes, extra, age, sex) | (rng.random(count) > share)] = -1
        slots.append(extra)
    return {f"dx{number}": slot for number, slot in enumerate(slots, 1)} | {"dx_wrong": wrong}


def _of_family(rng: np.random.Generator, codes: Codes, family: Index) -> Index:
    pick: Index = codes.first[family] + (rng.random(len(family)) * codes.size[family]).astype(np.int64)
    return np.minimum(pick, len(codes.code) - 1)


def _exclude_each_other(codes: Codes, extra: Index, slots: list[Index]) -> Flags:
    """Tell whose category (first three characters) is there already: such codes often exclude each other."""
    names, category = np.unique([code[:3] for code in codes.code], return_inverse=True)
    del names
    taken: Flags = np.any([category[extra] == np.where(slot < 0, -1, category[slot]) for slot in slots], axis=0)
    return taken
