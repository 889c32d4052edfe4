"""What dental codes ask of teeth, surfaces and areas, by code range (sections of CDT); codes only."""

from __future__ import annotations

from functools import cache

import numpy as np

from processors.validation.columns.definition import Integers
from processors.validation.columns.flags import Bits
from processors.validation.columns.forms import PROCEDURE, expand

ASKS: dict[str, str] = {
    "front_filling": "D2330-D2332 D2335 D2390",
    "back_filling": "D2391-D2394",
    "filling": "D2140-D2161 D2330-D2335 D2391-D2394",
    "root_of_front": "D3310 D3346",
    "root_of_premolar": "D3320 D3347",
    "root_of_molar": "D3330 D3348",
    "primary": "D2929-D2930 D2934 D3230 D3240 D7111",
    "permanent": "D1351-D1352 D2710-D2799 D2931 D3221-D3222 D3310-D3348 D6010-D6199",
    "quadrant": "D4210-D4211 D4240-D4241 D4260-D4261 D4341-D4342 D7310-D7311 D7320-D7321",
    "tooth": "D2100-D3499 D7100-D7299",
    "surface": "D2140-D2169 D2330-D2339 D2390-D2399",
    "records": "D2710-D2799 D4260-D4261 D4341-D4342 D5110-D5281 D6010-D6199 D6205-D6794",
    "extraction": "D7111 D7140 D7210-D7251",
    "child_orthodontics": "D8010-D8030 D8050-D8080",
    "sealant": "D1351",
    "fluoride": "D1206 D1208",
}
"""Codes by what they are for or ask."""

ASK_BITS = Bits(tuple(ASKS))
"""The bit of each."""

SURFACES = {
    1: "D2140 D2330 D2391 D2510 D2610 D2650",
    2: "D2150 D2331 D2392 D2520 D2620 D2651",
    3: "D2160 D2332 D2393",
    4: "D2161 D2394",
}
"""Codes by the number of surfaces they fill; those for four stand for more as well."""


@cache
def asks_of_codes() -> Integers:
    """Return, for every number of a procedure code (`forms.PROCEDURE`), the bits of what it asks."""
    return ASK_BITS.table(PROCEDURE.size, ((name, PROCEDURE.numbers_of(expand(codes))) for name, codes in ASKS.items()))


@cache
def surfaces_of_codes() -> np.ndarray:
    """Return, for every number of a procedure code, how many surfaces it fills; 0 for codes that do not say."""
    table = np.zeros(PROCEDURE.size + 1, dtype=np.int8)
    for count, codes in SURFACES.items():
        table[PROCEDURE.numbers_of(expand(codes))] = count
    return table
