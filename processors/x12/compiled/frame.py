"""A claim batch as a frame of claims.submitted: the memory of compiled code becomes Arrow columns; or one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from processors.x12.compiled import memory as m
from processors.x12.compiled.arrow import day_column, number_column, text_column
from processors.x12.compiled.batch import ClaimBatch
from processors.x12.compiled.identity import PAYER_KINDS
from processors.x12.compiled.units import NO_DAY
from processors.x12.results import ParsedClaim
from schemas.codec.rows import arrow_column, arrow_types, missing_column
from schemas.contracts import CLAIMS_SUBMITTED

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
    part, size = _Part(batch), len(batch)
    names = batch.names
    columns: dict[str, Any] = {
        "_hash": names.digests, "event_id": names.event_ids, "patient_token": names.patient_tokens,
        "claim_id": names.claim_ids, "patient_control_token": names.control_tokens, "phi": names.sealed,
    }  # fmt: skip
    types = arrow_types(CLAIMS_SUBMITTED)
    columns |= {name: pa.repeat(pa.scalar(value, types[name]), size) for name, value in batch.shared.items()}
    columns |= part.claim_columns()
    arrays = {
        name: arrow_column(columns[name], dtype) if name in columns else missing_column(dtype, size)
        for name, dtype in types.items()
    }
    frame = pl.from_arrow(pa.table(arrays))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table gives a frame
    return frame


def single_claims(batch: ClaimBatch) -> Iterator[ParsedClaim]:
    """Yield the claims of a batch one by one."""
    for at, event in enumerate(claims_frame(batch).iter_rows(named=True)):
        yield ParsedClaim(event, batch.ordinal + at, event["source_byte_start"], event["source_byte_end"],
            *batch.controls, batch.unmapped(at))  # fmt: skip


class _Part:
    """The columns of the claims of a batch."""

    def __init__(self, batch: ClaimBatch) -> None:
        self._memory = batch.block.memory
        self._base = batch.block.base
        self._data = pa.py_buffer(batch.block.data)
        self._first, self._end = batch.first, batch.end

    def claim_columns(self) -> dict[str, pa.Array]:
        """Return the fields of the claims that compiled code has read."""
        memory, rows = self._memory, slice(self._first, self._end)
        columns = {name: self._texts(memory.texts[field, rows], is_nullable=True) for field, name in enumerate(m.TEXTS)}
        for field, name in enumerate(m.NUMBERS):
            values = memory.numbers[field, rows]
            if field in (m.BYTE_START, m.BYTE_END):
                values = values + self._base
            columns[name] = _numbers(name, values, memory.given[field, rows], m.DAYS)
        columns["payer_type"] = _KINDS.take(columns["payer_type"])
        for kind in range(m.MODIFIERS):
            counted = m.DIAGNOSIS if kind in (m.DIAGNOSIS_KIND, m.PRESENT) else kind
            columns[m.ITEM_TEXTS[kind]] = self._items(kind, *self._bounds(counted, self._first, self._end))
        columns["lines"] = self._lines(*self._bounds(m.LINES, self._first, self._end))
        return columns

    def _bounds(self, kind: int, first: int, end: int) -> tuple[int, int, NDArray[np.int64]]:
        """Return first and end of the items of these rows, and where they end, from 0."""
        ends = self._memory.ends[kind]
        begin = int(ends[first - 1]) if first else 0
        last = int(ends[end - 1]) if end > first else begin
        return begin, last, np.concatenate(([0], ends[first:end] - begin))

    def _texts(self, views: NDArray[np.uint8], *, is_nullable: bool) -> pa.Array:
        return text_column(views, self._data, is_nullable=is_nullable)

    def _items(self, kind: int, begin: int, end: int, ends: NDArray[np.int64]) -> pa.Array:
        """Return a list of a claim: texts, or records of a text with days or an amount."""
        values = self._texts(self._memory.item_texts[kind, begin:end], is_nullable=False)
        first, second = self._memory.item_days[2 * kind : 2 * kind + 2, begin:end]
        if kind == m.PROCEDURES:
            values = pa.StructArray.from_arrays([values, _days(first)], names=["code", "performed_on"])
        elif kind == m.OCCURRENCES:
            names = ["code", "date_from", "date_to"]
            values = pa.StructArray.from_arrays([values, _days(first), _days(second)], names=names)
        elif kind == m.VALUES:
            values = pa.StructArray.from_arrays([values, pa.array(first)], names=["code", "amount_cents"])
        return pa.LargeListArray.from_arrays(pa.array(ends), values)

    def _lines(self, begin: int, end: int, ends: NDArray[np.int64]) -> pa.Array:
        memory, rows = self._memory, slice(begin, end)
        columns: dict[str, pa.Array] = {
            name: self._texts(memory.line_texts[field, rows], is_nullable=True)
            for field, name in enumerate(m.LINE_TEXTS)
        }
        for field, name in enumerate(m.LINE_NUMBERS):
            values, given = memory.line_numbers[field, rows], memory.line_given[field, rows]
            columns[name] = _numbers(name, values, given, m.DAYS)
        columns["units"] = pa.array(memory.units[rows])
        columns["modifiers"] = self._items(m.MODIFIERS, *self._bounds(m.MODIFIERS, begin, end))
        first, last, pointer_ends = self._bounds(m.POINTERS, begin, end)
        pointers = pa.array(memory.pointers[first:last].astype(np.int32))
        columns["diagnosis_pointers"] = pa.LargeListArray.from_arrays(pa.array(pointer_ends), pointers)
        struct = arrow_types(CLAIMS_SUBMITTED)["lines"].value_type
        fields = [struct.field(at) for at in range(struct.num_fields)]
        arrays = [columns.get(one.name) for one in fields]
        size = end - begin
        whole = [
            missing_column(one.type, size) if array is None else array
            for one, array in zip(fields, arrays, strict=True)
        ]
        items = pa.StructArray.from_arrays(whole, names=[one.name for one in fields])
        return pa.LargeListArray.from_arrays(pa.array(ends), items)


def _numbers(name: str, values: NDArray[np.int64], given: NDArray[np.uint8], days: tuple[str, ...]) -> pa.Array:
    mask = None if name in _ALWAYS else given == 0
    if name in _FLAGS:
        return pa.array(values != 0, mask=mask)
    if name in days:
        return day_column(values, mask)
    return number_column(values.astype(np.int32) if name in _SMALL else values, mask)


def _days(values: NDArray[np.int64]) -> pa.Array:
    return day_column(values, values == NO_DAY)
