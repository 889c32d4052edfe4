"""Service lines of synthetic claims as the nested `lines` column of the contract."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.synthetic.conform import CLAIM_SCHEMA, records, struct_fields
from models.synthetic.encounters import Columns
from models.synthetic.institutional import revenue_codes
from models.synthetic.kinds import MARKS
from models.synthetic.ragged import listed, names_where
from models.synthetic.specialties import FAMILIES, FAMILY_INDEX
from models.synthetic.world import Flags, World

_TOOTH_CODES = ("D2391", "D2740", "D7140")
_FILLING = "D2391"
_FACILITY_POS = ("21", "22", "23", "24")
_CLIA_TESTS = ("80048", "80053", "80061", "82306", "83036", "84153", "84443", "85025", "81002", "87880", "88305")
_NDC = {
    "J0585": "00023114501",
    "J0696": "00409733201",
    "J1100": "00641036725",
    "J1885": "00409379501",
    "J2405": "00409475503",
    "J3301": "00003029305",
    "J3420": "00517003125",
}
_NO_SUCH_DIAGNOSIS = 9
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
        List(Struct) of the contract, one value a claim.
    """
    claim = lines["claim"]
    kind = claims["claim_type"][claim]
    code = pl.Series(world.procedures.code.tolist(), dtype=pl.String).gather(lines["code"])
    qualifier = pl.Series(["HC", "HC", "AD"]).gather(kind)
    revenue = revenue_codes(code, pl.Series(FAMILIES).gather(lines["family"]))
    drug = code.replace_strict(_NDC, default=None, return_dtype=pl.String)
    on = dates["service_from"].gather(claim) + pl.Series(lines["day"]).cast(pl.Duration("ms")) * 86_400_000
    backwards = pl.Series(claims["dates_swapped"][claim])
    frame = pl.DataFrame({"service_from": on}).select(
        "service_from",
        service_to=pl.when(backwards).then(dates["service_to"].gather(claim)).otherwise("service_from"),
    )
    frame = frame.with_columns(
        line_number=pl.Series(_positions(lines["first"])),
        procedure_code=code,
        procedure_qualifier=qualifier,
        revenue_code=pl.when(pl.Series(kind == 1)).then(revenue),
        charge_cents=pl.Series(lines["charge_cents"]),
        units=pl.Series(lines["units"]),
        modifiers=_modifiers(world, claims, lines, pos),
        diagnosis_pointers=_pointers(claims, lines, kind == 1),
        tooth_codes=pl.when(code.is_in(_TOOTH_CODES)).then(pl.lit(["19"])).otherwise(pl.lit([], pl.List(pl.String))),
        tooth_surfaces=pl.when(code == _FILLING).then(pl.lit(["O"])).otherwise(pl.lit([], pl.List(pl.String))),
        emergency=pl.when(pl.Series(kind == 0)).then(pl.Series(lines["family"] == FAMILY_INDEX["emergency_visit"])),
        unit_basis=pl.lit("UN"),
        ndc_code=drug,
        ndc_units=pl.when(drug.is_not_null()).then(pl.Series(lines["units"])),
        ndc_unit_basis=pl.when(drug.is_not_null()).then(pl.lit("UN")),
        prior_auth_on_file=pl.lit(value=False),
        note_present=pl.lit(value=False),
    )
    given = [name for name in struct_fields(CLAIM_SCHEMA, "lines") if name in frame.columns]
    whole = frame.select(lines=records(CLAIM_SCHEMA, "lines", given))["lines"]
    return listed(np.bincount(claim, minlength=len(claims["family"])), whole)


def is_clia_test(world: World, lines: Columns) -> Flags:
    """Tell which lines are laboratory tests that need a certificate number."""
    result: Flags = np.isin(world.procedures.code[lines["code"]], _CLIA_TESTS)
    return result


def _positions(first: Flags) -> np.ndarray:
    index = np.arange(len(first))
    result: np.ndarray = index - np.maximum.accumulate(np.where(first, index, 0)) + 1
    return result


def _modifiers(world: World, claims: Columns, lines: Columns, pos: pl.Series) -> pl.Series:
    claim = lines["claim"]
    separate = lines["visit"] & (claims["visit_beside"] & ~claims["visit_modifier_forgotten"])[claim]
    facility = pos.is_in(_FACILITY_POS).fill_null(value=False).to_numpy()[claim]
    professional_part = world.procedures.two_parts[lines["code"]] & facility & (claims["claim_type"][claim] == 0)
    flags = {
        "25": separate,
        **{mark: lines["mark"] == place for place, mark in enumerate(MARKS) if mark is not None},
        "26": professional_part,
        "GP": lines["therapy"] & ~claims["therapy_modifier_forgotten"][claim],
        "KX": lines["therapy"] & claims["cap_exception"][claim],
        "95": claims["remote"][claim] & ~claims["telehealth_modifier_forgotten"][claim],
        "GZ": lines["first"] & claims["waiver"][claim],
        _INVALID_MODIFIER: lines["first"] & claims["invalid_modifier"][claim],
    }
    return names_where(flags)


def _pointers(claims: Columns, lines: Columns, institutional: Flags) -> pl.Series:
    claim = lines["claim"]
    given = (claims["dx2"] >= 0)[claim] & lines["visit"]  # a visit is about everything, a test about one thing
    wrong = lines["first"] & claims["bad_pointer"][claim]
    frame = pl.DataFrame({"second": given & ~wrong, "wrong": wrong, "none": institutional})
    first = pl.when("wrong").then(_NO_SUCH_DIAGNOSIS).otherwise(1).cast(pl.Int32)
    listed = pl.concat_list(first, pl.when("second").then(pl.lit(2, pl.Int32))).list.drop_nulls()
    empty = pl.lit([], pl.List(pl.Int32))
    return frame.select(pointers=pl.when("none").then(empty).otherwise(listed))["pointers"]
