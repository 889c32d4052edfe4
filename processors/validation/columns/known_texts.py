"""Short texts by number: a table that compiled code finds each of them in, made once for a set of texts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from processors.validation.machine.layout import KIND, NULLS
from processors.validation.machine.values import bytes_of, given
from schemas.compiled import Word, bytes_at, compiled, inlined, int64_at

MOST_BYTES = 7
"""Longest text: it lies in one word together with its length. No code has more: CAS02 of X12 five, ICD-10-CM seven."""

_FREE = np.uint64(2**64 - 1)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class KnownTexts:
    """Texts of up to seven bytes, each with its place among them.

    Args:
        texts: The texts, each once; a longer one has a place, but is found in no column.

    Attributes:
        unknown: What stands for any other text: the number of texts, or what is given.
        keys: Words of the texts where they are looked for.
        places: Their places.
    """

    def __init__(self, texts: Iterable[str], unknown: int | None = None) -> None:
        every = list(texts)
        self.unknown = len(every) if unknown is None else unknown
        size = 1 << max(4, (2 * len(every)).bit_length())
        self.keys: NDArray[np.uint64] = np.full(size, _FREE, dtype=np.uint64)
        self.places: NDArray[np.int32] = np.zeros(size, dtype=np.int32)
        short = [place for place, text in enumerate(every) if len(text.encode()) <= MOST_BYTES]
        words = np.array([_word_of(every[place]) for place in short], dtype=np.uint64)
        _fill(words, np.array(short, dtype=np.int32), self.keys, self.places)


def _word_of(text: str) -> int:
    encoded = text.encode()
    return int.from_bytes(encoded.ljust(MOST_BYTES, b"\0") + bytes([len(encoded)]), "little")


@inlined
def _slot(word: Word, size: Word) -> Word:
    return np.int64((word * _FACTOR) >> np.uint64(32)) & (size - 1)


@compiled
def _fill(
    words: NDArray[np.uint64], numbers: NDArray[np.int32], keys: NDArray[np.uint64], places: NDArray[np.int32]
) -> None:
    for one in range(len(words)):
        slot = _slot(words[one], len(keys))
        while keys[slot] != _FREE:
            slot = (slot + 1) & (len(keys) - 1)
        keys[slot] = words[one]
        places[slot] = numbers[one]


@compiled
def find_known(
    column: Word, indices: NDArray[np.int64], keys: NDArray[np.uint64], places: NDArray[np.int32], unknown: Word,
    out: NDArray[np.int32],
) -> None:  # fmt: skip
    """Write the place of each text of a column among known ones."""
    nothing = int64_at(column)[KIND] == NULLS
    for one in range(len(indices)):
        out[one] = unknown
        if nothing or not given(column, indices[one]):
            continue
        start, length = bytes_of(column, indices[one])
        if length > MOST_BYTES:
            continue
        word = np.uint64(length) << np.uint64(8 * MOST_BYTES)
        for place in range(length):
            word |= np.uint64(bytes_at(start)[place]) << np.uint64(8 * place)
        slot = _slot(word, len(keys))
        while keys[slot] != _FREE:
            if keys[slot] == word:
                out[one] = places[slot]
                break
            slot = (slot + 1) & (len(keys) - 1)
