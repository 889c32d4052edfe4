"""Unambiguous concatenation of texts: every part carries its length, so no two lists give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable


def framed(parts: Iterable[str]) -> bytes:
    """Return the UTF-8 bytes of the parts as netstrings: each after its length in characters and a colon.

    Args:
        parts: Texts in an order that matters. Lone surrogates are kept as they are.
    """
    return "".join([f"{len(part)}:{part}," for part in parts]).encode("utf-8", "surrogatepass")
