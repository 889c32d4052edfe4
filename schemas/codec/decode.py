"""Many framed Avro messages to one polars frame, without a Python object a field.

The bodies of one schema id are put into one in-memory Avro object container, which polars reads at native
speed. A container has no boundaries between records, so a damaged body would shift everything behind it:
a secret guard number is therefore appended to each body and checked in each decoded row.
"""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.codec.dtypes import conform, frame_schema, plain
from schemas.codec.records import read_body
from schemas.codec.varint import zigzag_bytes
from schemas.contracts import AvroSchema, Contract
from schemas.errors import ContractError
from schemas.registry import SchemaIds
from schemas.wire import HEADER_BYTES, read_schema_id

GUARD_COLUMN = "__guard"
MESSAGE_INDEX = "message_index"
_SYNC = bytes(range(16))


@dataclass(frozen=True)
class Undecodable:
    """A message that is no record of the contract.

    Attributes:
        index: Position in the sequence that was decoded.
        schema_id: Id in its framing, if it was framed.
        error_class: Name of the error's class.
        reason: What is wrong; holds nothing of the payload.
        remedy: What the operator can do.
    """

    index: int
    schema_id: int | None
    error_class: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Decoded:
    """The outcome of decoding a sequence of messages.

    Attributes:
        frame: Columns of the contract and `message_index` (UInt32), the position of the message; in order.
        undecodable: The others, in order.
    """

    frame: pl.DataFrame
    undecodable: list[Undecodable]


Damaged = list[tuple[int, ContractError]]
"""Positions of damaged bodies, each with what is wrong."""


class ColumnarDecoder:
    """Decodes messages of one contract, old and new schema ids in one batch.

    Args:
        contract: The contract that the frame shall have.
        ids: Who knows the schemas of the ids.
    """

    def __init__(self, contract: Contract, ids: SchemaIds) -> None:
        self._contract = contract
        self._ids = ids
        self._readers: dict[int, _SchemaReader] = {}

    def decode(self, values: Sequence[bytes | None]) -> Decoded:
        """Decode framed messages.

        Args:
            values: Message values; None (a tombstone) is not a record.

        Raises:
            DependencyError: A registry that is needed does not answer.
        """
        undecodable: list[Undecodable] = []
        frames = []
        for header, indexes in _by_header(values):
            try:
                schema_id = read_schema_id(header)
                reader = self._reader(schema_id)
            except ContractError as error:
                known_id = int.from_bytes(header[1:], "big") if len(header) == HEADER_BYTES and not header[0] else None
                undecodable += [_undecodable(i, known_id, error) for i in indexes]
                continue
            bodies = [values[i][HEADER_BYTES:] for i in indexes]  # type: ignore[index]  # tombstones have no header
            frame, good, damaged = reader.read(bodies)
            positions = pl.Series(MESSAGE_INDEX, [indexes[i] for i in good] if damaged else indexes, dtype=pl.UInt32)
            frames.append(frame.with_columns(positions))
            undecodable += [_undecodable(indexes[i], schema_id, error) for i, error in damaged]
        undecodable.sort(key=lambda u: u.index)
        return Decoded(self._in_order(frames), undecodable)

    def _reader(self, schema_id: int) -> _SchemaReader:
        if schema_id not in self._readers:
            self._readers[schema_id] = _SchemaReader(self._ids.schema_of(schema_id), self._contract)
        return self._readers[schema_id]

    def _in_order(self, frames: list[pl.DataFrame]) -> pl.DataFrame:
        if len(frames) == 1:
            return frames[0]
        if not frames:
            return pl.DataFrame(schema={**frame_schema(self._contract.schema), MESSAGE_INDEX: pl.UInt32})
        return pl.concat(frames).sort(MESSAGE_INDEX)


class _SchemaReader:
    """Reads bodies written with one schema into the contract's shape."""

    def __init__(self, writer_text: str, contract: Contract) -> None:
        self._writer_text = writer_text
        self._writer: AvroSchema = json.loads(writer_text)
        self._contract = contract
        self._is_current = plain(self._writer) == plain(contract.schema)
        guard_field = {"name": GUARD_COLUMN, "type": "long"}
        guarded = plain({**self._writer, "fields": [*self._writer["fields"], guard_field]})
        self._prefix = _container_prefix(json.dumps(guarded).encode())
        self._guard = secrets.randbits(61)
        self._guard_bytes = zigzag_bytes(self._guard)

    def read(self, bodies: list[bytes]) -> tuple[pl.DataFrame, Sequence[int], Damaged]:
        """Return the frame of the good bodies, their positions, and the damaged ones."""
        frame = self._read_all(bodies)
        if frame is not None:
            return frame, range(len(bodies)), []
        damaged = self._damaged(bodies)
        good = [i for i in range(len(bodies)) if i not in {i for i, _ in damaged}]
        frame = self._read_all([bodies[i] for i in good])
        if frame is None:
            msg = "The columnar decoder cannot read a batch of bodies that it reads one by one."
            raise ContractError(msg, "Report this with the schema id; the batch was not processed.")
        return frame, good, damaged

    def _damaged(self, bodies: list[bytes]) -> Damaged:
        """Return the bodies that the reference codec or the columnar one refuses, each alone."""
        damaged: Damaged = []
        for index, body in enumerate(bodies):
            try:
                read_body(self._writer_text, self._contract.text, body)
                if self._read_all([body]) is None:
                    msg = "The Avro body cannot be read."
                    raise ContractError(msg, "Compare the producer's schema with its id.")
            except ContractError as error:
                damaged.append((index, error))
        return damaged

    def _read_all(self, bodies: list[bytes]) -> pl.DataFrame | None:
        """Return the frame of all bodies, or None when one of them is damaged."""
        if not bodies:
            return pl.DataFrame(schema=frame_schema(self._contract.schema))
        size = sum(map(len, bodies)) + len(bodies) * len(self._guard_bytes)
        head = b"".join((self._prefix, zigzag_bytes(len(bodies)), zigzag_bytes(size)))
        container = self._guard_bytes.join([head + bodies[0], *bodies[1:], _SYNC])
        try:
            frame = pl.read_avro(io.BytesIO(container))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, MemoryError):
            return None
        if frame.height != len(bodies) or not (frame[GUARD_COLUMN] == self._guard).all():
            return None
        frame = frame.drop(GUARD_COLUMN)
        return frame if self._is_current else conform(frame, self._writer, self._contract.schema)


def _by_header(values: Sequence[bytes | None]) -> Iterator[tuple[bytes, Sequence[int]]]:
    """Yield each header with the positions of its messages; nearly always there is one."""
    headers = [value[:HEADER_BYTES] if value else b"" for value in values]
    distinct = set(headers)
    if len(distinct) == 1:
        yield headers[0], range(len(values))
        return
    for header in sorted(distinct):
        yield header, [i for i, h in enumerate(headers) if h == header]


def _undecodable(index: int, schema_id: int | None, error: ContractError) -> Undecodable:
    return Undecodable(index, schema_id, type(error).__name__, error.message, error.remedy)


def _container_prefix(schema_json: bytes) -> bytes:
    """Return the header of an Avro object container: magic, metadata map, sync marker."""

    def text(raw: bytes) -> bytes:
        return zigzag_bytes(len(raw)) + raw

    metadata = text(b"avro.schema") + text(schema_json) + text(b"avro.codec") + text(b"null")
    return b"Obj\x01" + zigzag_bytes(2) + metadata + b"\x00" + _SYNC
