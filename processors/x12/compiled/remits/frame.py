"""A remit batch as a frame of remits.received: the memory of compiled code becomes Arrow columns; or one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from processors.x12.compiled.arrow import day_column, number_column
from processors.x12.compiled.columns import RowColumns, frame_of_batch, lists_of
from processors.x12.compiled.remits import memory as m
from processors.x12.compiled.remits.batch import RemitBatch
from processors.x12.results import ParsedRemit

_ALWAYS = frozenset({"source_byte_start", "source_byte_end", "charge_cents", "paid_cents"})
_LINE_ALWAYS = frozenset({"line_number", "charge_cents", "paid_cents", "difference_cents"})
"""Numbers that every claim payment or line has."""


def remits_frame(batch: RemitBatch) -> pl.DataFrame:
    """Return the claim payments of a batch as a frame with the columns of remits.received."""
    names = batch.names
    columns: dict[str, Any] = {"correction": names.corrections, **_PaymentColumns(batch).columns()}
    if any(names.provider_adjustments):
        columns["provider_adjustments"] = names.provider_adjustments
    return frame_of_batch(batch, columns)


def single_remits(batch: RemitBatch) -> Iterator[ParsedRemit]:
    """Yield the claim payments of a batch one by one."""
    for at, event in enumerate(remits_frame(batch).iter_rows(named=True)):
        yield ParsedRemit(event, batch.ordinal + at, event["source_byte_start"], event["source_byte_end"])


class _PaymentColumns(RowColumns):
    """The columns of the claim payments of a batch."""

    def __init__(self, batch: RemitBatch) -> None:
        self._batch = batch
        self._memory = batch.block.memory
        super().__init__(batch, self._memory.ends)

    def columns(self) -> dict[str, pa.Array]:
        """Return the fields of the claim payments that compiled code has read."""
        memory, batch = self._memory, self._batch
        rows = slice(batch.first, batch.end)
        columns = {name: self.texts(memory.texts[field, rows]) for field, name in enumerate(m.TEXTS)}
        for field, name in enumerate(m.NUMBERS):
            values = memory.numbers[field, rows]
            if field in (m.BYTE_START, m.BYTE_END):
                values = values + batch.block.base
            columns[name] = _numbers(name, values, memory.given[field, rows], _ALWAYS)
        for field, name in enumerate(m.UNITS):
            columns[name] = pa.array(memory.units[field, rows], mask=memory.units_given[field, rows] == 0)
        difference = memory.numbers[m.DIFFERENCE, rows]
        columns["claim_balanced"] = pa.array(difference == 0)
        columns["patient_corrected"] = pa.array(memory.numbers[m.PERSON_CORRECTED, rows] != 0)
        lines_balanced = memory.numbers[m.LINES_BALANCED, rows] != 0
        columns["lines_balanced"] = pa.array(lines_balanced, mask=memory.given[m.LINES_BALANCED, rows] == 0)
        columns |= self._lists(0, batch.first, batch.end)
        columns["unmapped"] = self._list(m.UNMAPPED, batch.first, batch.end)
        columns["lines"] = self._lines(*self.bounds(m.LINES, batch.first, batch.end))
        return columns

    def _lines(self, begin: int, end: int, ends: m.Ints) -> pa.Array:
        memory, rows, base = self._memory, slice(begin, end), self._batch.line_base
        columns: dict[str, Any] = {
            name: self.texts(memory.line_texts[field, rows]) for field, name in enumerate(m.LINE_TEXTS)
        }
        for field, name in enumerate(m.LINE_NUMBERS):
            columns[name] = _numbers(name, memory.line_numbers[field, rows], memory.line_given[field, rows],
                _LINE_ALWAYS)  # fmt: skip
        columns["line_number"] = columns["line_number"].cast(pa.int32())
        for field, name in enumerate(m.LINE_UNITS):
            columns[name] = pa.array(memory.line_units[field, rows], mask=memory.line_units_given[field, rows] == 0)
        columns["balanced"] = pa.array(memory.line_numbers[m.LINE_DIFFERENCE, rows] == 0)
        columns["line_control_token"] = self._batch.line_tokens[begin - base : end - base]
        columns |= self._lists(m.IN_LINE, begin, end)
        columns["modifiers"] = self._list(m.MODIFIERS, begin, end)
        columns["submitted_modifiers"] = self._list(m.SUBMITTED_MODIFIERS, begin, end)
        return self.lines(ends, columns)

    def _lists(self, more: int, first: int, end: int) -> dict[str, pa.Array]:
        """Return the lists that claim payments and lines have both; more is 0, or IN_LINE."""
        return {
            "adjustments": self._list(m.ADJUSTMENTS + more, first, end),
            "remark_codes": self._list(m.REMARKS + more, first, end),
            "amounts": self._list(m.AMOUNTS + more, first, end),
            "quantities": self._list(m.QUANTITIES + more, first, end),
        }

    def _list(self, kind: int, first: int, end: int) -> pa.Array:
        """Return a list of each row: texts, or records of a text with an amount or quantity."""
        memory = self._memory
        begin, last, ends = self.bounds(kind, first, end)
        items = slice(begin, last)
        values = self.texts(memory.item_texts[kind, items], is_nullable=False)
        cents, units = pa.array(memory.item_cents[kind, items]), memory.item_units[kind, items]
        if kind in (m.ADJUSTMENTS, m.ADJUSTMENTS + m.IN_LINE):
            groups = self.texts(memory.item_groups[int(kind > m.IN_LINE - 1), items], is_nullable=False)
            quantity = pa.array(units, mask=memory.item_given[kind, items] == 0)
            values = pa.StructArray.from_arrays(
                [groups, values, cents, quantity], names=["group_code", "carc", "amount_cents", "quantity"]
            )
        elif kind in (m.AMOUNTS, m.AMOUNTS + m.IN_LINE):
            values = pa.StructArray.from_arrays([values, cents], names=["qualifier", "amount_cents"])
        elif kind in (m.QUANTITIES, m.QUANTITIES + m.IN_LINE):
            values = pa.StructArray.from_arrays([values, pa.array(units)], names=["qualifier", "quantity"])
        return lists_of(ends, values)


def _numbers(name: str, values: NDArray[np.int64], given: NDArray[np.uint8], always: frozenset[str]) -> pa.Array:
    if name in m.DAYS:
        return day_column(values, given == 0)
    return number_column(values, None if name in always else given == 0)
