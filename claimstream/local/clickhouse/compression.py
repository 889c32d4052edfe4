"""Content encodings of the HTTP interface: gzip, deflate, lz4 and zstd, both ways."""

import gzip
import importlib
import zlib
from collections.abc import Callable
from typing import Any

from claimstream.local.clickhouse.errors import CANNOT_DECOMPRESS, NOT_IMPLEMENTED, refusal

# Below this size compressing costs more than it saves on the loopback interface.
SMALLEST_COMPRESSED_BYTES = 1024


def _optional(*names: str) -> Any:
    """The first module of these that is installed, else None."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


_lz4 = _optional("lz4.frame")
_zstd = _optional("compression.zstd", "backports.zstd")

_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "deflate": lambda: zlib.decompressobj(wbits=15),
}
_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, compresslevel=3, mtime=0),
    "deflate": lambda data: zlib.compress(data, level=3),
}
if _lz4 is not None:
    _DECOMPRESSORS["lz4"] = _lz4.LZ4FrameDecompressor
    _COMPRESSORS["lz4"] = _lz4.compress
if _zstd is not None:
    _DECOMPRESSORS["zstd"] = _zstd.ZstdDecompressor
    _COMPRESSORS["zstd"] = _zstd.compress


def decompress(data: bytes, encoding: str) -> bytes:
    """Undo a Content-Encoding; several frames may follow each other.

    Args:
        data: Encoded body.
        encoding: Value of the Content-Encoding header; empty or "identity" for none.

    Raises:
        QueryError: The encoding is not known (code 48) or the bytes are damaged (code 271).
    """
    if encoding in ("", "identity"):
        return data
    make = _DECOMPRESSORS.get(encoding)
    if make is None:
        raise refusal(NOT_IMPLEMENTED, "NOT_IMPLEMENTED", f"Content-Encoding {encoding[:20]!r} is not supported")
    parts: list[bytes] = []
    while data:
        stream = make()
        try:
            parts.append(stream.decompress(data))
        except Exception as error:  # each library raises a class of its own
            raise refusal(CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", f"The {encoding} body is damaged") from error
        if not stream.eof:
            raise refusal(CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", f"The {encoding} body ends too early")
        data = stream.unused_data or b""
    return b"".join(parts)


def choose_encoding(accept_encoding: str) -> str | None:
    """The first encoding of an Accept-Encoding header that this server can produce, else None."""
    for offer in accept_encoding.split(","):
        name = offer.partition(";")[0].strip().lower()
        if name in _COMPRESSORS:
            return name
    return None


def compress(data: bytes, encoding: str) -> bytes:
    """Encode a whole response body with an encoding from `choose_encoding`."""
    return _COMPRESSORS[encoding](data)
