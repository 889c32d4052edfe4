"""Stable hashes of columns: equal on every machine and in every release, because they are stored.

Not cryptographic: what is hashed are codes, public identifiers and keyed tokens. Texts are read where polars keeps
them, by compiled code: a batch asks for some twenty columns, and queries would cost it more than the hashes.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.history.entry import Hashes, Integers
from processors.lent import element_bytes, first_bytes
from processors.lent.arrow import child_of, is_there, text_of, word_of
from schemas.codec.lending import LentFrame
from schemas.compiled import Word, bytes_at, compiled, inlined

_WORD = 8
_LONGEST = 1_024
"""Bytes of a text that count."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)

Words = np.ndarray[tuple[int, int], np.dtype[np.uint64]]


def mixed(values: Hashes) -> Hashes:
    """Return splitmix64 of each value (Steele, Lea and Flood 2014)."""
    out = np.zeros(len(values), dtype=np.uint64)
    _fold(out, np.ascontiguousarray(values))
    return out


def combined(*columns: Hashes | Integers) -> Hashes:
    """Return one hash of several columns of integers, row by row; their order counts."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        _fold(total, np.ascontiguousarray(column).astype(np.int64, copy=False).view(np.uint64))
    return total


def text_hash(texts: pl.Series) -> Hashes:
    """Return a hash of every text; null counts as the empty text, whose hash is 0."""
    hashes = np.zeros(len(texts), dtype=np.uint64)
    if len(texts):
        with LentFrame(texts.to_frame()) as lent:
            _hash_texts(child_of(lent.array, 0), hashes)
    return hashes


def text_hashes(texts: pl.DataFrame) -> dict[str, Hashes]:
    """Return a hash of every text of every column of a frame, as `text_hash` does."""
    hashes = np.zeros(texts.shape[::-1], dtype=np.uint64)
    if texts.height and texts.width:
        with LentFrame(texts) as lent:
            for place, of_column in enumerate(hashes):
                _hash_texts(child_of(lent.array, place), of_column)
    return dict(zip(texts.columns, hashes, strict=True))


def joined_hash(texts: pl.DataFrame) -> Hashes:
    """Return a hash of the texts of a row with bars between them, as `text_hash` does; nulls are left out."""
    hashes = np.zeros(texts.height, dtype=np.uint64)
    if texts.height:
        with LentFrame(texts) as lent:
            _hash_joined(lent.array, texts.width, hashes)
    return hashes


def element_words(lists: pl.Series) -> Hashes:
    """Return the first eight bytes of every text in lists as little-endian words, padded with zeros."""
    return element_bytes(lists, _WORD).view("<u8")[:, 0]


def text_words(texts: pl.Series, count: int = 1) -> Words:
    """Return the first bytes of every text as little-endian words of eight, padded with zeros: one row a text.

    Args:
        texts: Texts; null counts as the empty one.
        count: Words of each that are wanted.
    """
    return first_bytes(texts, count * _WORD).view("<u8")


@inlined
def _mix(value: Word) -> Word:
    z = value + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


@compiled
def _fold(total: Hashes, values: Hashes) -> None:
    for row in range(len(total)):
        total[row] = _mix(total[row] ^ values[row])


@compiled
def _word_at(text: Word, length: Word, start: Word) -> Word:
    """Return eight bytes of a text from a place as a little-endian word, padded with zeros."""
    if start + _WORD <= length:
        return np.uint64(word_of(text, start))
    word = np.uint64(0)
    for place in range(length - start):
        word |= np.uint64(bytes_at(text)[start + place]) << np.uint64(8 * place)
    return word


@compiled
def _of_word(word: Word, place: Word) -> Word:
    """Return what a word of a text adds to its hash; padding adds nothing: a hash depends on its text alone."""
    if word == 0:
        return np.uint64(0)
    return _mix(word ^ _mix(np.uint64(place)))


@compiled
def _hash_texts(array: Word, hashes: Hashes) -> None:
    for row in range(len(hashes)):
        text, length = text_of(array, row) if is_there(array, row) else (np.int64(0), np.int64(0))
        total = np.uint64(0)
        for place in range((min(length, _LONGEST) + _WORD - 1) // _WORD):
            word = _word_at(text, length, place * _WORD)
            total += _of_word(word, place)
        hashes[row] = total


_BAR = np.uint64(ord("|"))


@compiled
def _hash_joined(frame: Word, columns: int, hashes: Hashes) -> None:
    for row in range(len(hashes)):
        total, word, size = np.uint64(0), np.uint64(0), 0
        first = 0
        for column in range(columns):
            array = child_of(frame, column)
            if not is_there(array, row):
                continue
            text, length = text_of(array, row)
            for place in range(first, min(length, _LONGEST)):
                byte = _BAR if place < 0 else np.uint64(bytes_at(text)[place])
                if size < _LONGEST:
                    word |= byte << np.uint64(8 * (size % _WORD))
                size += 1
                if size % _WORD == 0:
                    total += _of_word(word, size // _WORD - 1)
                    word = np.uint64(0)
            first = -1  # a bar stands before all but the first
        hashes[row] = total + _of_word(word, size // _WORD)
