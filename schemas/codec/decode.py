"""Many framed Avro messages to one polars frame, without a Python object a field.

Compiled code walks the writer's operations over all bodies of one schema id and fills the memory of the columns;
polars takes that memory over. Every byte is checked before: a damaged body is told apart from the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from schemas.codec.buffers import MEMORY_WIDTH
from schemas.codec.dtypes import conforming, frame_schema
from schemas.codec.filling import FrameMaker
from schemas.codec.program import operations, table
from schemas.codec.reading import GOOD, read_bodies
from schemas.codec.records import read_body
from schemas.contracts import AvroSchema, Contract
from schemas.errors import ContractError
from schemas.registry import SchemaIds
from schemas.wire import HEADER_BYTES, read_schema_id

MESSAGE_INDEX = "message_index"


@dataclass(frozen=True)
class Undecodable:
    """A message that is no record of the contract.

    Attributes:
        index: Position in the sequence that was decoded.
        schema_id: Id in its framing, if it was framed.
        error_class: Name of the error's class.
        reason: What is wrong; holds nothing of the payload.
        remedy: What the operator can do.
        damaged: Whether the bytes themselves are to blame; False where they name a schema that is unknown, or none of
            the contract's, and may be a fine event for another version of the program.
    """

    index: int
    schema_id: int | None
    error_class: str
    reason: str
    remedy: str
    damaged: bool = True


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
                undecodable += [_undecodable(i, known_id, error, damaged=known_id is None) for i in indexes]
                continue
            framed = [value for i in indexes if (value := values[i]) is not None]
            frame, good, damaged = reader.read(framed)
            positions = pl.Series(MESSAGE_INDEX, [indexes[i] for i in good] if damaged else indexes, dtype=pl.UInt32)
            frames.append(frame.hstack([positions]))
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
    """Reads bodies written with one schema into the contract's shape.

    Raises:
        ContractError: The schema is not one of the contract's.
    """

    def __init__(self, writer_text: str, contract: Contract) -> None:
        self._writer_text = writer_text
        writer: AvroSchema = json.loads(writer_text)
        self._contract = contract
        try:
            fitting = conforming(writer, contract.schema)
            is_current = frame_schema(writer) == frame_schema(contract.schema)
        except (KeyError, TypeError) as error:  # types that no contract has
            msg = f"The schema cannot be read as {contract.name}."
            raise ContractError(msg, "Find the producer that publishes to the wrong topic.") from error
        self._conforming = None if is_current else fitting
        program = operations(writer)
        self._table = table(program)
        self._maker = FrameMaker(program)

    def read(self, values: list[bytes]) -> tuple[pl.DataFrame, Sequence[int], Damaged]:
        """Return the frame of the good bodies, their positions, and the damaged ones."""
        data = np.frombuffer(b"".join(values), dtype=np.uint8)
        ends = np.cumsum(np.fromiter(map(len, values), dtype=np.int64, count=len(values)))
        bounds = np.stack((np.concatenate(([0], ends[:-1])) + HEADER_BYTES, ends), axis=1)
        status = np.zeros(len(values), dtype=np.int8)
        counts = np.zeros(len(self._table), dtype=np.int64)
        nowhere = np.zeros((len(self._table), MEMORY_WIDTH), dtype=np.int64)
        read_bodies(self._table, nowhere, data, bounds, status, counts, False)
        good: Sequence[int] = range(len(values))
        if status.any():
            good = np.flatnonzero(status == GOOD).tolist()
        filling = self._maker.lay_out(len(good), counts, data)
        read_bodies(self._table, filling.columns, data, bounds, status, np.zeros_like(counts), True)
        frame = self._maker.frame(filling)
        if self._conforming is not None:
            frame = frame.select(self._conforming)
        damaged = [(i, self._damage(values[i])) for i in np.flatnonzero(status != GOOD).tolist()]
        return frame, good, damaged

    def _damage(self, value: bytes) -> ContractError:
        """Say what is wrong with a body, in the words of the reference codec."""
        try:
            read_body(self._writer_text, self._contract.text, value[HEADER_BYTES:])
        except ContractError as error:
            return error
        msg = "The Avro body cannot be read."
        return ContractError(msg, "Compare the producer's schema with its id.")


def _by_header(values: Sequence[bytes | None]) -> Iterator[tuple[bytes, Sequence[int]]]:
    """Yield each header with the positions of its messages; nearly always there is one."""
    headers = [value[:HEADER_BYTES] if value else b"" for value in values]
    distinct = set(headers)
    if len(distinct) == 1:
        yield headers[0], range(len(values))
        return
    for header in sorted(distinct):
        yield header, [i for i, h in enumerate(headers) if h == header]


def _undecodable(index: int, schema_id: int | None, error: ContractError, *, damaged: bool = True) -> Undecodable:
    return Undecodable(index, schema_id, type(error).__name__, error.message, error.remedy, damaged)
