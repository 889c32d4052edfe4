"""A claim batch as a frame of claims.submitted: the memory of compiled code becomes Arrow columns; or one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from processors.x12.compiled import memory as m
from processors.x12.compiled.arrow import day_column, number_column
from processors.x12.compiled.batch import ClaimBatch
from processors.x12.compiled.columns import RowColumns, frame_of_batch, lists_of
from processors.x12.compiled.identity import PAYER_KINDS
from processors.x12.compiled.units import NO_DAY
from processors.x12.results import ParsedClaim

_ALWAYS = frozenset({
    "total_charge_cents", "source_byte_start", "source_byte_end", "attachment_count", "member_id_present",
    "prior_auth_on_file", "referral_on_file", "note_present", "line_number", "charge_cents",
})  # fmt: skip
"""Numbers that every claim or line has: what was not set is 0 or no."""
_FLAGS = frozenset(m.FLAGS) | {"emergency"}
_SMALL = frozenset({"attachment_count", "patient_age_years", "line_number"})
_KINDS = pa.array(PAYER_KINDS, pa.large_string())


def claims_frame(batch: ClaimBatch) -> pl.DataFrame:
    """Return the claims of a batch as a frame with the columns of claims.submitted."""
    names = {"patient_token": batch.names.patient_tokens, "claim_id": batch.names.claim_ids}
    return frame_of_batch(batch, names | _ClaimColumns(batch).columns())


def single_claims(batch: ClaimBatch) -> Iterator[ParsedClaim]:
    """Yield the claims of a batch one by one."""
    for at, event in enumerate(claims_frame(batch).iter_rows(named=True)):
        yield ParsedClaim(event, batch.ordinal + at, event["source_byte_start"], event["source_byte_end"],
            *batch.controls, batch.unmapped(at))  # fmt: skip


class _ClaimColumns(RowColumns):
    """The columns of the claims of a batch."""

    def __init__(self, batch: ClaimBatch) -> None:
        self._memory = batch.block.memory
        self._base = batch.block.base
        self._first, self._end = batch.first, batch.end
        super().__init__(batch, self._memory.ends)

    def columns(self) -> dict[str, pa.Array]:
        """Return the fields of the claims that compiled code has read."""
        memory, rows = self._memory, slice(self._first, self._end)
        columns = {name: self.texts(memory.texts[field, rows]) for field, name in enumerate(m.TEXTS)}
        for field, name in enumerate(m.NUMBERS):
            values = memory.numbers[field, rows]
            if field in (m.BYTE_START, m.BYTE_END):
                values = values + self._base
            columns[name] = _numbers(name, values, memory.given[field, rows])
        columns["payer_type"] = _KINDS.take(columns["payer_type"])
        for kind in range(m.MODIFIERS):
            counted = m.DIAGNOSIS if kind in (m.DIAGNOSIS_KIND, m.PRESENT) else kind
            columns[m.ITEM_TEXTS[kind]] = self._items(kind, *self.bounds(counted, self._first, self._end))
        columns["lines"] = self._lines(*self.bounds(m.LINES, self._first, self._end))
        return columns

    def _items(self, kind: int, begin: int, end: int, ends: m.Ints) -> pa.Array:
        """Return a list of a claim: texts, or records of a text with days or an amount."""
        values = self.texts(self._memory.item_texts[kind, begin:end], is_nullable=False)
        first, second = self._memory.item_days[2 * kind : 2 * kind + 2, begin:end]
        if kind == m.PROCEDURES:
            values = pa.StructArray.from_arrays([values, _days(first)], names=["code", "performed_on"])
        elif kind == m.OCCURRENCES:
            names = ["code", "date_from", "date_to"]
            values = pa.StructArray.from_arrays([values, _days(first), _days(second)], names=names)
        elif kind == m.VALUES:
            values = pa.StructArray.from_arrays([values, pa.array(first)], names=["code", "amount_cents"])
        return lists_of(ends, values)

    def _lines(self, begin: int, end: int, ends: m.Ints) -> pa.Array:
        memory, rows = self._memory, slice(begin, end)
        columns = {name: self.texts(memory.line_texts[field, rows]) for field, name in enumerate(m.LINE_TEXTS)}
        for field, name in enumerate(m.LINE_NUMBERS):
            columns[name] = _numbers(name, memory.line_numbers[field, rows], memory.line_given[field, rows])
        columns["units"] = pa.array(memory.units[rows])
        columns["modifiers"] = self._items(m.MODIFIERS, *self.bounds(m.MODIFIERS, begin, end))
        first, last, pointer_ends = self.bounds(m.POINTERS, begin, end)
        columns["diagnosis_pointers"] = lists_of(pointer_ends, pa.array(memory.pointers[first:last].astype(np.int32)))
        return self.lines(ends, columns)


def _numbers(name: str, values: NDArray[np.int64], given: NDArray[np.uint8]) -> pa.Array:
    mask = None if name in _ALWAYS else given == 0
    if name in _FLAGS:
        return pa.array(values != 0, mask=mask)
    if name in m.DAYS:
        return day_column(values, mask)
    return number_column(values.astype(np.int32) if name in _SMALL else values, mask)


def _days(values: NDArray[np.int64]) -> pa.Array:
    return day_column(values, values == NO_DAY)
