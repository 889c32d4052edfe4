"""Lines that belong to another one: add-on codes, parts of a panel, repeated lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.arrays import code_numbers
from processors.validation.columns.claim_days import claim_days, claims_of_lines, repeats
from processors.validation.columns.code_families import CODE_BITS
from processors.validation.columns.code_pairs import PairTable
from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.flags import Bits, has
from processors.validation.columns.forms import PROCEDURE
from processors.validation.columns.made import ArrayColumn, Made
from processors.validation.columns.modifiers import modifier_bits, of
from processors.validation.columns.procedures import line_families
from reference.library import ReferenceLibrary


@dataclass(frozen=True, eq=False)
class _AddOns:
    """Add-on codes: the type of each by code number (0: no add-on), and the pairs with their primary codes."""

    kind: np.ndarray
    pairs: PairTable


@lru_cache(maxsize=4)
def _add_ons(library: ReferenceLibrary) -> _AddOns:
    rows = library.frame("ncci_addon")
    kind = np.zeros(PROCEDURE.size + 1, dtype=np.int8)
    # An add-on with a list of primary codes to which contractors add (3) keeps that type whatever the order.
    for edit_type in (1, 2, 3):
        kind[PROCEDURE.numbers(rows.filter(pl.col("edit_type") == edit_type)["addon"])] = edit_type
    kind[PROCEDURE.size] = 0
    named = rows.filter(pl.col("primary") != "CCCCC")
    return _AddOns(kind, PairTable(PROCEDURE.numbers(named["addon"]), PROCEDURE.numbers(named["primary"])))


def _add_on_columns(inputs: Inputs) -> list[Made]:
    add_ons, number = _add_ons(inputs.library), inputs.once(code_numbers)
    kind = add_ons.kind.take(number)
    claims = inputs.once(claims_of_lines)
    found = np.zeros(len(number), dtype=bool)
    if kind.any():
        is_service = (kind == 0) & (number < PROCEDURE.size)
        add_on, _, _ = add_ons.pairs.find(claims.group, number, np.ones(len(number), dtype=bool))
        found[add_on] = True
        # Where the contractor decides, any service that is no add-on itself may be the primary one.
        found |= (kind == _CONTRACTOR) & claims.some(is_service)
    return [ArrayColumn("addon_type", kind), ArrayColumn("primary_on_claim", found)]


_CONTRACTOR = 2

LINE_ADD_ONS = ColumnGroup(
    (
        ("addon_type", "type of an add-on code: 1 listed primaries, 2 contractor decides, 3 both; 0 no add-on"),
        ("primary_on_claim", "a code that the add-on may follow stands on the claim"),
    ),
    _add_on_columns,
    tables=("ncci_addon",),
)

PANELS: dict[str, str] = {
    "80051": "82374 82435 84132 84295",
    "80048": "82310 82374 82435 82565 82947 84132 84295 84520",
    "80053": "82040 82247 82310 82374 82435 82565 82947 84075 84132 84155 84295 84450 84460 84520",
    "80061": "82465 83718 84478",
    "80069": "82040 82310 82374 82435 82565 82947 84100 84132 84295 84520",
    "80076": "82040 82247 82248 84075 84155 84450 84460",
    "80074": "86705 86709 86803 87340",
}
"""Laboratory panels and the tests that each consists of (CPT, organ or disease-oriented panels); larger ones last."""

_TESTS = tuple(sorted({test for tests in PANELS.values() for test in tests.split()}))
_TEST_BITS = Bits(_TESTS)


@cache
def _bits_of_tests() -> Integers:
    return _TEST_BITS.table(PROCEDURE.size, ((test, PROCEDURE.numbers_of([test])) for test in _TESTS))


def _panel_columns(inputs: Inputs) -> list[Made]:
    days = inputs.once(claim_days)
    bits = _bits_of_tests().take(inputs.once(code_numbers))
    panel = np.full(len(bits), len(PANELS), dtype=np.uint8)
    if bits.any():
        of_day = np.zeros(days.count, dtype=np.int64)
        np.bitwise_or.at(of_day, days.group, bits)
        for place, tests in enumerate(PANELS.values()):
            whole = _TEST_BITS.of(*tests.split())
            panel[has(bits, whole) & ((of_day & whole) == whole)[days.group]] = place
    return [ArrayColumn("panel_code", panel, enum=_PANEL)]


_PANEL = pl.Enum([*PANELS, ""])

LINE_PANELS = ColumnGroup(
    (("panel_code", "panel whose tests all stand on the claim and day, this line among them; empty for none"),),
    _panel_columns,
)


def _repeat_columns(inputs: Inputs) -> list[Made]:
    again, bits = inputs.once(repeats), inputs.once(modifier_bits)
    size = len(bits)
    repeated, one_side, sides = (np.zeros(size, dtype=bool) for _ in range(3))
    infusions = inputs.once(claim_days).number_of(
        has(inputs.once(line_families), CODE_BITS.of("initial_infusion")) & ~has(bits, of("59", "x"))
    )
    at = again.positions
    if len(at):
        repeated[at] = True
        carried, group = bits[at], again.same
        for side in ("left", "right"):
            alone = has(carried, of(side)) & ~has(carried, of("digit", "eyelid", "repeat", "59", "x"))
            one_side[at[alone & (group.number_of(alone) > 1)]] = True
        left, right = (has(carried, of(side)) for side in ("LT", "RT"))
        sides[at[(left & group.some(right)) | (right & group.some(left))]] = True
    return [
        ArrayColumn("repeats_code", repeated),
        ArrayColumn("repeats_side", one_side),
        ArrayColumn("other_side_beside", sides),
        ArrayColumn("initial_infusions_same_day", infusions.astype(np.int32)),
    ]


LINE_REPEATS = ColumnGroup(
    (
        ("repeats_code", "another line of the claim and day has the same code"),
        ("repeats_side", "another line of the claim and day has the same code on the same side"),
        ("other_side_beside", "the line says LT or RT and another line of code, claim and day the other side"),
        ("initial_infusions_same_day", "initial infusion or injection codes of the claim and day, not marked separate"),
    ),
    _repeat_columns,
)
