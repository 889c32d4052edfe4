"""Columns of dental lines: teeth, surfaces and areas of the mouth, and what the dental code asks of them.

Sources: universal tooth numbering (1-32, A-T, supernumerary 51-82 and AS-TS), X12 837D guide (TOO, SV304), and the
sections of CDT. Most batches have few dental lines: everything is computed on those alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.validation.columns.claim_days import claim_days, code_numbers
from processors.validation.columns.code_families import CODE_BITS
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.flags import Flags, at, has
from processors.validation.columns.forms import PROCEDURE, expand
from processors.validation.columns.procedures import line_families

_PRIMARY = tuple("ABCDEFGHIJKLMNOPQRST")
_PERMANENT = tuple(str(number) for number in range(1, 33))
_EXTRA = (*(str(number) for number in range(51, 83)), *(f"{letter}S" for letter in _PRIMARY))
_FRONT = {*map(str, (*range(6, 12), *range(22, 28))), *"CDEFGHMNOPQR"}
_PREMOLARS = {*map(str, (4, 5, 12, 13, 20, 21, 28, 29))}
_QUADRANTS = {
    "10": {*map(str, range(1, 9)), *"ABCDE"},
    "20": {*map(str, range(9, 17)), *"FGHIJ"},
    "30": {*map(str, range(17, 25)), *"KLMNO"},
    "40": {*map(str, range(25, 33)), *"PQRST"},
}
_AREAS = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20", "30", "40")
_SURFACES = tuple("MODBFLI")

_TOOTH = pl.col("tooth")
_TOOTH_FACTS = {
    "tooth_unknown": ~_TOOTH.is_in([*_PRIMARY, *_PERMANENT, *_EXTRA]),
    "tooth_primary": _TOOTH.is_in(_PRIMARY),
    "tooth_permanent": _TOOTH.is_in(_PERMANENT),
    "tooth_front": _TOOTH.is_in(list(_FRONT)),
    "tooth_premolar": _TOOTH.is_in(list(_PREMOLARS)),
    **{f"quadrant_{area}": _TOOTH.is_in(list(teeth)) for area, teeth in _QUADRANTS.items()},
}


@dataclass(frozen=True)
class _Asks:
    """What dental codes ask: codes as ranges."""

    codes: str

    def of(self, numbers: Integers) -> Flags:
        """Return which codes are among them."""
        return np.isin(numbers, PROCEDURE.numbers_of(expand(self.codes)))


_SURFACES_BY_CODE = {
    1: _Asks("D2140 D2330 D2391 D2510 D2610 D2650"),
    2: _Asks("D2150 D2331 D2392 D2520 D2620 D2651"),
    3: _Asks("D2160 D2332 D2393"),
    4: _Asks("D2161 D2394"),
}
_FRONT_FILLINGS, _BACK_FILLINGS = _Asks("D2330-D2332 D2335 D2390"), _Asks("D2391-D2394")
_ENDODONTICS = (_Asks("D3310 D3346"), _Asks("D3320 D3347"), _Asks("D3330 D3348"))
_PRIMARY_CODES = _Asks("D2929-D2930 D2934 D3230 D3240 D7111")
_PERMANENT_CODES = _Asks("D1351-D1352 D2710-D2799 D2931 D3221-D3222 D3310-D3348 D6010-D6199")
_QUADRANT_CODES = _Asks("D4210-D4211 D4240-D4241 D4260-D4261 D4341-D4342 D7310-D7311 D7320-D7321")
_RECORDS_CODES = _Asks("D2710-D2799 D4260-D4261 D4341-D4342 D5110-D5281 D6010-D6199 D6205-D6794")
_EXTRACTIONS = _Asks("D7111 D7140 D7210-D7251")
_ORTHODONTIC_CHILD, _ORTHODONTIC_ADULT = _Asks("D8010-D8080"), _Asks("D8040 D8090")
_SEALANT, _FLUORIDE = _Asks("D1351"), _Asks("D1206 D1208")


def dental_lines(inputs: Inputs) -> Integers:
    """Return the positions of the lines of dental claims."""
    dental = (inputs.claims["claim_type"] == "dental").fill_null(value=False).to_numpy()
    return np.flatnonzero(dental[inputs.row]) if dental.any() else np.empty(0, dtype=np.int64)


def _flat(lists: pl.Series) -> tuple[Integers, pl.Series]:
    """Return the line of every element of a list column, and the elements."""
    sizes = lists.list.len().fill_null(0).to_numpy()
    return np.repeat(np.arange(len(sizes)), sizes), lists.explode(empty_as_null=False, keep_nulls=False)


def _any(line: Integers, which: pl.Series, size: int) -> Flags:
    flags = np.zeros(size, dtype=bool)
    flags[line[which.fill_null(value=True).to_numpy()]] = True
    return flags


def _teeth(lines: pl.DataFrame) -> dict[str, Flags]:
    """Return, for every line, whether any of its teeth is of a kind."""
    line, tooth = _flat(lines["tooth_codes"])
    facts = tooth.alias("tooth").to_frame().select(**_TOOTH_FACTS)
    return {name: _any(line, facts[name], lines.height) for name in facts.columns}


def _tooth_columns(inputs: Inputs) -> list[pl.Series]:
    places = inputs.once(dental_lines)
    lines = inputs.lines.select("tooth_codes", "tooth_surfaces", "oral_cavity_codes")[places]
    number, size = inputs.once(code_numbers)[places], lines.height
    teeth = _teeth(lines)
    has_tooth = (lines["tooth_codes"].list.len().fill_null(0) > 0).to_numpy()
    front, back = teeth["tooth_front"], has_tooth & ~teeth["tooth_front"] & ~teeth["tooth_unknown"]
    line, surface = _flat(lines["tooth_surfaces"])
    letter = surface.fill_null("")
    given = lines["tooth_surfaces"].list
    count, distinct = given.len().fill_null(0).to_numpy(), given.n_unique().fill_null(0).to_numpy()
    area_line, area = _flat(lines["oral_cavity_codes"])
    wanted = np.zeros(size, dtype=np.int64)
    for surfaces, codes in _SURFACES_BY_CODE.items():
        wanted[codes.of(number)] = surfaces
    one_tooth = lines["tooth_codes"].list.len().fill_null(0).to_numpy() == 1
    root = [codes.of(number) for codes in _ENDODONTICS]
    molar = back & ~teeth["tooth_premolar"] & ~teeth["tooth_primary"]
    permanent_front = front & ~teeth["tooth_primary"]
    elsewhere = np.zeros(size, dtype=bool)
    for quadrant in _QUADRANTS:
        elsewhere |= _any(area_line, area == quadrant, size) & has_tooth & ~teeth[f"quadrant_{quadrant}"]
    flags = {
        "tooth_unknown": teeth["tooth_unknown"],
        "tooth_primary": teeth["tooth_primary"],
        "tooth_permanent": teeth["tooth_permanent"],
        "surface_unknown": _any(line, ~letter.is_in(_SURFACES), size),
        "surface_repeated": distinct < count,
        "surface_misfits": (_any(line, letter == "O", size) & front) | (_any(line, letter == "I", size) & back),
        "surface_count_misfits": one_tooth & (count > 0) & (wanted > 0) & _misfit(count, wanted),
        "area_unknown": _any(area_line, ~area.is_in(_AREAS), size),
        "area_misfits_tooth": elsewhere,
        "filling_misfits_tooth": (_FRONT_FILLINGS.of(number) & back) | (_BACK_FILLINGS.of(number) & front),
        "root_canal_misfits_tooth": (root[0] & has_tooth & ~permanent_front)
        | (root[1] & has_tooth & ~teeth["tooth_premolar"])
        | (root[2] & has_tooth & ~molar),
        "code_of_primary_misfits": _PRIMARY_CODES.of(number) & teeth["tooth_permanent"],
        "code_of_permanent_misfits": _PERMANENT_CODES.of(number) & teeth["tooth_primary"],
        "asks_for_quadrant": _QUADRANT_CODES.of(number)
        & (lines["oral_cavity_codes"].list.len().fill_null(0) == 0).to_numpy(),
        "asks_for_records": _RECORDS_CODES.of(number),
        "is_sealant": _SEALANT.of(number),
        "is_fluoride": _FLUORIDE.of(number),
        "is_child_orthodontics": _ORTHODONTIC_CHILD.of(number) & ~_ORTHODONTIC_ADULT.of(number),
    }
    whole = inputs.lines.height
    return [pl.Series(name, at(places, values, whole, otherwise=False)) for name, values in flags.items()]


def _misfit(count: Integers, wanted: Integers) -> Flags:
    """Return where the surfaces are not as many as the code says; the codes for four stand for more as well."""
    most = max(_SURFACES_BY_CODE)
    return np.where(wanted == most, count < most, count != wanted)


LINE_TEETH = ColumnGroup(
    (
        ("tooth_unknown", "a tooth is neither 1-32, A-T nor a supernumerary tooth (51-82, AS-TS)"),
        ("tooth_primary", "a tooth is a primary tooth (A-T)"),
        ("tooth_permanent", "a tooth is a permanent tooth (1-32)"),
        ("surface_unknown", "a tooth surface is none of M O D B F L I"),
        ("surface_repeated", "a surface of the tooth stands there twice"),
        ("surface_misfits", "an occlusal surface on a front tooth, or an incisal one on a back tooth"),
        ("surface_count_misfits", "the filling has more or fewer surfaces than its code says"),
        ("area_unknown", "an area of the oral cavity is none of 00-10, 20, 30, 40"),
        ("area_misfits_tooth", "the tooth does not lie in the quadrant that the line names"),
        ("filling_misfits_tooth", "a filling for front teeth on a back tooth, or the reverse"),
        ("root_canal_misfits_tooth", "a root canal treatment coded for another kind of tooth"),
        ("code_of_primary_misfits", "a code for primary teeth on a permanent tooth"),
        ("code_of_permanent_misfits", "a code for permanent teeth on a primary tooth"),
        ("asks_for_quadrant", "the code is billed by quadrant and the line names no area"),
        ("asks_for_records", "crown, bridge, denture, implant or deep cleaning: payers ask for images or charts"),
        ("is_sealant", "the code is a sealant"),
        ("is_fluoride", "the code is a fluoride treatment"),
        ("is_child_orthodontics", "the code is orthodontics of the primary to adolescent dentition"),
    ),
    _tooth_columns,
)


def _beside_columns(inputs: Inputs) -> list[pl.Series]:
    places, size = inputs.once(dental_lines), inputs.lines.height
    columns = ("evaluations_same_day", "image_series_same_day", "deep_cleaning_same_day", "extracted_same_day")
    if not len(places):
        none = pl.Series([False]).new_from_index(0, size)
        return [none.alias(name) for name in (*columns, "fills_same_surface")]
    days, bits = inputs.once(claim_days), inputs.once(line_families)
    evaluation = has(bits, CODE_BITS.of("periodic_evaluation"))
    part, cleaning = (has(bits, CODE_BITS.of(name)) for name in ("dental_image_part", "adult_cleaning"))
    extracted, filled = _same_tooth(inputs, places)
    flags = (
        evaluation & (days.number_of(evaluation) > 1),
        part & days.some(has(bits, CODE_BITS.of("dental_image_series"))),
        cleaning & days.some(has(bits, CODE_BITS.of("deep_cleaning"))),
        at(places, extracted, size, otherwise=False),
        at(places, filled, size, otherwise=False),
    )
    return [pl.Series(name, flag) for name, flag in zip((*columns, "fills_same_surface"), flags, strict=True)]


def _same_tooth(inputs: Inputs, places: Integers) -> tuple[Flags, Flags]:
    """Return which dental lines treat a tooth taken out that day, and which fill a surface filled before."""
    lines = inputs.lines.select("tooth_codes", "tooth_surfaces")[places]
    number = inputs.once(code_numbers)[places]
    line, tooth = _flat(lines["tooth_codes"])
    flat = pl.DataFrame({"day": inputs.once(claim_days).group[places][line], "tooth": tooth, "line": line})
    taken_out = _EXTRACTIONS.of(number)
    out = flat.filter(pl.Series(taken_out[line])).select("day", "tooth").unique()
    treated = flat.filter(pl.Series(~taken_out[line])).join(out, on=["day", "tooth"], how="semi")["line"].to_numpy()
    extracted = np.zeros(len(places), dtype=bool)
    extracted[treated] = True
    is_filling = np.isin(number, PROCEDURE.numbers_of(expand("D2140-D2161 D2330-D2335 D2391-D2394")))
    surfaces = flat.with_columns(surface=lines["tooth_surfaces"][pl.Series(line, dtype=pl.UInt32)])
    surfaces = surfaces.filter(pl.Series(is_filling[line])).explode("surface").drop_nulls("surface")
    again = surfaces.filter(~pl.struct("day", "tooth", "surface").is_first_distinct())
    filled = np.zeros(len(places), dtype=bool)
    filled[again.join(surfaces, on="line", how="semi")["line"].unique().to_numpy()] = True
    return extracted, filled


LINE_DENTAL_BESIDE = ColumnGroup(
    (
        ("evaluations_same_day", "the line is one of two or more oral evaluations of the claim and day"),
        ("image_series_same_day", "a single image beside a full series of the claim and day"),
        ("deep_cleaning_same_day", "a cleaning beside a deep or maintenance cleaning of the claim and day"),
        ("extracted_same_day", "the line treats a tooth that another line of the claim and day takes out"),
        ("fills_same_surface", "the filling covers a surface that an earlier line of the claim and day fills"),
    ),
    _beside_columns,
)
