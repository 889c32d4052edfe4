"""One polars frame to many framed Avro messages, column by column in Arrow.

Every column becomes a binary column of its encoded values; one element-wise join makes the messages. The
items of a list lie next to each other in memory already, so joining them costs no copy: the list's bytes
are a longer slice of the items' bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.codec.dtypes import Names, frame_schema, kind_of, unwrap
from schemas.codec.varint import Flags, Numbers, binary_column, zigzag_bytes, zigzag_columns
from schemas.contracts import AvroSchema, Contract
from schemas.errors import ContractError
from schemas.registry import SchemaIds
from schemas.wire import frame_header

Pieces = list[pa.Array | pa.Scalar | Numbers]
"""Binary columns, constants and numbers to encode whose element-wise concatenation is the encoded value."""

ValueEncoder = Callable[[pa.Array], Pieces]


class UnionAwareEncoder(Protocol):
    """Encodes a type whose nullable form costs nothing extra."""

    def __call__(self, array: pa.Array, *, nullable: bool) -> Pieces:
        """Encode; when nullable, with the union branch before each value."""


_NOTHING = pa.scalar(b"", pa.large_binary())
_ZERO = pa.scalar(b"\x00", pa.large_binary())
_VALUE = pa.scalar(b"\x02", pa.large_binary())
_NO_BYTES = pa.py_buffer(b"")
_BRANCHES = pa.array([b"\x00", b"\x02"], pa.large_binary())
_BOOLEANS = pa.array([b"\x00", b"\x01"], pa.large_binary())


class ColumnarEncoder:
    """Encodes frames as messages of one contract.

    Args:
        contract: The contract to write.
        ids: Who knows its schema id.
    """

    def __init__(self, contract: Contract, ids: SchemaIds) -> None:
        self._contract = contract
        self._schema = frame_schema(contract.schema)
        self._header = pa.scalar(frame_header(ids.id_of(contract)), pa.large_binary())
        names: Names = {}
        self._encoders = [_encoder(f["type"], f["name"], names) for f in contract.schema["fields"]]

    def encode(self, frame: pl.DataFrame) -> list[bytes]:
        """Encode one message a row.

        Args:
            frame: Has at least the columns of the contract, of types that cast to them.

        Raises:
            ContractError: A column is missing, has another type, or is null where the contract forbids it.
        """
        if not frame.height:
            return []
        pieces: Pieces = [self._header]
        for encode, (name, dtype) in zip(self._encoders, self._schema.items(), strict=True):
            pieces += encode(self._array(frame, name, dtype))
        messages: list[bytes] = _column(_join(pieces), frame.height).to_pylist()
        return messages

    def _array(self, frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pa.Array:
        try:
            column = frame.get_column(name)
            column = column if column.dtype == dtype else column.cast(dtype)
        except pl.exceptions.PolarsError as error:
            msg = f"The frame does not fit the contract {self._contract.name}: {name}, {type(error).__name__}."
            raise ContractError(msg, "Compare its columns with the contract's .avsc.") from error
        return column.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())


def _join(pieces: Pieces) -> pa.Array | pa.Scalar:
    """Join pieces element by element; constants that meet are joined once, not once a row."""
    encoded = iter(zigzag_columns([piece for piece in pieces if isinstance(piece, Numbers)]))
    merged: list[pa.Array | pa.Scalar] = []
    for piece in pieces:
        column = next(encoded) if isinstance(piece, Numbers) else piece
        if merged and isinstance(column, pa.Scalar) and isinstance(merged[-1], pa.Scalar):
            merged[-1] = pa.scalar(merged[-1].as_py() + column.as_py(), pa.large_binary())
        else:
            merged.append(column)
    return merged[0] if len(merged) == 1 else pc.binary_join_element_wise(*merged, _NOTHING)


def _encoder(schema: AvroSchema, path: str, names: Names) -> ValueEncoder:
    """Compile the encoder of one field; path names it in errors."""
    inner_schema, nullable = unwrap(schema, names)
    kind = kind_of(inner_schema)
    if kind in _UNION_AWARE:
        encode = _UNION_AWARE[kind]
        return _compact(encode) if nullable else _required(lambda array: encode(array, nullable=False), path)
    if kind == "record":
        inner = _record(inner_schema, path, names)
    elif kind == "array":
        inner = _array(_encoder(inner_schema["items"], f"{path}[]", names))
    else:
        inner = _SCALARS[kind]
    return _nullable(inner) if nullable else _required(inner, path)


def _required(inner: ValueEncoder, path: str) -> ValueEncoder:
    def encode(array: pa.Array) -> Pieces:
        if array.null_count:
            msg = f"The field {path} is null in {array.null_count} records."
            raise ContractError(msg, "The contract requires a value: set it, or make the field nullable.")
        return inner(array)

    return encode


def _compact(inner: UnionAwareEncoder) -> ValueEncoder:
    """Let the type write the union branch itself, in one piece with its length or number."""

    def encode(array: pa.Array) -> Pieces:
        return [_ZERO] if array.null_count == len(array) else inner(array, nullable=True)

    return encode


def _nullable(inner: ValueEncoder) -> ValueEncoder:
    """Write the union branch, then the value where there is one."""

    def encode(array: pa.Array) -> Pieces:
        if array.null_count == len(array):
            return [_ZERO]
        if not array.null_count:
            return [_VALUE, *inner(array)]
        valid = pc.is_valid(array)
        branch = _BRANCHES.take(valid.cast(pa.int8()))
        there = array.drop_null()
        values = _column(_join(inner(there)), len(there))
        positions = np.zeros(len(array) + 1, dtype=np.int64)
        np.cumsum(valid.to_numpy(zero_copy_only=False), out=positions[1:])
        return [branch, binary_column(_offsets(values)[positions], values.buffers()[2])]

    return encode


def _record(schema: AvroSchema, path: str, names: Names) -> ValueEncoder:
    fields = [_encoder(f["type"], f"{path}.{f['name']}", names) for f in schema["fields"]]

    def encode(array: pa.Array) -> Pieces:
        children = array.flatten()
        return [piece for field, child in zip(fields, children, strict=True) for piece in field(child)]

    return encode


def _array(item: ValueEncoder) -> ValueEncoder:
    def encode(array: pa.Array) -> Pieces:
        counts = pc.list_value_length(array).to_numpy(zero_copy_only=False).astype(np.int64)
        ends = np.zeros(len(array) + 1, dtype=np.int64)
        np.cumsum(counts, out=ends[1:])
        if not ends[-1]:
            return [_ZERO]
        items = _column(_join(item(array.flatten())), int(ends[-1]))
        joined = binary_column(_offsets(items)[ends], items.buffers()[2])
        return [_counts(counts), joined, _ZERO]

    return encode


def _counts(counts: NDArray[np.int64]) -> pa.Array:
    """Encode the item count of each block; an empty list has no block at all."""
    [encoded] = zigzag_columns([Numbers(counts)])
    if counts.all():
        return encoded
    return pc.if_else(pa.array(counts > 0), encoded, _NOTHING)


def _column(joined: pa.Array | pa.Scalar, length: int) -> pa.Array:
    """Make a column of a constant."""
    return pa.repeat(joined, length) if isinstance(joined, pa.Scalar) else joined


def _offsets(array: pa.LargeBinaryArray) -> NDArray[np.int64]:
    return np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + len(array) + 1]


def _text(array: pa.Array, *, nullable: bool) -> Pieces:
    valid = _valid(array)
    ends = _offsets(array)
    lengths = ends[1:] - ends[:-1]
    if valid is not None and lengths[~valid].any():  # Arrow leaves open what bytes stand at a null
        array = array.fill_null("" if pa.types.is_large_string(array.type) else b"")
        ends = _offsets(array)
        lengths = ends[1:] - ends[:-1]
    data = array.buffers()[2] or _NO_BYTES
    same = _constant(ends, lengths, data) if valid is None else None
    if same is not None:
        return [pa.scalar(b"\x02" * nullable + zigzag_bytes(len(same)) + same, pa.large_binary())]
    return [Numbers(lengths, valid, nullable), binary_column(ends, data)]


def _constant(ends: NDArray[np.int64], lengths: NDArray[np.int64], data: pa.Buffer) -> bytes | None:
    """Return the one text of a column whose values are all the same: versions, tenants and sources mostly are."""
    rows, width = len(lengths), int(lengths[0])
    start, end = int(ends[0]), int(ends[-1])
    view = memoryview(data)
    first = bytes(view[start : start + width])
    if rows == 1 or end - start != rows * width or view[end - width : end] != first:
        return None
    texts = np.frombuffer(data, dtype=np.uint8, count=end - start, offset=start).reshape(rows, width)
    return first if (lengths == width).all() and (texts == texts[0]).all() else None


def _valid(array: pa.Array) -> Flags | None:
    flags: Flags | None = pc.is_valid(array).to_numpy(zero_copy_only=False) if array.null_count else None
    return flags


def _integer(array: pa.Array, *, nullable: bool) -> Pieces:
    valid = _valid(array)
    if pa.types.is_date32(array.type):
        array = array.view(pa.int32())
    elif pa.types.is_timestamp(array.type):
        array = array.view(pa.int64())
    numbers = (array if valid is None else array.fill_null(0)).to_numpy(zero_copy_only=False)
    return [Numbers(numbers.astype(np.int64, copy=False), valid, nullable)]


def _double(array: pa.Array) -> Pieces:
    raw = np.ascontiguousarray(array.to_numpy(zero_copy_only=False), dtype="<f8")
    offsets = np.arange(0, 8 * len(raw) + 1, 8, dtype=np.int64)
    return [binary_column(offsets, raw.view(np.uint8))]


def _boolean(array: pa.Array) -> Pieces:
    return [_BOOLEANS.take(array.cast(pa.int8()))]


_UNION_AWARE: dict[str, UnionAwareEncoder] = {
    "string": _text,
    "bytes": _text,
    "int": _integer,
    "long": _integer,
    "date": _integer,
    "timestamp-micros": _integer,
}
_SCALARS: dict[str, ValueEncoder] = {"double": _double, "boolean": _boolean}
