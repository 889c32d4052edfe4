"""Service lines of synthetic claims as the nested `lines` column of the contract."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.synthetic.encounters import Columns
from models.synthetic.hazards import line_flags
from models.synthetic.specialties import FAMILIES, FAMILY_INDEX
from models.synthetic.world import Flags, World

_REVENUE = {
    "laboratory": "0300",
    "imaging": "0320",
    "emergency_visit": "0450",
    "surgery": "0360",
    "drug": "0636",
}
_TOOTH_CODES = ("D2391", "D2740", "D7140")
_FACILITY_POS = ("21", "22", "23")
_INVALID_MODIFIER = "ZQ"


def nested_lines(world: World, claims: Columns, lines: Columns, dates: pl.DataFrame, pos: pl.Series) -> pl.Series:
    """Build the `lines` column.

    Args:
        world: Hidden structure.
        claims: Facts of the claims.
        lines: Facts of the lines, sorted by claim.
        dates: service_from and service_to of each claim.
        pos: Place of service of each claim.

    Returns:
        List(Struct) with the fields this generator sets, one value a claim; the caller adds the rest.
    """
    claim = lines["claim"]
    kind = claims["claim_type"][claim]
    code = pl.Series(world.procedures.code.tolist(), dtype=pl.String).gather(lines["code"])
    qualifier = pl.Series(["HC", "HC", "AD"]).gather(kind)
    revenue = pl.Series([_REVENUE.get(family, "0510") for family in FAMILIES]).gather(lines["family"])
    frame = dates[claim].with_columns(
        claim=pl.Series(claim),
        line_number=pl.Series(_positions(lines["first"])),
        procedure_code=code,
        procedure_qualifier=qualifier,
        revenue_code=pl.when(pl.Series(kind == 1)).then(revenue),
        charge_cents=pl.Series(lines["charge_cents"]),
        units=pl.Series(lines["units"]),
        modifiers=_modifiers(claims, lines, pos),
        diagnosis_pointers=_pointers(claims, lines, kind == 1),
        tooth_codes=pl.when(code.is_in(_TOOTH_CODES)).then(pl.lit(["19"])).otherwise(pl.lit([], pl.List(pl.String))),
        emergency=pl.Series(lines["family"] == FAMILY_INDEX["emergency_visit"]),
        unit_basis=pl.lit("UN"),
        prior_auth_on_file=pl.lit(value=False),
        note_present=pl.lit(value=False),
    )
    nested = frame.group_by("claim", maintain_order=True).agg(pl.struct(pl.exclude("claim")).alias("lines"))
    return nested["lines"]


def _positions(first: Flags) -> np.ndarray:
    index = np.arange(len(first))
    result: np.ndarray = index - np.maximum.accumulate(np.where(first, index, 0)) + 1
    return result


def _modifiers(claims: Columns, lines: Columns, pos: pl.Series) -> pl.Series:
    claim, count = lines["claim"], len(claims["family"])
    beside_surgery = line_flags(lines, count, "surgery")[claim]
    vaccine = (lines["family"] == FAMILY_INDEX["vaccine"]).astype(np.int64)
    beside_vaccine = np.bincount(claim, weights=vaccine, minlength=count)[claim] > 0
    separate = lines["visit"] & ((beside_surgery & ~claims["visit_modifier_forgotten"][claim]) | beside_vaccine)
    facility = pos.is_in(_FACILITY_POS).fill_null(value=False).to_numpy()[claim]
    professional_part = (lines["family"] == FAMILY_INDEX["imaging"]) & facility & (claims["claim_type"][claim] == 0)
    flags = {
        "25": separate,
        "26": professional_part,
        "GP": lines["therapy"] & ~claims["therapy_modifier_forgotten"][claim],
        "KX": lines["therapy"] & claims["cap_exception"][claim],
        "95": claims["telehealth_used"][claim] & ~claims["telehealth_modifier_forgotten"][claim],
        "GZ": lines["first"] & claims["waiver"][claim],
        _INVALID_MODIFIER: lines["first"] & claims["invalid_modifier"][claim],
    }
    frame = pl.DataFrame({name: np.asarray(flag, dtype=bool) for name, flag in flags.items()})
    marked = [pl.when(pl.col(name)).then(pl.lit(name)) for name in flags]
    return frame.select(modifiers=pl.concat_list(marked).list.drop_nulls())["modifiers"]


def _pointers(claims: Columns, lines: Columns, institutional: Flags) -> pl.Series:
    claim = lines["claim"]
    second = lines["second"] & (claims["dx2"][claim] >= 0)
    number = np.where(second, 2, 1)
    number = np.where(lines["first"] & claims["bad_pointer"][claim], 9, number)
    frame = pl.DataFrame({"number": number.astype(np.int32), "none": institutional})
    empty = pl.lit([], pl.List(pl.Int32))
    listed = pl.concat_list("number")
    return frame.select(pointers=pl.when(pl.col("none")).then(empty).otherwise(listed))["pointers"]
