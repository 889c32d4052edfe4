"""The facts of single service lines: day, code, what makes a line another one, and a hash of all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.history.book import HistoryBook
from processors.history.entry import Flags, Hashes, Integers
from processors.history.hashing import combined, element_words, mixed, text_hash, text_words
from processors.lent import ListShape, list_shapes, read_digits, read_integers, read_known, read_numbers

_MOST_UNITS = 1e12
_THOUSANDTHS = 1_000
_REVENUE = np.uint64(ord("R"))

_CODES = ["procedure_code", "revenue_code"]
_WHOLE = ["service_from", "service_to", "charge_cents"]
_UNITS, _PROVIDER = ["units"], ["rendering_npi"]
_TEETH = ["tooth_codes", "tooth_surfaces"]
_LISTS = ["modifiers", *_TEETH]
_READ = [*_CODES, *_WHOLE, *_UNITS, *_PROVIDER, *_LISTS]
_NO_DAY = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class LineFacts:
    """Facts of the lines of the claims that count, one value a line.

    Attributes:
        claim: Number of the claim among those.
        position: Position of the line in the batch.
        day: Service date, days since 1970-01-01; that of the claim where the line has none, 0 where neither has.
        code: Procedure code, else R and the revenue code, as a word of eight bytes; 0 for none.
        detail: Bits of the distinguishing modifiers; with teeth, a hash of them and the teeth.
        provider: Rendering NPI of the line, 0 where it has none of its own.
        units_e3: Thousandths of a unit.
        whole: Hash of everything an exact duplicate repeats.
    """

    claim: Integers
    position: Integers
    day: Integers
    code: Hashes
    modifiers: Hashes
    detail: Hashes
    provider: Integers
    units_e3: Integers
    whole: Hashes


def line_facts(lines: pl.DataFrame, row: Integers, size: int, claim_day: Integers, book: HistoryBook) -> LineFacts:
    """Return the facts of the lines of some claims.

    Args:
        lines: All lines of the batch.
        row: Rows of the claims that count, ascending.
        size: Number of claims in the batch.
        claim_day: Service date of each of those claims, days since 1970-01-01; 0 without one.
        book: Which modifiers distinguish.
    """
    number = np.full(size, -1, dtype=np.int64)
    number[row] = np.arange(len(row))
    claim = number[lines["row"].to_numpy()]
    position = np.flatnonzero(claim >= 0)
    lines = lines[_READ]
    if len(position) < lines.height:
        lines, claim = lines[position], claim[position]
    whole = read_integers(lines[["service_to", "charge_cents"]])
    day = read_integers(lines[["service_from"]], _NO_DAY)["service_from"]
    day = np.where(day == _NO_DAY, claim_day[claim], day)
    code, units_e3 = _codes(lines), _thousandths(read_numbers(lines[_UNITS])["units"])
    provider = read_digits(lines[_PROVIDER])["rendering_npi"]
    shapes = list_shapes(lines[_LISTS])
    every_modifier, bits = _modifiers(lines["modifiers"], shapes["modifiers"], book)
    teeth = _teeth(lines, shapes)
    parts = (code, day, every_modifier, units_e3, provider, whole["service_to"], whole["charge_cents"])
    return LineFacts(
        claim=claim,
        position=position,
        day=day,
        code=code,
        modifiers=bits,
        detail=bits if teeth is None else np.where(teeth == 0, bits, mixed(teeth ^ bits)),
        provider=provider,
        units_e3=units_e3,
        whole=combined(*parts, *([] if teeth is None else [teeth])),
    )


def _codes(lines: pl.DataFrame) -> Hashes:
    """Return the procedure code of each line, else R and its revenue code, as words of eight bytes."""
    known = read_known(lines[_CODES])
    procedure, revenue = (text_words(lines[name])[:, 0] for name in _CODES)
    lettered = np.where(known["revenue_code"], revenue << np.uint64(8) | _REVENUE, np.uint64(0))
    return np.where(known["procedure_code"], procedure, lettered)


def _thousandths(units: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Integers:
    """Return thousandths of units; of what is no number none."""
    sensible = np.clip(np.where(np.isnan(units), 0.0, units), -_MOST_UNITS, _MOST_UNITS)
    whole: Integers = np.rint(sensible * _THOUSANDTHS).astype(np.int64)
    return whole


def _modifiers(modifiers: pl.Series, shape: ListShape, book: HistoryBook) -> tuple[Hashes, Hashes]:
    """Return for each line a hash of all its modifiers in any order, and the bits of the distinguishing ones."""
    every, bits = np.zeros(len(modifiers), dtype=np.uint64), np.zeros(len(modifiers), dtype=np.uint64)
    if shape.lengths.any():
        line = np.repeat(np.arange(len(modifiers)), shape.lengths)
        word = element_words(modifiers)
        np.add.at(every, line, mixed(word))
        np.bitwise_or.at(bits, line, book.bit_of[word & np.uint64(0xFFFF)])
    return every, bits


def _teeth(lines: pl.DataFrame, shapes: dict[str, ListShape]) -> Hashes | None:
    """Return a hash of the teeth and surfaces of each line, 0 for none; None where no line of all has any."""
    codes, surfaces = (shapes[name] for name in _TEETH)
    has: Flags = codes.known & surfaces.known & (codes.lengths + surfaces.lengths > 0)
    if not has.any():
        return None
    hashes = np.zeros(len(has), dtype=np.uint64)
    texts = lines.filter(has).select(pl.col(name).list.sort().list.join(" ") for name in _TEETH)
    hashes[has] = combined(*(text_hash(column) for column in texts.iter_columns()))
    return hashes
