"""One polars frame to many framed Avro messages, without a Python object a field.

Polars lends the memory of its columns; compiled code walks the contract's operations over it, row by row.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.codec.buffers import MEMORY_WIDTH, NULLS, find_columns
from schemas.codec.dtypes import frame_schema
from schemas.codec.lending import LentFrame
from schemas.codec.program import operations, table
from schemas.codec.writing import DONE, NULL, write_rows
from schemas.contracts import Contract
from schemas.errors import ContractError
from schemas.registry import SchemaIds
from schemas.wire import frame_header

_FIRST_GUESS_BYTES = 1024
_SLACK = 1.2


class ColumnarEncoder:
    """Encodes frames as messages of one contract.

    Args:
        contract: The contract to write.
        ids: Who knows its schema id.
    """

    def __init__(self, contract: Contract, ids: SchemaIds) -> None:
        self._contract = contract
        self._schema = frame_schema(contract.schema)
        self._header = np.frombuffer(frame_header(ids.id_of(contract)), dtype=np.uint8)
        self._operations = operations(contract.schema)
        self._table = table(self._operations)
        self._bytes_a_row = float(_FIRST_GUESS_BYTES)

    def encode(self, frame: pl.DataFrame, rows: NDArray[np.int64] | None = None) -> list[bytes]:
        """Encode one message a row.

        Args:
            frame: Has at least the columns of the contract, of types that cast to them.
            rows: Rows to encode, in this order; None for all of them.

        Raises:
            ContractError: A column is missing, has another type, or is null where the contract forbids it.
        """
        if rows is None:
            rows = np.arange(frame.height)
        if not len(rows):
            return []
        written = self._encode(self._select(frame), rows)
        if written is None:
            written = self._encode(self._cast(frame), rows)
        if written is None:
            raise self._misfit()
        return written

    def _encode(self, frame: pl.DataFrame, rows: NDArray[np.int64]) -> list[bytes] | None:
        """Return the messages, or None when a column is not of the contract's type."""
        columns = np.empty((len(self._operations), MEMORY_WIDTH), dtype=np.int64)
        with LentFrame(frame) as lent:
            if find_columns(self._table, lent.array, lent.schema, columns) >= 0:
                return None
            out, ends = self._write(columns, rows)
        self._bytes_a_row = max(1.0, ends[-1] / len(rows))
        written = out.data
        return [written[start:end].tobytes() for start, end in pairwise(ends.tolist())]

    def _write(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Write all rows, with more room whenever it does not suffice."""
        ends = np.zeros(len(rows) + 1, dtype=np.int64)
        out = np.empty(int(self._bytes_a_row * _SLACK * len(rows)) + _FIRST_GUESS_BYTES, dtype=np.uint8)
        row = 0
        while True:
            status, at = write_rows(self._table, columns, self._header, row, rows, out, ends)
            if status == DONE:
                return out, ends
            if status == NULL:
                msg = f"The field {self._operations[at].path} is null in {columns[at, NULLS]} records."
                raise ContractError(msg, "The contract requires a value: set it, or make the field nullable.")
            row = at
            larger = np.empty(2 * len(out), dtype=np.uint8)
            larger[: ends[row]] = out[: ends[row]]
            out = larger

    def _select(self, frame: pl.DataFrame) -> pl.DataFrame:
        try:
            return frame[list(self._schema)]
        except pl.exceptions.PolarsError as error:
            raise self._misfit() from error

    def _cast(self, frame: pl.DataFrame) -> pl.DataFrame:
        columns = []
        for name, dtype in self._schema.items():
            try:
                columns.append(frame.get_column(name).cast(dtype))
            except pl.exceptions.PolarsError as error:
                raise self._misfit(name) from error
        return pl.DataFrame(columns)

    def _misfit(self, field: str = "a column is missing or has another type") -> ContractError:
        msg = f"The frame does not fit the contract {self._contract.name}: {field}."
        return ContractError(msg, "Compare its columns with the contract's .avsc.")
