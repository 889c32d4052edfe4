"""One record at a time with fastavro: the reference codec, for edges and for tests."""

from __future__ import annotations

import io
import json
from functools import lru_cache
from typing import Any

import fastavro

from schemas.contracts import Contract
from schemas.errors import ContractError
from schemas.registry import SchemaIds
from schemas.wire import HEADER_BYTES, frame_header, read_schema_id

Record = dict[str, Any]


@lru_cache(maxsize=64)
def parsed(text: str) -> Any:
    """Return fastavro's parsed form of an .avsc text."""
    return fastavro.parse_schema(json.loads(text))


def encode_record(contract: Contract, ids: SchemaIds, record: Record) -> bytes:
    """Encode one record, framed.

    Raises:
        ContractError: The record does not keep the contract.
    """
    body = io.BytesIO()
    body.write(frame_header(ids.id_of(contract)))
    try:
        fastavro.schemaless_writer(body, parsed(contract.text), record, strict=True)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        msg = f"A record does not keep the contract {contract.name} ({type(error).__name__})."
        raise ContractError(msg, "Compare its fields with the contract's .avsc.") from None
    return body.getvalue()


def decode_record(contract: Contract, ids: SchemaIds, value: bytes) -> Record:
    """Decode one framed message into the contract's current shape.

    Raises:
        ContractError: The message is not framed, its schema id is unknown, or its body is damaged.
    """
    text = ids.schema_of(read_schema_id(value))
    return read_body(text, contract.text, value[HEADER_BYTES:])


def read_body(writer_text: str, reader_text: str, body: bytes) -> Record:
    """Decode an Avro body that must be consumed to its last byte.

    Raises:
        ContractError: The body is damaged, too short or too long.
    """
    stream = io.BytesIO(body)
    try:
        record = fastavro.schemaless_reader(stream, parsed(writer_text), parsed(reader_text))
    except Exception as error:  # fastavro raises whatever the damage leads to
        msg = f"The Avro body cannot be read ({type(error).__name__})."
        raise ContractError(msg, "Compare the producer's schema with the id it writes.") from None
    if stream.tell() != len(body):
        msg = f"The Avro body has {len(body) - stream.tell()} bytes too many."
        raise ContractError(msg, "Compare the producer's schema with the id it writes.")
    assert isinstance(record, dict)  # noqa: S101 - every contract is a record
    return record
