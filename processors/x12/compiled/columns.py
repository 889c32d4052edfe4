"""Rows of a block as Arrow columns: the texts, lists and lines that claims and claim payments are made of alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from processors.x12.compiled.arrow import text_column
from processors.x12.compiled.block_batch import BlockBatch
from schemas.codec.rows import arrow_column, arrow_types, frame_of_columns, missing_column

Columns = Mapping[str, Sequence[Any] | pa.Array]
"""Values, or an Arrow array, by field; a field that is not there is missing in every row."""


def frame_of_batch(batch: BlockBatch, columns: Columns) -> pl.DataFrame:
    """Return a batch as a frame of its contract.

    Args:
        batch: The batch; gives what names its rows and what they share.
        columns: The other fields.
    """
    types, size, names = arrow_types(batch.contract), len(batch), batch.names
    known: dict[str, Any] = {
        "_hash": names.digests, "event_id": names.event_ids, "patient_control_token": names.control_tokens,
        "phi": names.sealed,
    }  # fmt: skip
    known |= {name: pa.repeat(pa.scalar(value, types[name]), size) for name, value in batch.shared.items()}
    known |= columns
    whole = {name: known[name] if name in known else missing_column(dtype, size) for name, dtype in types.items()}
    return frame_of_columns(whole, batch.contract)


def lists_of(ends: NDArray[np.int64], values: pa.Array) -> pa.Array:
    """Return a list of each row; ends begins with 0, where the items of the first row begin."""
    return pa.LargeListArray.from_arrays(pa.array(ends), values)


class RowColumns:
    """Makes columns of the memory that compiled code has written.

    Args:
        batch: The rows.
        ends: Where the items of each row end, by list.
    """

    def __init__(self, batch: BlockBatch, ends: NDArray[np.int64]) -> None:
        self._contract = batch.contract
        self._data = pa.py_buffer(batch.block.data)
        self._ends = ends

    def texts(self, views: NDArray[np.uint8], *, is_nullable: bool = True) -> pa.Array:
        """Return texts; an empty one is null where it may be."""
        return text_column(views, self._data, is_nullable=is_nullable)

    def bounds(self, kind: int, first: int, end: int) -> tuple[int, int, NDArray[np.int64]]:
        """Return first and end of the items of these rows, and where they end, from 0."""
        ends = self._ends[kind]
        begin = int(ends[first - 1]) if first else 0
        last = int(ends[end - 1]) if end > first else begin
        return begin, last, np.concatenate(([0], ends[first:end] - begin))

    def lines(self, ends: NDArray[np.int64], columns: Columns) -> pa.Array:
        """Return the lines of each row, given where they end and their columns."""
        struct, size = arrow_types(self._contract)["lines"].value_type, int(ends[-1])
        types = {struct.field(at).name: struct.field(at).type for at in range(struct.num_fields)}
        arrays = [
            arrow_column(columns[name], dtype) if name in columns else missing_column(dtype, size)
            for name, dtype in types.items()
        ]
        return lists_of(ends, pa.StructArray.from_arrays(arrays, names=list(types)))
