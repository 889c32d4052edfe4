"""The modifiers of every line: a bit each, named groups of them as boolean columns, and what conflicts.

Sources: CPT appendix A and the HCPCS level II modifiers; Medicare Claims Processing Manual chapters 4, 5, 12, 15, 17.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache, partial

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.flags import Bits, Flags, booleans, has
from processors.validation.columns.forms import TWO, expand
from processors.validation.columns.made import ArrayColumn, FlagColumn, Made
from reference.library import ReferenceLibrary

_FINGERS, _TOES = "FA F1-F9", "TA T1-T9"
_ENDS = "DEGHIJNPRS"
"""Letters of an ambulance trip's origin; a destination may also be X, a stop at a doctor's office."""

_ALONE = (
    "22 24-26 TC 50 51 54-57 59 62 66 76 77 80-82 AS AA AD QK QX QY QZ GA GX GY GZ GP GO GN CQ CO "
    "LT RT NU RR UE JW JZ AT AI FS GG"
)
"""Modifiers that have a bit of their own."""

GROUPS: dict[str, str] = {
    **{code: code for code in expand(_ALONE)},
    "x": "XE XP XS XU",
    "reduced": "52 53",
    "remote": "93 95",
    "remote_formerly": "GT GQ",
    "repeat": "76 77 91",
    "laboratory": "90 91 QW",
    "outpatient_facility": "27 73 74",
    "anesthesia": "AA AD QK QX QY QZ QS G8 G9 23 P1-P6",
    "surgical": "50 51 54 55 56 58 62 66 78 79 80 81 82 AS",
    "left": "LT FA F1-F4 TA T1-T4 E1 E2",
    "right": "RT F5-F9 T5-T9 E3 E4",
    "digit": f"{_FINGERS} {_TOES}",
    "eyelid": "E1-E4",
    "coronary": "LC LD LM RC RI",
    "trip": " ".join(a + b for a in _ENDS for b in f"{_ENDS}X"),
    "ncci": f"E1-E4 {_FINGERS} {_TOES} LT RT LC LD RC LM RI 24 25 27 57 58 59 78 79 91 XE XP XS XU",
    "pricing": "26 TC 50 51 52 53 54 55 56 62 66 73 74 78 80 81 82 AS AA AD QK QX QY QZ NU RR UE CQ CO FX FY",
}
"""Modifiers of every group; a name of two characters is the modifier itself."""

_BITS = Bits(tuple(GROUPS))


def of(*names: str) -> int:
    """Return the bits of modifiers and groups."""
    return _BITS.of(*names)


@cache
def _bits_of_modifiers() -> Integers:
    return _BITS.table(TWO.size, ((name, TWO.numbers_of(expand(codes))) for name, codes in GROUPS.items()))


@dataclass(frozen=True, eq=False)
class FlatModifiers:
    """All modifiers of a batch, one below the other.

    Attributes:
        line: Position of the line of each.
        number: Number of each (`forms.TWO`).
        lines: Number of lines.
    """

    line: Integers
    number: Integers
    lines: int

    def count(self, which: np.ndarray) -> pl.Series:
        """Return how many modifiers of every line are among these."""
        return pl.Series(np.bincount(self.line[which], minlength=self.lines).astype(np.int32))


def flat_modifiers(inputs: Inputs) -> FlatModifiers:
    """Return the modifiers of the batch."""
    lists = inputs.line_fields["modifiers"]
    line = np.repeat(np.arange(inputs.lines.height), lists.lengths)
    return FlatModifiers(line, TWO.of(lists.items), inputs.lines.height)


def modifier_bits(inputs: Inputs) -> Integers:
    """Return the bits of the modifiers of every line."""
    flat = inputs.once(flat_modifiers)
    bits = np.zeros(flat.lines, dtype=np.int64)
    np.bitwise_or.at(bits, flat.line, _bits_of_modifiers().take(flat.number))
    return bits


_HAS: dict[str, tuple[str, ...]] = {
    **{
        f"has_{code.lower()}": (code,)
        for code in expand("22 24 25 50 51 57 59 62 66 26 TC GP GO GN CQ CO JW AT AI FS GG LT RT")
    },
    "has_x": ("x",),
    "has_reduced": ("reduced",),
    "has_split_care": ("54", "55", "56"),
    "has_assistant": ("80", "81", "82", "AS"),
    "has_repeat": ("repeat",),
    "has_laboratory_modifier": ("laboratory",),
    "has_facility_modifier": ("outpatient_facility",),
    "has_surgeon_modifier": ("54", "55", "56", "62", "66", "80", "81", "82", "AS", "AA", "AD", "QK", "QX", "QY", "QZ"),
    "has_anesthetist": ("AA", "AD", "QK", "QX", "QY", "QZ"),
    "has_anesthesia_modifier": ("anesthesia",),
    "has_surgical_modifier": ("surgical",),
    "has_separate_modifier": ("59", "x"),
    "has_telehealth": ("remote", "remote_formerly"),
    "has_discipline": ("GP", "GO", "GN"),
    "has_liability_notice": ("GA", "GX", "GY", "GZ"),
    "has_equipment_modifier": ("NU", "RR", "UE"),
    "has_digit": ("digit",),
    "has_eyelid": ("eyelid",),
    "has_coronary": ("coronary",),
    "has_trip": ("trip",),
}
"""Columns that say whether a line carries any of some modifiers."""

_CONFLICTS: dict[str, tuple[str, ...]] = {
    "components_conflict": ("26", "TC"),
    "sides_conflict": ("left", "right"),
    "split_care_conflict": ("54", "55", "56"),
    "repeats_conflict": ("76", "77"),
    "assistants_conflict": ("80", "81", "82"),
    "telehealth_conflict": ("remote", "remote_formerly"),
    "notices_conflict": ("GA", "GX", "GZ"),
    "anesthetists_conflict": ("AA", "AD", "QK", "QX", "QY", "QZ"),
    "disciplines_conflict": ("GP", "GO", "GN"),
    "equipment_conflict": ("NU", "RR", "UE"),
    "waste_conflict": ("JW", "JZ"),
}
"""Columns that say whether a line carries two or more of some modifiers that exclude each other."""


def several(bits: Integers, wanted: int) -> Flags:
    """Return where two or more of the wanted bits are set."""
    chosen = bits & wanted
    flags: Flags = (chosen & (chosen - 1)) != 0
    return flags


def _modifier_columns(inputs: Inputs) -> list[Made]:
    flat, bits = inputs.once(flat_modifiers), inputs.once(modifier_bits)
    repeated = np.zeros(flat.lines, dtype=bool)
    key = np.sort(flat.line * (TWO.size + 1) + flat.number)
    repeated[key[1:][key[1:] == key[:-1]] // (TWO.size + 1)] = True
    pricing = has(_bits_of_modifiers().take(flat.number), of("pricing"))
    late = np.zeros(flat.lines, dtype=bool)
    late[flat.line[1:][pricing[1:] & ~pricing[:-1] & (flat.line[1:] == flat.line[:-1])]] = True
    unequal = has(bits, of("GY")) & has(bits, of("GA", "GZ"))
    return [
        *booleans(bits, {name: of(*codes) for name, codes in _HAS.items()}),
        *_conflicts(bits),
        flat.count(flat.number == TWO.size).alias("malformed_modifier_count"),
        ArrayColumn("modifier_repeated", repeated),
        ArrayColumn("pricing_modifier_late", late),
        ArrayColumn("exclusion_conflict", unequal),
    ]


def _conflicts(bits: Integers) -> list[FlagColumn]:
    """Return the columns of modifiers that exclude each other, computed only where two of them occur at all."""
    somewhere = int(np.bitwise_or.reduce(bits)) if len(bits) else 0
    wanted = {name: of(*codes) for name, codes in _CONFLICTS.items()}
    return [
        FlagColumn(name, partial(several, bits, mask), (somewhere & mask).bit_count() > 1)
        for name, mask in wanted.items()
    ]


def _named(name: str, codes: tuple[str, ...], how: str) -> tuple[str, str]:
    listed = " ".join(GROUPS[code] for code in codes) if codes != ("trip",) else "two letters of origin and destination"
    return (name, f"the line carries {how} {listed}")


LINE_MODIFIERS = ColumnGroup(
    (
        *(_named(name, codes, "any of" if len(codes) > 1 else "modifier") for name, codes in _HAS.items()),
        *(_named(name, codes, "two or more of") for name, codes in _CONFLICTS.items()),
        ("malformed_modifier_count", "modifiers that are not two digits or capitals"),
        ("modifier_repeated", "a modifier stands on the line twice"),
        ("pricing_modifier_late", "a modifier that sets the price stands behind one that does not"),
        ("exclusion_conflict", "the line is excluded by law (GY) and awaits a denial as unnecessary (GA or GZ)"),
    ),
    _modifier_columns,
)


@lru_cache(maxsize=4)
def _published(library: ReferenceLibrary) -> np.ndarray:
    """Return, for every number of a modifier, whether it is published; a text without the form is let pass."""
    published = np.zeros(TWO.size + 1, dtype=bool)
    published[TWO.numbers(library.frame("modifiers")["modifier"])] = True
    published[_bits_of_modifiers() & of("trip") != 0] = True  # ambulance modifiers are made, not listed
    published[TWO.size] = True
    return published


def _unknown(inputs: Inputs) -> list[Made]:
    flat = inputs.once(flat_modifiers)
    return [flat.count(~_published(inputs.library).take(flat.number)).alias("unknown_modifier_count")]


UNKNOWN_MODIFIERS = ColumnGroup(
    (("unknown_modifier_count", "well-formed modifiers outside the published list"),),
    _unknown,
    tables=("modifiers",),
    whole=True,
)
