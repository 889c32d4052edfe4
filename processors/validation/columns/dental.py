"""Columns of dental lines: teeth, surfaces and areas of the mouth, and whether they fit the dental code.

Sources: universal tooth numbering (1-32, A-T, supernumerary 51-82 and AS-TS), X12 837D guide (TOO, SV304), CDT.
Most batches have few dental lines: everything is computed on those alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.validation.columns.arrays import claim_arrays, code_numbers
from processors.validation.columns.claim_days import claim_days
from processors.validation.columns.code_families import CODE_BITS
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.dental_codes import ASK_BITS, SURFACES, asks_of_codes, surfaces_of_codes
from processors.validation.columns.fields import ListField
from processors.validation.columns.flags import Bits, Flags, at, has
from processors.validation.columns.known_texts import KnownTexts
from processors.validation.columns.made import ArrayColumn, Made, never
from processors.validation.columns.procedures import line_families

_PRIMARY = tuple("ABCDEFGHIJKLMNOPQRST")
_PERMANENT = tuple(str(number) for number in range(1, 33))
_EXTRA = (*(str(number) for number in range(51, 83)), *(f"{letter}S" for letter in _PRIMARY))
_KINDS: dict[str, tuple[str, ...]] = {
    "primary": _PRIMARY,
    "permanent": _PERMANENT,
    "front": (*map(str, (*range(6, 12), *range(22, 28))), *"CDEFGHMNOPQR"),
    "premolar": tuple(map(str, (4, 5, 12, 13, 20, 21, 28, 29))),
    "10": (*map(str, range(1, 9)), *"ABCDE"),
    "20": (*map(str, range(9, 17)), *"FGHIJ"),
    "30": (*map(str, range(17, 25)), *"KLMNO"),
    "40": (*map(str, range(25, 33)), *"PQRST"),
}
_MOST_SURFACES = 5
_QUADRANTS = ("10", "20", "30", "40")
_AREAS = (*_QUADRANTS, "00", "01", "02", "03", "04", "05", "06", "07", "08", "09")


class _Texts:
    """Texts of a closed list as numbers, with facts of each as bits.

    Args:
        texts: The list.
        kinds: Texts by what they are.
    """

    def __init__(self, texts: tuple[str, ...], kinds: dict[str, tuple[str, ...]]) -> None:
        self.unknown = len(texts)
        self.known = KnownTexts(texts)
        self.bits = Bits((*kinds, "unknown"))
        places = {text: place for place, text in enumerate(texts)}
        members = ((name, np.array([places[text] for text in kind])) for name, kind in kinds.items())
        self._facts = self.bits.table(len(texts), members)
        self._facts[self.unknown] = self.bits.of("unknown")

    def facts(self, numbers: Integers) -> Integers:
        """Return the bits of every number."""
        return self._facts.take(numbers)


_TEETH = _Texts((*_PRIMARY, *_PERMANENT, *_EXTRA), _KINDS)
_SURFACES = _Texts(tuple("MODBFLI"), {letter: (letter,) for letter in "MODBFLI"})
_AREAS_KNOWN = _Texts(_AREAS, {area: (area,) for area in _QUADRANTS})


_LISTS = {"tooth_codes": _TEETH, "tooth_surfaces": _SURFACES, "oral_cavity_codes": _AREAS_KNOWN}


@dataclass(frozen=True, eq=False)
class _Elements:
    """The elements of a list column of the dental lines.

    Attributes:
        line: Number of the dental line of each.
        number: The element as a number.
        facts: For every dental line, the bits of all its elements.
        count: How many elements every dental line has.
    """

    line: Integers
    number: Integers
    facts: Integers
    count: Integers


@dataclass(frozen=True, eq=False)
class _Dental:
    """The dental lines of a batch: their positions, the bits of what their codes ask, and their lists."""

    positions: Integers
    code: Integers
    asks: Integers
    teeth: _Elements
    surfaces: _Elements
    areas: _Elements


def _elements(lists: ListField, positions: Integers, texts: _Texts) -> _Elements:
    count, number = lists.lengths[positions], lists.items.known(texts.known).astype(np.int64)
    line = np.repeat(np.arange(len(count)), count)
    if count.sum() < len(number):  # lines that are not dental have elements too
        dental = np.zeros(len(lists.lengths), dtype=bool)
        dental[positions] = True
        number = number[np.repeat(dental, lists.lengths)]
    facts = np.zeros(len(count), dtype=np.int64)
    np.bitwise_or.at(facts, line, texts.facts(number))
    return _Elements(line, number, facts, count)


def _dental(inputs: Inputs) -> _Dental | None:
    """Return the dental lines, or None where the batch has none."""
    dental = inputs.once(claim_arrays)["is_dental"]
    positions = np.flatnonzero(dental[inputs.row]) if dental.any() else np.empty(0, dtype=np.int64)
    if not len(positions):
        return None
    code = inputs.once(code_numbers)[positions]
    parts = (_elements(inputs.line_fields[name], positions, texts) for name, texts in _LISTS.items())
    return _Dental(positions, code, asks_of_codes().take(code), *parts)


def _nowhere(columns: tuple[tuple[str, str], ...], size: int) -> list[Made]:
    """Return columns that are false on every line."""
    return [never(name, size) for name, _ in columns]


def _somewhere(dental: _Dental, flags: dict[str, Flags], size: int) -> list[Made]:
    """Return flags of the dental lines as columns of all lines."""
    return [ArrayColumn(name, at(dental.positions, which, size, otherwise=False)) for name, which in flags.items()]


def _tooth_columns(inputs: Inputs) -> list[Made]:
    dental, size = inputs.once(_dental), inputs.lines.height
    if dental is None:
        return _nowhere(_TOOTH_COLUMNS, size)
    return _somewhere(dental, {**_tooth_flags(dental), **_code_flags(dental)}, size)


def _tooth_flags(dental: _Dental) -> dict[str, Flags]:
    """Return what is wrong with teeth, surfaces and areas, and with how they go together."""
    teeth, surfaces, areas = dental.teeth, dental.surfaces, dental.areas
    front, back = _fronts_and_backs(dental)
    distinct = np.bitwise_count(surfaces.facts & ~_SURFACES.bits.of("unknown"))
    known = ~has(surfaces.facts, _SURFACES.bits.of("unknown"))
    wanted = surfaces_of_codes().take(dental.code)
    most = max(SURFACES)
    misfit = np.where(wanted == most, surfaces.count < most, surfaces.count != wanted)
    elsewhere = np.zeros(len(dental.code), dtype=bool)
    for quadrant in _QUADRANTS:
        here = has(areas.facts, _AREAS_KNOWN.bits.of(quadrant))
        elsewhere |= here & (front | back) & ~has(teeth.facts, _TEETH.bits.of(quadrant))
    return {
        "tooth_unknown": has(teeth.facts, _TEETH.bits.of("unknown")),
        "tooth_primary": has(teeth.facts, _TEETH.bits.of("primary")),
        "tooth_permanent": has(teeth.facts, _TEETH.bits.of("permanent")),
        "surface_unknown": ~known,
        "surface_repeated": known & (distinct < surfaces.count),
        "surface_misfits": (has(surfaces.facts, _SURFACES.bits.of("O")) & front)
        | (has(surfaces.facts, _SURFACES.bits.of("I")) & back),
        "too_many_surfaces": surfaces.count > _MOST_SURFACES,
        "surface_count_misfits": (teeth.count == 1) & (surfaces.count > 0) & (wanted > 0) & misfit,
        "area_unknown": has(areas.facts, _AREAS_KNOWN.bits.of("unknown")),
        "area_misfits_tooth": elsewhere,
    }


def _fronts_and_backs(dental: _Dental) -> tuple[Flags, Flags]:
    """Return which lines have a front tooth, and which have known teeth of which none is one."""
    facts = dental.teeth.facts
    front = has(facts, _TEETH.bits.of("front"))
    return front, has(facts, _TEETH.bits.of("primary", "permanent")) & ~front


def _code_flags(dental: _Dental) -> dict[str, Flags]:
    """Return what the codes ask, and where the teeth do not fit them."""
    teeth, asks = dental.teeth, dental.asks
    front, back = _fronts_and_backs(dental)
    primary, permanent, premolar = (
        has(teeth.facts, _TEETH.bits.of(kind)) for kind in ("primary", "permanent", "premolar")
    )
    asked = {name: has(asks, ASK_BITS.of(name)) for name in ("front_filling", "back_filling", "primary", "permanent")}
    roots = (
        ("root_of_front", front & permanent),
        ("root_of_premolar", premolar),
        ("root_of_molar", back & permanent & ~premolar),
    )
    misfits = np.zeros(len(asks), dtype=bool)
    for name, fits in roots:
        misfits |= has(asks, ASK_BITS.of(name)) & (front | back) & ~fits
    return {
        "filling_misfits_tooth": (asked["front_filling"] & back) | (asked["back_filling"] & front),
        "root_canal_misfits_tooth": misfits,
        "code_of_primary_misfits": asked["primary"] & permanent,
        "code_of_permanent_misfits": asked["permanent"] & primary,
        "asks_for_quadrant": has(asks, ASK_BITS.of("quadrant")) & (dental.areas.count == 0),
        "asks_for_tooth": has(asks, ASK_BITS.of("tooth")) & (teeth.count == 0),
        "asks_for_surface": has(asks, ASK_BITS.of("surface")) & (teeth.count > 0) & (dental.surfaces.count == 0),
        "asks_for_records": has(asks, ASK_BITS.of("records")),
        "is_sealant": has(asks, ASK_BITS.of("sealant")),
        "is_fluoride": has(asks, ASK_BITS.of("fluoride")),
        "is_child_orthodontics": has(asks, ASK_BITS.of("child_orthodontics")),
    }


_TOOTH_COLUMNS = (
    ("tooth_unknown", "a tooth is neither 1-32, A-T nor a supernumerary tooth (51-82, AS-TS)"),
    ("tooth_primary", "a tooth is a primary tooth (A-T)"),
    ("tooth_permanent", "a tooth is a permanent tooth (1-32)"),
    ("surface_unknown", "a tooth surface is none of M O D B F L I"),
    ("surface_repeated", "a surface of the tooth stands there twice"),
    ("surface_misfits", "an occlusal surface on a front tooth, or an incisal one on a back tooth"),
    ("too_many_surfaces", "a tooth has more than five surfaces"),
    ("surface_count_misfits", "the filling has more or fewer surfaces than its code says"),
    ("area_unknown", "an area of the oral cavity is none of 00-10, 20, 30, 40"),
    ("area_misfits_tooth", "the tooth does not lie in the quadrant that the line names"),
    ("filling_misfits_tooth", "a filling for front teeth on a back tooth, or the reverse"),
    ("root_canal_misfits_tooth", "a root canal treatment coded for another kind of tooth"),
    ("code_of_primary_misfits", "a code for primary teeth on a permanent tooth"),
    ("code_of_permanent_misfits", "a code for permanent teeth on a primary tooth"),
    ("asks_for_quadrant", "the code is billed by quadrant and the line names no area"),
    ("asks_for_tooth", "a service of one tooth that names none"),
    ("asks_for_surface", "a filling that names its tooth and no surface"),
    ("asks_for_records", "crown, bridge, denture, implant or deep cleaning: payers ask for images or charts"),
    ("is_sealant", "the code is a sealant"),
    ("is_fluoride", "the code is a fluoride treatment"),
    ("is_child_orthodontics", "the code is orthodontics of the primary to adolescent dentition"),
)

LINE_TEETH = ColumnGroup(_TOOTH_COLUMNS, _tooth_columns)


def _beside_columns(inputs: Inputs) -> list[Made]:
    dental, size = inputs.once(_dental), inputs.lines.height
    if dental is None:
        return _nowhere(_BESIDE_COLUMNS, size)
    days, bits, places = inputs.once(claim_days), inputs.once(line_families), dental.positions
    evaluation, part, cleaning = (
        has(bits, CODE_BITS.of(name)) for name in ("periodic_evaluation", "dental_image_part", "adult_cleaning")
    )
    flags = {
        "evaluations_same_day": (evaluation & (days.number_of(evaluation) > 1))[places],
        "image_series_same_day": (part & days.some(has(bits, CODE_BITS.of("dental_image_series"))))[places],
        "deep_cleaning_same_day": (cleaning & days.some(has(bits, CODE_BITS.of("deep_cleaning"))))[places],
        **_same_tooth(dental, days.group[places]),
    }
    return _somewhere(dental, flags, size)


def _same_tooth(dental: _Dental, day: Integers) -> dict[str, Flags]:
    """Return which lines treat a tooth taken out that day, and which fill a surface that an earlier line fills.

    Args:
        dental: The dental lines.
        day: Claim and day of each, as a number.
    """
    size = len(dental.code)
    teeth, surfaces = dental.teeth, dental.surfaces
    extracts = has(dental.asks, ASK_BITS.of("extraction"))[teeth.line]
    tooth = day[teeth.line] * (_TEETH.unknown + 1) + teeth.number
    gone = ~extracts & np.isin(tooth, tooth[extracts])
    extracted = np.zeros(size, dtype=bool)
    extracted[teeth.line[gone]] = True
    # Surfaces of fillings with one tooth each: a filling names the surfaces of its tooth.
    one = (teeth.count == 1) & has(dental.asks, ASK_BITS.of("filling"))
    tooth_of_line = np.zeros(size, dtype=np.int64)
    tooth_of_line[teeth.line] = tooth
    of_filling = one[surfaces.line]
    line = surfaces.line[of_filling]
    key = tooth_of_line[line] * (_SURFACES.unknown + 1) + surfaces.number[of_filling]
    _, first, same = np.unique(key, return_index=True, return_inverse=True)
    filled = np.zeros(size, dtype=bool)
    filled[line[line[first][same] != line]] = True
    return {"extracted_same_day": extracted, "fills_same_surface": filled}


_BESIDE_COLUMNS = (
    ("evaluations_same_day", "the line is one of two or more oral evaluations of the claim and day"),
    ("image_series_same_day", "a single image beside a full series of the claim and day"),
    ("deep_cleaning_same_day", "a cleaning beside a deep or maintenance cleaning of the claim and day"),
    ("extracted_same_day", "the line treats a tooth that another line of the claim and day takes out"),
    ("fills_same_surface", "the filling covers a surface that an earlier line of the claim and day fills"),
)

LINE_DENTAL_BESIDE = ColumnGroup(_BESIDE_COLUMNS, _beside_columns)
