"""One polars frame to many framed Avro messages, column by column in Arrow.

Every column becomes a binary column of its encoded values; one element-wise join makes the messages. The
items of a list lie next to each other in memory already, so joining them costs no copy: the list's bytes
are a longer slice of the items' bytes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from schemas.codec.dtypes import Names, frame_schema, kind_of, unwrap
from schemas.codec.varint import binary_column, zigzag_column
from schemas.contracts import AvroSchema, Contract
from schemas.errors import ContractError
from schemas.registry import SchemaIds
from schemas.wire import frame_header

Pieces = list[pa.Array | pa.Scalar]
"""Binary columns (or constants) whose element-wise concatenation is the encoded value."""

ValueEncoder = Callable[[pa.Array], Pieces]

_NOTHING = pa.scalar(b"", pa.large_binary())
_ZERO = pa.scalar(b"\x00", pa.large_binary())
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
        try:
            table = frame.select(pl.col(name).cast(dtype) for name, dtype in self._schema.items()).rechunk()
        except pl.exceptions.PolarsError as error:
            msg = f"The frame does not fit the contract {self._contract.name}: {type(error).__name__}."
            raise ContractError(msg, "Compare its columns with the contract's .avsc.") from error
        columns = table.to_arrow(compat_level=pl.CompatLevel.oldest())
        pieces: Pieces = [self._header]
        for encode, column in zip(self._encoders, columns.itercolumns(), strict=True):
            pieces += encode(_whole(column))
        messages: list[bytes] = _join(pieces).to_pylist()
        return messages


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _join(pieces: Pieces) -> pa.LargeBinaryArray:
    if len(pieces) == 1:
        return pieces[0]
    return pc.binary_join_element_wise(*pieces, _NOTHING)


def _encoder(schema: AvroSchema, path: str, names: Names) -> ValueEncoder:
    """Compile the encoder of one field; path names it in errors."""
    inner_schema, nullable = unwrap(schema, names)
    kind = kind_of(inner_schema)
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


def _nullable(inner: ValueEncoder) -> ValueEncoder:
    """Write the union branch, then the value where there is one."""

    def encode(array: pa.Array) -> Pieces:
        if array.null_count == len(array):
            return [_ZERO]
        if not array.null_count:
            return [_BRANCHES[1], *inner(array)]
        valid = pc.is_valid(array)
        branch = _BRANCHES.take(valid.cast(pa.int8()))
        values = _join(inner(array.drop_null()))
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
        items = _binary(_join(item(array.flatten())), int(ends[-1]))
        joined = binary_column(_offsets(items)[ends], items.buffers()[2])
        return [_counts(counts), joined, _ZERO]

    return encode


def _counts(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.LargeBinaryArray:
    """Encode the item count of each block; an empty list has no block at all."""
    encoded = zigzag_column(counts)
    if counts.all():
        return encoded
    return pc.if_else(pa.array(counts > 0), encoded, _NOTHING)


def _binary(joined: pa.Array | pa.Scalar, length: int) -> pa.LargeBinaryArray:
    """Make a column of a constant (items whose fields are all constant)."""
    return pa.repeat(joined, length) if isinstance(joined, pa.Scalar) else joined


def _offsets(array: pa.LargeBinaryArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + len(array) + 1]


def _text(array: pa.Array) -> Pieces:
    ends = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    data = array.buffers()[2]
    raw = binary_column(ends, data if data is not None else pa.py_buffer(b""))
    return [zigzag_column(np.diff(ends)), raw]


def _integer(array: pa.Array) -> Pieces:
    if pa.types.is_date32(array.type):
        array = array.view(pa.int32())
    elif pa.types.is_timestamp(array.type):
        array = array.view(pa.int64())
    return [zigzag_column(array.to_numpy(zero_copy_only=False).astype(np.int64, copy=False))]


def _double(array: pa.Array) -> Pieces:
    raw = np.ascontiguousarray(array.to_numpy(zero_copy_only=False), dtype="<f8")
    offsets = np.arange(0, 8 * len(raw) + 1, 8, dtype=np.int64)
    return [binary_column(offsets, raw.view(np.uint8))]


def _boolean(array: pa.Array) -> Pieces:
    return [_BOOLEANS.take(array.cast(pa.int8()))]


_SCALARS: dict[str, ValueEncoder] = {
    "string": _text,
    "bytes": _text,
    "int": _integer,
    "long": _integer,
    "date": _integer,
    "timestamp-micros": _integer,
    "double": _double,
    "boolean": _boolean,
}
