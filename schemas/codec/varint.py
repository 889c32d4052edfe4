"""Avro's variable-length integers, one by one and for whole columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

NUMBERS_AT_ONCE = 16_384
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


@dataclass(frozen=True)
class Numbers:
    """A column of int64 that waits to be encoded together with others.

    Attributes:
        values: The numbers; what stands at a null does not matter.
        valid: False where the value is null; None when there is no null.
        nullable: Whether the branch of the union of null and the number stands before each.
    """

    values: NDArray[np.int64]
    valid: Flags | None = None
    nullable: bool = False


def zigzag_columns(columns: Sequence[Numbers]) -> list[pa.Array]:
    """Encode columns of one length, each into a binary column.

    Columns go through each numpy call together: a small batch has many columns of few rows, and would
    otherwise pay for the calls and not for the bytes. Together they stay small enough for the cache.
    """
    if not columns:
        return []
    width = max(1, NUMBERS_AT_ONCE // max(len(columns[0].values), 1))
    groups = [columns[first : first + width] for first in range(0, len(columns), width)]
    return [array for group in groups for array in _encode_together(group)]


def _encode_together(columns: Sequence[Numbers]) -> list[pa.Array]:
    rows = len(columns[0].values)
    numbers = np.concatenate([column.values for column in columns])
    zigzag = ((numbers << 1) ^ (numbers >> 63)).view(np.uint64)
    branched = np.repeat([column.nullable for column in columns], rows)
    everywhere = np.ones(rows, dtype=np.bool_)
    there = np.concatenate([everywhere if column.valid is None else column.valid for column in columns])
    length, longest = _lengths(zigzag)
    length *= there
    offsets = np.zeros(len(zigzag) + 1, dtype=np.int64)
    np.cumsum(length + branched, out=offsets[1:])
    data = np.empty(int(offsets[-1]), dtype=np.uint8)
    starts = offsets[:-1]
    data[starts[branched]] = there[branched] * np.uint8(VALUE_BRANCH)
    _fill(data, starts + branched, zigzag, length, longest)
    return [binary_column(offsets[n * rows : (n + 1) * rows + 1], data) for n in range(len(columns))]


def _lengths(zigzag: NDArray[np.uint64]) -> tuple[NDArray[np.int64], int]:
    """Return the bytes of each number and the most that any needs."""
    length = np.ones(len(zigzag), dtype=np.int64)
    limit = int(zigzag.max()) if len(zigzag) else 0
    bits = 7
    while limit >> bits:
        length += zigzag >= np.uint64(1 << bits)
        bits += 7
    return length, bits // 7


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
