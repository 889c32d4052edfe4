"""Confluent wire format: a zero byte, the schema id in four bytes, the Avro body."""

from __future__ import annotations

import struct

from schemas.errors import ContractError

MAGIC_BYTE = 0
HEADER_BYTES = 5
_HEADER = struct.Struct(">BI")


def frame_header(schema_id: int) -> bytes:
    """Return the five bytes that stand before a body of this schema."""
    return _HEADER.pack(MAGIC_BYTE, schema_id)


def read_schema_id(value: bytes) -> int:
    """Return the schema id of a framed message.

    Raises:
        ContractError: The message is too short or does not begin with the magic byte.
    """
    if len(value) < HEADER_BYTES or value[0] != MAGIC_BYTE:
        msg = "The message is not framed in the Confluent wire format."
        raise ContractError(msg, "Publish with an Avro serializer that writes the schema id before the body.")
    schema_id: int = _HEADER.unpack_from(value)[1]
    return schema_id
