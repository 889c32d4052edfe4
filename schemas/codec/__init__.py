"""The columnar Avro codec: many messages to one polars frame, and back.

The codec is loaded with the first of its names that is asked for: who encodes record by record (records.py) does
without polars and compiled code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.codec.decode import ColumnarDecoder, Decoded, Undecodable
    from schemas.codec.encode import ColumnarEncoder

__all__ = ["ColumnarDecoder", "ColumnarEncoder", "Decoded", "Undecodable"]


def __getattr__(name: str) -> Any:
    """Load the codec."""
    if name not in __all__:
        raise AttributeError(name)
    from schemas.codec import decode, encode  # noqa: PLC0415 - loaded when it is needed

    return getattr(encode if name == "ColumnarEncoder" else decode, name)
