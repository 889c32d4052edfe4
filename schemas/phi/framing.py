"""Unambiguous concatenation of texts: every part carries its length, so no two lists give the same bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterable

_LENGTH = struct.Struct(">I").pack


def framed(parts: Iterable[str]) -> bytes:
    """Return the UTF-8 bytes of the parts, each after its length in four bytes.

    Args:
        parts: Texts in an order that matters. Lone surrogates are kept as they are.
    """
    pieces = []
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        pieces.append(_LENGTH(len(encoded)))
        pieces.append(encoded)
    return b"".join(pieces)
