"""Avro types as polars types, and what makes frames of an older schema fit the current one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.contracts import AvroSchema
from schemas.errors import ContractError

_PRIMITIVES: Mapping[str, pl.DataType] = {
    "string": pl.String(),
    "bytes": pl.Binary(),
    "int": pl.Int32(),
    "long": pl.Int64(),
    "float": pl.Float32(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
}
_LOGICAL: Mapping[str, pl.DataType] = {
    "date": pl.Date(),
    "timestamp-micros": pl.Datetime("us", "UTC"),
}

Names = dict[str, AvroSchema]
"""Named types met so far: Avro lets a schema refer to a record by name after its definition."""


def unwrap(schema: AvroSchema, names: Names) -> tuple[AvroSchema, bool]:
    """Return the schema behind a nullable union and a name, and whether null is allowed.

    Raises:
        TypeError: A union of anything but null and one type.
    """
    nullable = False
    if isinstance(schema, list):
        branches = [branch for branch in schema if branch != "null"]
        if len(branches) != 1 or schema[0] != "null":
            msg = f"only unions of null and one type are in use, not {schema}"
            raise TypeError(msg)
        schema, nullable = branches[0], True
    if isinstance(schema, str) and schema not in _PRIMITIVES:
        schema = names[schema]
    if isinstance(schema, dict) and schema["type"] == "record":
        names[schema["name"]] = schema
    return schema, nullable


def kind_of(schema: AvroSchema) -> str:
    """Return the logical type if there is one, else the type."""
    if isinstance(schema, str):
        return schema
    return str(schema.get("logicalType", schema["type"]))


def polars_type(schema: AvroSchema, names: Names) -> pl.DataType:
    """Return the polars type that an Avro schema decodes to."""
    schema, _ = unwrap(schema, names)
    kind = kind_of(schema)
    if kind == "record":
        return pl.Struct({f["name"]: polars_type(f["type"], names) for f in schema["fields"]})
    if kind == "array":
        return pl.List(polars_type(schema["items"], names))
    return _LOGICAL.get(kind) or _PRIMITIVES[kind]


def frame_schema(schema: AvroSchema) -> pl.Schema:
    """Return the columns of a frame of these records."""
    names: Names = {}
    return pl.Schema({f["name"]: polars_type(f["type"], names) for f in schema["fields"]})


def conforming(writer: AvroSchema, reader: AvroSchema) -> list[pl.Expr]:
    """Return the columns of the reader's schema, made of those of a frame of an older or newer schema.

    Fields the writer did not know get their default, fields the reader does not know are dropped, renamed
    fields are found by their alias, at every depth.

    Raises:
        ContractError: The writer's schema is of another record, or lacks a field that has no default.
    """
    if _full_name(writer) != _full_name(reader):
        msg = f"The schema is of the record {writer['name']}, not {reader['name']}."
        raise ContractError(msg, "Find the producer that publishes to the wrong topic.")
    writer_names: Names = {}
    reader_names: Names = {}
    written = {f["name"]: f for f in writer["fields"]}
    return [_field(pl.col, f, written, writer_names, reader_names) for f in reader["fields"]]


def _full_name(schema: AvroSchema) -> str:
    return f"{schema.get('namespace', '')}.{schema['name']}"


def _field(get: Any, field: Any, written: Mapping[str, Any], w: Names, r: Names) -> pl.Expr:
    name = next((n for n in (field["name"], *field.get("aliases", [])) if n in written), None)
    dtype = polars_type(field["type"], r)
    if name is None and "default" not in field:
        msg = f"The schema lacks the field {field['name']}, which has no default."
        raise ContractError(msg, "Register a schema with it: only fields with a default may be left out.")
    if name is None:
        return pl.lit(pl.Series([field.get("default")], dtype=dtype)).first().alias(field["name"])
    return _value(get(name), written[name]["type"], field["type"], w, r).alias(field["name"])


def _value(expr: pl.Expr, written: AvroSchema, read: AvroSchema, w: Names, r: Names) -> pl.Expr:
    written, _ = unwrap(written, w)
    read, _ = unwrap(read, r)
    kind = kind_of(read)
    if kind == "record":
        fields = {f["name"]: f for f in written["fields"]}
        made = pl.struct([_field(expr.struct.field, f, fields, w, r) for f in read["fields"]])
        return pl.when(expr.is_null()).then(None).otherwise(made)
    if kind == "array":
        return expr.list.eval(_value(pl.element(), written["items"], read["items"], w, r))
    return expr.cast(polars_type(read, r))
