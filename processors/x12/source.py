"""The source of a file: its bytes, or its path; read more than once where a verdict needs the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 16


class Source:
    """Where the bytes of one X12 file come from.

    Args:
        origin: The bytes themselves, or the path of the file.
    """

    def __init__(self, origin: bytes | Path) -> None:
        self._origin = origin

    @property
    def size(self) -> int:
        """Bytes of the file, as far as that can be told before it is read.

        Raises:
            OSError: There is no such file.
        """
        return self._origin.stat().st_size if isinstance(self._origin, Path) else len(self._origin)

    def chunks(self) -> Iterator[bytes]:
        """Yield the file from its first byte, in pieces.

        Raises:
            OSError: The file cannot be read.
        """
        if isinstance(self._origin, Path):
            with self._origin.open("rb") as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    yield chunk
        else:
            yield self._origin
