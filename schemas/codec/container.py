"""Avro object container files of encoded messages: the contract once, then the bodies in blocks."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import IO

from schemas.codec.varint import zigzag_bytes
from schemas.contracts import Contract
from schemas.wire import HEADER_BYTES

_MAGIC = b"Obj\x01"
_MESSAGES_A_BLOCK = 2_000
_RAW_DEFLATE = -15


class ContainerWriter:
    """Writes messages of one contract; the same messages give the same bytes.

    Args:
        stream: Where to write; left open.
        contract: The contract of the messages.
    """

    def __init__(self, stream: IO[bytes], contract: Contract) -> None:
        self._stream = stream
        schema = json.dumps(contract.schema, separators=(",", ":")).encode()
        # Avro leaves the marker between blocks to the writer; a hash of the contract makes files repeatable.
        self._sync = hashlib.sha256(schema).digest()[:16]
        metadata = {b"avro.codec": b"deflate", b"avro.schema": schema}
        pairs = b"".join(_sized(name) + _sized(value) for name, value in metadata.items())
        stream.write(_MAGIC + zigzag_bytes(len(metadata)) + pairs + b"\x00" + self._sync)

    def write(self, messages: Sequence[bytes]) -> None:
        """Write messages in the Confluent wire format; their five leading bytes are left out."""
        for first in range(0, len(messages), _MESSAGES_A_BLOCK):
            block = messages[first : first + _MESSAGES_A_BLOCK]
            packer = zlib.compressobj(wbits=_RAW_DEFLATE)
            body = packer.compress(b"".join(message[HEADER_BYTES:] for message in block)) + packer.flush()
            self._stream.write(zigzag_bytes(len(block)) + _sized(body) + self._sync)


def _sized(value: bytes) -> bytes:
    return zigzag_bytes(len(value)) + value
