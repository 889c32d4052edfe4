"""A set of keys that never forgets one and is rarely wrong about others, in ten bits a key."""

import numpy as np
import polars as pl

BITS_A_KEY = 10
HASHES = 7
_SEEDS = (1, 2)
_SMALLEST_BITS = 1 << 24
"""Two MiB: a wrong answer makes the sink wait for what is under way; up to some hundred thousand keys there is none."""


class Bloom:
    """A Bloom filter over strings.

    Args:
        capacity: Keys it is made for; with more, wrong answers become frequent (1 in 100 at capacity).
    """

    def __init__(self, capacity: int) -> None:
        bits = max(_SMALLEST_BITS, 1 << (capacity * BITS_A_KEY - 1).bit_length())
        self._mask = np.uint64(bits - 1)
        self._bytes = np.zeros(bits // 8, dtype=np.uint8)
        self.capacity = bits // BITS_A_KEY
        self.size = 0

    def add(self, keys: pl.Series) -> None:
        """Put keys in; they may be in already."""
        places = self._places(keys).ravel()
        np.bitwise_or.at(self._bytes, places >> np.uint64(3), _bit(places))
        self.size += len(keys)

    def may_contain(self, keys: pl.Series) -> pl.Series:
        """Whether each key may be in: False is certain, True is not."""
        places = self._places(keys)
        found = self._bytes[places >> np.uint64(3)] & _bit(places)
        return pl.Series(found.astype(bool).all(axis=0))

    def _places(self, keys: pl.Series) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
        first, second = (keys.hash(seed).to_numpy() for seed in _SEEDS)
        steps = np.arange(HASHES, dtype=np.uint64)[:, None]
        places: np.ndarray[tuple[int, int], np.dtype[np.uint64]] = (
            first + steps * (second | np.uint64(1))
        ) & self._mask
        return places


def _bit(places: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return (np.uint8(1) << (places & np.uint64(7)).astype(np.uint8)).astype(np.uint8)
