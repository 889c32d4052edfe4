"""Avro's variable-length integers, one by one; whole columns of them are written by compiled code."""

from __future__ import annotations

_SHORT = [bytes((number,)) for number in range(0x80)]


def zigzag_bytes(number: int) -> bytes:
    """Encode one int64 as Avro does: zigzag, then seven bits a byte, lowest first."""
    rest = (number << 1) ^ (number >> 63)
    if rest <= 0x7F:
        return _SHORT[rest]
    out = bytearray()
    while rest > 0x7F:
        out.append((rest & 0x7F) | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)
