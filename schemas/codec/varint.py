"""Avro's variable-length integers, one by one and for whole columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

ONE_BYTE_LIMIT = 0x7F


def zigzag_bytes(number: int) -> bytes:
    """Encode one int64 as Avro does: zigzag, then seven bits a byte, lowest first."""
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append((rest & 0x7F) | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def zigzag_column(numbers: NDArray[np.int64]) -> pa.LargeBinaryArray:
    """Encode a column of int64 into a binary column of the same length."""
    zigzag = ((numbers << 1) ^ (numbers >> 63)).view(np.uint64)
    limit = int(zigzag.max()) if len(zigzag) else 0
    if limit <= ONE_BYTE_LIMIT:  # most lengths, counts and codes
        return binary_column(np.arange(len(zigzag) + 1, dtype=np.int64), zigzag.astype(np.uint8))
    length = np.ones(len(zigzag), dtype=np.int64)
    bits = 7
    while limit >> bits:
        length += zigzag >= np.uint64(1 << bits)
        bits += 7
    offsets = np.zeros(len(zigzag) + 1, dtype=np.int64)
    np.cumsum(length, out=offsets[1:])
    data = np.empty(int(offsets[-1]), dtype=np.uint8)
    _fill(data, offsets[:-1], zigzag, length, bits // 7)
    return binary_column(offsets, data)


def _fill(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    zigzag: NDArray[np.uint64],
    length: NDArray[np.int64],
    longest: int,
) -> None:
    for k in range(longest):
        if k:
            rows = length > k
            starts, zigzag, length = starts[rows], zigzag[rows], length[rows]
        seven = (zigzag >> np.uint64(7 * k)).astype(np.uint8) & 0x7F
        data[starts + k] = np.where(length > k + 1, seven | 0x80, seven)


def binary_column(offsets: NDArray[np.int64], data: NDArray[np.uint8] | pa.Buffer) -> pa.LargeBinaryArray:
    """Make a binary column from its offsets and bytes, without a copy."""
    buffer = data if isinstance(data, pa.Buffer) else pa.py_buffer(data)
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), buffer])
