"""Avro's variable-length integers, one by one and for whole columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

ONE_BYTE_LIMIT = 0x7F
VALUE_BRANCH = 2
"""The branch of a value in a union of null and its type, zigzag encoded; null is zero."""

Flags = NDArray[np.bool_]


def zigzag_bytes(number: int) -> bytes:
    """Encode one int64 as Avro does: zigzag, then seven bits a byte, lowest first."""
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append((rest & 0x7F) | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def zigzag_column(numbers: NDArray[np.int64], valid: Flags | None = None, *, nullable: bool = False) -> pa.Array:
    """Encode a column of int64 into a binary column of the same length.

    Args:
        numbers: The numbers; what stands at a null does not matter.
        valid: False where the value is null; None when there is no null.
        nullable: Write the branch of the union of null and the number before each.
    """
    zigzag = ((numbers << 1) ^ (numbers >> 63)).view(np.uint64)
    if valid is not None:
        zigzag = np.where(valid, zigzag, np.uint64(0))
    limit = int(zigzag.max()) if len(zigzag) else 0
    if limit <= ONE_BYTE_LIMIT and valid is None:  # most lengths, counts and codes
        return _one_byte_column(zigzag, nullable=nullable)
    length = np.ones(len(zigzag), dtype=np.int64)
    bits = 7
    while limit >> bits:
        length += zigzag >= np.uint64(1 << bits)
        bits += 7
    if valid is not None:
        length[~valid] = 0
    offsets = np.zeros(len(zigzag) + 1, dtype=np.int64)
    np.cumsum(length + nullable, out=offsets[1:])
    data = np.empty(int(offsets[-1]), dtype=np.uint8)
    starts = offsets[:-1]
    if nullable:
        data[starts] = VALUE_BRANCH if valid is None else valid.astype(np.uint8) * VALUE_BRANCH
        starts = starts + 1
    _fill(data, starts, zigzag, length, bits // 7)
    return binary_column(offsets, data)


def _one_byte_column(zigzag: NDArray[np.uint64], *, nullable: bool) -> pa.Array:
    width = 1 + nullable
    data = np.empty((len(zigzag), width), dtype=np.uint8)
    data[:, 0] = VALUE_BRANCH
    data[:, -1] = zigzag
    return binary_column(np.arange(0, width * len(zigzag) + 1, width, dtype=np.int64), data.reshape(-1))


def _fill(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    zigzag: NDArray[np.uint64],
    length: NDArray[np.int64],
    longest: int,
) -> None:
    """Write the bytes of each number: the first bytes of all, then the second of those that have one, ..."""
    for k in range(longest):
        rows = length > k
        if not rows.all():
            starts, zigzag, length = starts[rows], zigzag[rows], length[rows]
        seven = (zigzag >> np.uint64(7 * k)).astype(np.uint8) & 0x7F
        data[starts + k] = np.where(length > k + 1, seven | 0x80, seven)


def binary_column(offsets: NDArray[np.int64], data: NDArray[np.uint8] | pa.Buffer) -> pa.LargeBinaryArray:
    """Make a binary column from its offsets and bytes, without a copy."""
    buffer = data if isinstance(data, pa.Buffer) else pa.py_buffer(data)
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), buffer])
