"""The columnar Avro codec: many messages to one polars frame, and back."""

from schemas.codec.decode import ColumnarDecoder, Decoded, Undecodable
from schemas.codec.encode import ColumnarEncoder

__all__ = ["ColumnarDecoder", "ColumnarEncoder", "Decoded", "Undecodable"]
