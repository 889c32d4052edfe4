"""The synthetic world that every seed shares: payers, providers, codes and their hidden effects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from models.synthetic.profiles import REASONS
from models.synthetic.specialties import FAMILIES, SPECIALTIES
from reference import starter

Numbers = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

_WORLD_SEED = 20_260_101
_PROVIDERS = 300
_CODERS = 40
_STATES = ("CA", "TX", "NY", "FL", "IL", "PA", "GA", "MI", "NJ", "WA", "MA", "MO")
_ZIP3 = ("900", "750", "100", "331", "606", "191", "303", "482", "070", "981", "021", "631")
_PAYER_SD, _CELL_SD, _PROVIDER_SD = 0.5, 0.3, 0.3
_EXCLUDED_SHARE, _EXCLUDED_EFFECT = 0.05, 2.0
_TYPE_MULTIPLIER = {
    "commercial": 0.88,
    "medicare_advantage": 1.08,
    "medicaid": 1.15,
    "exchange": 1.3,
    "medicare": 0.6,
}


@dataclass(frozen=True)
class Codes:
    """Procedure or diagnosis codes, sorted by family.

    Attributes:
        code: The codes.
        first: First position of each family of FAMILIES.
        size: Number of codes of each family.
        charge_cents: Typical charge (procedures; ones for diagnoses).
        min_age: Youngest plausible age.
        max_age: Oldest plausible age.
        sex: F, M or empty for both.
        two_parts: Whether a procedure has a professional and a technical part (fee schedule PC/TC indicator 1).
    """

    code: Texts
    first: Index
    size: Index
    charge_cents: Numbers
    min_age: Numbers
    max_age: Numbers
    sex: Texts
    two_parts: Flags


@dataclass(frozen=True)
class World:
    """Everything fixed before the first claim is drawn.

    Attributes:
        payers: The payer table; row number is the payer index used below.
        procedures: Procedure codes.
        diagnoses: Diagnosis codes.
        providers: Provider table: npi, specialty index, state, tax id, laboratory certificate, experience.
        coder_quality: Quality score of each coder.
        payer_effect: Log-odds, payer x reason.
        cell_effect: Log-odds, payer x family.
        excluded: 1 where the payer's plans exclude a family, payer x family.
        provider_quality: Log-odds (lower is better), provider x (registration, coding, documentation,
            credentialing).
        policy_limited: Diagnoses for which payers restrict imaging, laboratory, drugs and surgery.
    """

    payers: pl.DataFrame
    procedures: Codes
    diagnoses: Codes
    providers: pl.DataFrame
    coder_quality: Numbers
    payer_effect: Numbers
    cell_effect: Numbers
    excluded: Numbers
    provider_quality: Numbers
    policy_limited: Flags


@lru_cache(maxsize=1)
def the_world() -> World:
    """Return the world; the same in every run with the same starter reference data."""
    rng = np.random.default_rng(_WORLD_SEED)
    payers = starter.payers()
    diagnoses = _codes(starter.diagnoses(), "code", "family_hint")
    count = payers.height
    by_type = np.log([_TYPE_MULTIPLIER.get(kind, 1.0) for kind in payers["payer_type"]])
    return World(
        payers=payers,
        procedures=_codes(starter.procedure_families(), "hcpcs", "family"),
        diagnoses=diagnoses,
        providers=_providers(rng),
        coder_quality=np.clip(rng.normal(86, 7, _CODERS), 55, 100).round(),
        payer_effect=rng.normal(0, _PAYER_SD, (count, len(REASONS))) + by_type[:, None],
        cell_effect=rng.normal(0, _CELL_SD, (count, len(FAMILIES))),
        excluded=np.where(rng.random((count, len(FAMILIES))) < _EXCLUDED_SHARE, _EXCLUDED_EFFECT, 0.0),
        provider_quality=rng.normal(0, _PROVIDER_SD, (_PROVIDERS, 4)),
        policy_limited=rng.random(len(diagnoses.code)) < 0.08,
    )


def _codes(table: pl.DataFrame, code: str, family: str) -> Codes:
    # Dental and unlisted codes are kept; a code the world does not bill (a charge of one cent) is not drawn.
    if "typical_charge_cents" in table.columns:
        table = table.filter(pl.col("typical_charge_cents") > 1)
    else:
        table = table.with_columns(typical_charge_cents=pl.lit(1))
    order = {name: number for number, name in enumerate(FAMILIES)}
    table = table.with_columns(
        number=pl.col(family).replace_strict(order, default=order["other"], return_dtype=pl.Int64)
    ).sort("number", code)
    numbers = table["number"].to_numpy()
    size = np.bincount(numbers, minlength=len(FAMILIES)).astype(np.int64)
    return Codes(
        code=table[code].to_numpy().astype(object),
        first=np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64),
        size=size,
        charge_cents=table["typical_charge_cents"].to_numpy().astype(np.float64),
        min_age=table["min_age"].fill_null(0).to_numpy().astype(np.float64),
        max_age=table["max_age"].fill_null(120).to_numpy().astype(np.float64),
        sex=table["sex"].fill_null("").to_numpy().astype(object),
        two_parts=table[code].is_in(list(_codes_of_two_parts())).to_numpy(),
    )


def _codes_of_two_parts() -> set[str]:
    schedule = starter.fee_schedule()
    return set(schedule.filter(pl.col("pctc_ind") == "1")["hcpcs"])


def with_check_digit(stem: int) -> str:
    """Return the NPI of a nine-digit stem: the Luhn digit with prefix 80840 appended (45 CFR 162.406)."""
    total = 24
    for position, digit in enumerate(int(character) for character in reversed(str(stem))):
        doubled = 2 * digit if position % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return f"{stem}{-total % 10}"


def _providers(rng: np.random.Generator) -> pl.DataFrame:
    weights = np.array([specialty.weight for specialty in SPECIALTIES])
    specialty = rng.choice(len(SPECIALTIES), _PROVIDERS, p=weights / weights.sum())
    specialty[: len(SPECIALTIES)] = np.arange(len(SPECIALTIES))
    state = rng.integers(0, len(_STATES), _PROVIDERS)
    group = rng.integers(0, 60, _PROVIDERS)
    return pl.DataFrame(
        {
            "npi": [with_check_digit(123_400_000 + 37 * number) for number in range(_PROVIDERS)],
            "billing_npi": [with_check_digit(156_700_000 + 53 * int(number)) for number in group],
            "tax_id": [f"{990_000_000 + 7 * int(number)}" for number in group],
            "specialty": specialty,
            "state": [_STATES[number] for number in state],
            "zip": [f"{_ZIP3[number]}01" for number in state],
            "clia_number": [f"{11 + int(number) % 40:02d}D{2_000_000 + 13 * int(number)}" for number in group],
            "experience": np.clip(rng.gamma(3, 5, _PROVIDERS), 1, 45).astype(np.int64),
        }
    )


def state_names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the states of the world and a ZIP area of each."""
    return _STATES, _ZIP3
