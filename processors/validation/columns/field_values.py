"""Values of a column read by compiled code into arrays: numbers, flags, texts, the places of the items of lists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processors.validation.machine.layout import KIND, NULLS, VALUES
from processors.validation.machine.values import bytes_of, given, order, whole_at
from schemas.codec.views import bit_at
from schemas.compiled import Word, bytes_at, compiled, float64_at, int64_at

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

# FNV-1a, its bits mixed once more, since the upper ones alone are used.
_HASH_SEED, _HASH_PRIME, _HASH_FACTOR = 0xCBF29CE484222325, 0x100000001B3, 0x9E3779B97F4A7C15


@compiled
def read_whole(column: Word, indices: Integers, missing: Word, out: Integers) -> None:
    """Read whole numbers, or dates as days since 1970, with another number for nulls."""
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        index = indices[one]
        out[one] = missing if nothing or not given(column, index) else whole_at(column, index)


@compiled
def read_floats(column: Word, indices: Integers, missing: float, out: NDArray[np.float64]) -> None:
    """Read floats, with another one for nulls and for what is no number."""
    nothing, values = int64_at(column)[KIND] == NULLS, int64_at(column)[VALUES]
    for one in range(len(indices)):
        value = missing
        if not nothing and given(column, indices[one]):
            value = float64_at(values)[indices[one]]
        out[one] = missing if np.isnan(value) else value


@compiled
def read_given(column: Word, indices: Integers, out: Flags) -> None:
    """Read which values are there."""
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        out[one] = not nothing and given(column, indices[one])


@compiled
def read_flags(column: Word, indices: Integers, out: Flags) -> None:
    """Read which values are true."""
    nothing, values = int64_at(column)[KIND] == NULLS, int64_at(column)[VALUES]
    for one in range(len(indices)):
        out[one] = not nothing and given(column, indices[one]) and bit_at(values, indices[one]) == 1


@compiled
def read_starts(column: Word, indices: Integers, text: NDArray[np.uint8], ends: bool, out: Flags) -> None:
    """Read which values begin with a text, and end with it if they have to."""
    nothing, wanted, size = int64_at(column)[KIND] == NULLS, text.ctypes.data, len(text)
    for one in range(len(indices)):
        out[one] = False
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            fits = length == size if ends else length >= size
            out[one] = fits and order(start, size, wanted, size) == 0


@compiled
def read_first_bytes(column: Word, indices: Integers, out: NDArray[np.int32]) -> None:
    """Read the first byte of each text; 0 for a null and for a text without any."""
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        out[one] = 0
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            if length > 0:
                out[one] = bytes_at(start)[0]


@compiled
def read_last_bytes(column: Word, indices: Integers, size: Word, out: NDArray[np.int32]) -> None:
    """Read the last byte of each text of a size; 0 for a null and for a text of another size."""
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        out[one] = 0
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            if length == size:
                out[one] = bytes_at(start)[size - 1]


@compiled
def read_hashes(column: Word, indices: Integers, out: Integers) -> None:
    """Read a number of 63 bits for each text, the same one for a null and for a text without any byte."""
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        value = np.uint64(_HASH_SEED)
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            for place in range(length):
                value = (value ^ np.uint64(bytes_at(start)[place])) * np.uint64(_HASH_PRIME)
        value = (value ^ (value >> np.uint64(32))) * np.uint64(_HASH_FACTOR)
        out[one] = np.int64(value >> np.uint64(1))


@compiled
def text_ends(column: Word, indices: Integers, ends: Integers) -> None:
    """Read where each text ends when all are laid end to end, from a first 0 on."""
    nothing = int64_at(column)[KIND] == NULLS
    ends[0] = 0
    for one in range(len(indices)):
        length = np.int64(0)
        if not nothing and given(column, indices[one]):
            length = bytes_of(column, indices[one])[1]
        ends[one + 1] = ends[one] + length


@compiled
def join_texts(column: Word, indices: Integers, ends: Integers, out: NDArray[np.uint8]) -> None:
    """Lay texts end to end."""
    for one in range(len(indices)):
        if ends[one + 1] > ends[one]:
            start = bytes_of(column, indices[one])[0]
            for place in range(ends[one + 1] - ends[one]):
                out[ends[one] + place] = bytes_at(start)[place]


@compiled
def read_codes(column: Word, indices: Integers, worth: NDArray[np.int64], unknown: Word, out: Integers) -> None:
    """Read codes of a form: the sum of what their bytes are worth, place by place."""
    nothing, width = int64_at(column)[KIND] == NULLS, len(worth)
    for one in range(len(indices)):
        out[one] = unknown
        if not nothing and given(column, indices[one]):
            start, length = bytes_of(column, indices[one])
            if length == width:
                number = np.int64(0)
                for place in range(width):
                    number += worth[place, np.int64(bytes_at(start)[place])]
                out[one] = min(number, unknown)


@compiled
def read_lengths(column: Word, indices: Integers, out: Integers) -> None:
    """Read how many items each list has; 0 for a null."""
    nothing, offsets = int64_at(column)[KIND] == NULLS, int64_at(column)[VALUES]
    for one in range(len(indices)):
        out[one] = 0
        if not nothing and given(column, indices[one]):
            out[one] = int64_at(offsets)[indices[one] + 1] - int64_at(offsets)[indices[one]]


@compiled
def places_of_items(column: Word, indices: Integers, lengths: Integers, first: Word, out: Integers) -> None:
    """Read the index of each item of all lists, one list behind the other."""
    offsets, count = int64_at(column)[VALUES], 0
    for one in range(len(indices)):
        for place in range(lengths[one]):
            out[count] = first + int64_at(offsets)[indices[one]] + place
            count += 1
