"""Records of a contract, as Python mappings or columns of values, into a frame: one Arrow array a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import polars as pl
import pyarrow as pa

from schemas.codec.dtypes import frame_schema
from schemas.contracts import Contract

Columns = Mapping[str, Sequence[Any]]
"""Values by field; a field that is not there is null in every record."""


@lru_cache(maxsize=64)
def arrow_types(contract: Contract) -> Mapping[str, pa.DataType]:
    """Return the Arrow type of each field of a contract, in order."""
    empty = pl.DataFrame(schema=frame_schema(contract.schema)).to_arrow(compat_level=pl.CompatLevel.oldest())
    return {field.name: field.type for field in empty.schema}


def frame_of_records(records: Sequence[Mapping[str, Any]], contract: Contract) -> pl.DataFrame:
    """Return records of a contract as a frame with its columns.

    Args:
        records: Each has every field of the contract.
        contract: The contract.
    """
    return frame_of_columns({name: [record[name] for record in records] for name in contract.field_names}, contract)


def frame_of_columns(columns: Mapping[str, Sequence[Any] | pa.Array], contract: Contract) -> pl.DataFrame:
    """Return columns of values as a frame of a contract.

    Args:
        columns: Values, or an Arrow array, by field.
        contract: The contract.
    """
    arrays = {name: arrow_column(columns[name], dtype) for name, dtype in arrow_types(contract).items()}
    frame = pl.from_arrow(pa.table(arrays))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table gives a frame
    return frame


def arrow_column(values: Sequence[Any] | pa.Array, dtype: pa.DataType) -> pa.Array:
    """Return values as an Arrow array of a type."""
    if isinstance(values, pa.Array):
        return values
    if values and values[0] is None and values.count(None) == len(values):
        return pa.nulls(len(values), dtype)
    return pa.array(values, dtype)


def missing_column(dtype: pa.DataType, size: int) -> pa.Array:
    """Return a column in which nothing is said: nulls, or empty lists."""
    if pa.types.is_large_list(dtype):
        return pa.LargeListArray.from_arrays(pa.array([0] * (size + 1), pa.int64()), pa.nulls(0, dtype.value_type))
    return pa.nulls(size, dtype)
