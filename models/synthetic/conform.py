"""Frames made to fit an Avro contract: columns and struct fields in order, what is not given at its empty value."""

from __future__ import annotations

import polars as pl

from schemas.codec.dtypes import frame_schema
from schemas.contracts import CLAIMS_SUBMITTED

CLAIM_SCHEMA = frame_schema(CLAIMS_SUBMITTED.schema)
"""Columns of claims.submitted."""


def complete(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return the columns of the contract: missing ones are null, missing lists empty."""
    absent = [_empty(name, dtype) for name, dtype in schema.items() if name not in frame.columns]
    return frame.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _empty(name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.lit([] if isinstance(dtype, pl.List) else None, dtype).alias(name)


def struct_fields(schema: pl.Schema, column: str) -> dict[str, pl.DataType]:
    """Return the fields of the records that a list column of the contract holds."""
    dtype = schema[column]
    if not isinstance(dtype, pl.List) or not isinstance(dtype.inner, pl.Struct):
        msg = f"{column} is no list of records"
        raise TypeError(msg)
    return {field.name: field.dtype for field in dtype.inner.fields}  # type: ignore[misc]  # fields hold instances


def records(schema: pl.Schema, column: str, given: list[str]) -> pl.Expr:
    """Return a struct expression of the contract's record: given columns, everything else at its empty value."""
    fields = struct_fields(schema, column)
    return pl.struct(
        pl.col(name).cast(dtype) if name in given else _empty(name, dtype) for name, dtype in fields.items()
    )
