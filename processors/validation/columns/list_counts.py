"""What the lists of claims and lines hold in numbers: how many values, how many different ones, lowest and highest."""

from __future__ import annotations

import numpy as np

from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from processors.validation.columns.fields import Fields
from processors.validation.columns.made import ArrayColumn, Flags, Made
from schemas.compiled import compiled

_NO_POINTER = np.iinfo(np.int32).min
_NO_TEXT = -1


@compiled
def _different(values: Integers, lengths: Integers, out: np.ndarray) -> None:
    """Count the different values of each list; lists are short, so that each value is compared with those before it."""
    start = 0
    for one in range(len(lengths)):
        count = 0
        for place in range(start, start + lengths[one]):
            is_new = True
            for before in range(start, place):
                if values[before] == values[place]:
                    is_new = False
                    break
            count += is_new
        out[one] = count
        start += lengths[one]


@compiled
def _bounds(values: Integers, missing: int, lengths: Integers, lowest: np.ndarray, highest: np.ndarray) -> None:
    """Find the lowest and the highest value of each list, `missing` where it has none."""
    start = 0
    for one in range(len(lengths)):
        lowest[one] = highest[one] = missing
        for place in range(start, start + lengths[one]):
            value = values[place]
            if value != missing:
                lowest[one] = value if lowest[one] == missing else min(lowest[one], value)
                highest[one] = max(highest[one], value)
        start += lengths[one]


class _Lists:
    """The lists of a field, as columns of numbers."""

    def __init__(self, fields: Fields, name: str) -> None:
        self.field = fields[name]
        given = self.field.given()
        self._given: Flags | None = None if given.all() else given

    def count(self, name: str) -> ArrayColumn:
        """Return how many values each list has; null for a null."""
        return ArrayColumn(name, self.field.lengths.astype(np.int32), given=self._given)

    def different_texts(self, name: str) -> ArrayColumn:
        """Return how many different texts each list has; null for a null."""
        texts = self.field.items
        return self.different(name, np.where(texts.given(), texts.hashes(), _NO_TEXT))

    def different(self, name: str, values: Integers) -> ArrayColumn:
        """Return how many different values each list has, by values that stand for them; null for a null."""
        out = np.empty(len(self.field.lengths), dtype=np.int32)
        _different(values, self.field.lengths, out)
        return ArrayColumn(name, out, given=self._given)


def _of_claims(inputs: Inputs) -> list[Made]:
    codes = _Lists(inputs.claim_fields, "diagnosis_codes")
    return [
        codes.count("diagnosis_count"),
        codes.different_texts("diagnosis_distinct_count"),
        _Lists(inputs.claim_fields, "other_payers").count("other_payer_count"),
    ]


CLAIM_LISTS = ColumnGroup(
    (
        ("diagnosis_count", "number of diagnosis codes"),
        ("diagnosis_distinct_count", "different diagnosis codes"),
        ("other_payer_count", "number of other payers"),
    ),
    _of_claims,
)


def _of_lines(inputs: Inputs) -> list[Made]:
    fields = inputs.line_fields
    modifiers, pointers = _Lists(fields, "modifiers"), _Lists(fields, "diagnosis_pointers")
    values, size = pointers.field.items.whole(_NO_POINTER), inputs.lines.height
    lowest, highest = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    _bounds(values, _NO_POINTER, pointers.field.lengths, lowest, highest)
    some = lowest != _NO_POINTER
    return [
        modifiers.count("modifier_count"),
        modifiers.different_texts("modifier_distinct_count"),
        pointers.count("pointer_count"),
        ArrayColumn("lowest_pointer", lowest, given=None if some.all() else some),
        ArrayColumn("highest_pointer", highest, given=None if some.all() else some),
        pointers.different("pointer_distinct_count", values),
        _Lists(fields, "tooth_codes").count("tooth_count"),
        _Lists(fields, "tooth_surfaces").count("surface_count"),
    ]


LINE_LISTS = ColumnGroup(
    (
        ("modifier_count", "number of modifiers"),
        ("modifier_distinct_count", "different modifiers"),
        ("pointer_count", "number of diagnosis pointers"),
        ("lowest_pointer", "lowest diagnosis pointer"),
        ("highest_pointer", "highest diagnosis pointer"),
        ("pointer_distinct_count", "different diagnosis pointers"),
        ("tooth_count", "number of tooth codes"),
        ("surface_count", "number of tooth surfaces"),
    ),
    _of_lines,
)
