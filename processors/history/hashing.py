"""Stable hashes of columns: equal on every machine and in every release, because they are stored.

Not cryptographic: what is hashed are codes, public identifiers and keyed tokens.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.history.entry import Hashes, Integers

_WORD = 8
_LONGEST = 256
"""Characters of a text that count."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)

Words = np.ndarray[tuple[int, int], np.dtype[np.uint64]]


def mixed(values: Hashes) -> Hashes:
    """Return splitmix64 of each value (Steele, Lea and Flood 2014)."""
    z = values + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


def combined(*columns: Hashes | Integers) -> Hashes:
    """Return one hash of several columns of integers, row by row; their order counts."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        total = mixed(total ^ column.astype(np.uint64))
    return total


def text_hash(texts: pl.Series) -> Hashes:
    """Return a hash of every text; null counts as the empty text, whose hash is 0."""
    total = np.zeros(len(texts), dtype=np.uint64)
    words = text_words(texts)
    for place in range(words.shape[1]):
        word = words[:, place]
        # Padding adds nothing, so that a hash does not depend on the longest text of its column.
        total += np.where(word == 0, np.uint64(0), mixed(word ^ mixed(np.full(1, place, dtype=np.uint64))))
    return total


def text_words(texts: pl.Series) -> Words:
    """Return the bytes of every text as little-endian words of eight, padded with zeros: one row a text."""
    arrow = texts.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offset_bytes, data_bytes = arrow.buffers()
    offsets = np.frombuffer(offset_bytes, dtype=np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    lengths = np.diff(offsets)
    longest = int(lengths.max(initial=0))
    if longest > _LONGEST * 4:
        return text_words(texts.str.slice(0, _LONGEST))
    padded = np.zeros((len(arrow), max(-(-longest // _WORD), 1) * _WORD), dtype=np.uint8)
    if longest:
        data = np.frombuffer(data_bytes, dtype=np.uint8)[offsets[0] : offsets[-1]]
        if (lengths == longest).all():
            padded[:, :longest] = data.reshape(-1, longest)
        else:
            padded[np.arange(padded.shape[1]) < lengths[:, None]] = data
    return padded.view("<u8")
