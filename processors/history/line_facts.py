"""The facts of single service lines: day, code, what makes a line another one, and a hash of all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.history.book import HistoryBook
from processors.history.entry import Flags, Hashes, Integers
from processors.history.hashing import combined, mixed, text_hash, text_words
from processors.history.read import columns_of

_MOST_UNITS = 1e12
_THOUSANDTHS = 1_000

_FIELDS = (
    pl.coalesce("procedure_code", pl.lit("R") + pl.col("revenue_code")).alias("code"),
    pl.col("service_from").to_physical().alias("day"),
    pl.col("service_to").to_physical().fill_null(0).alias("to_day"),
    (pl.col("units").fill_null(0).fill_nan(0).clip(-_MOST_UNITS, _MOST_UNITS) * _THOUSANDTHS)
    .round()
    .cast(pl.Int64)
    .alias("units_e3"),
    pl.col("charge_cents").fill_null(0),
    pl.col("rendering_npi").cast(pl.Int64, strict=False),
    "modifiers",
    "tooth_codes",
    "tooth_surfaces",
)
_READ = columns_of(_FIELDS)


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


def line_facts(lines: pl.DataFrame, row: Integers, size: int, claim_day: pl.Series, book: HistoryBook) -> LineFacts:
    """Return the facts of the lines of some claims.

    Args:
        lines: All lines of the batch.
        row: Rows of the claims that count, ascending.
        size: Number of claims in the batch.
        claim_day: Service date of each of those claims, days since 1970-01-01; null without one.
        book: Which modifiers distinguish.
    """
    number = np.full(size, -1, dtype=np.int64)
    number[row] = np.arange(len(row))
    claim = number[lines["row"].to_numpy()]
    position = np.flatnonzero(claim >= 0)
    if len(position) < lines.height:
        lines, claim = lines[_READ][position], claim[position]
    fields = lines.select(_FIELDS)
    day = fields["day"]
    if day.null_count():
        day = day.zip_with(day.is_not_null(), claim_day[claim])
    code = text_words(fields["code"])[:, 0]
    every_modifier, bits = _modifiers(fields["modifiers"], book)
    teeth = _teeth(fields)
    days, units, provider = (_integers(series) for series in (day, fields["units_e3"], fields["rendering_npi"]))
    rest = (fields["to_day"].to_numpy(), fields["charge_cents"].to_numpy())
    return LineFacts(
        claim=claim,
        position=position,
        day=days,
        code=code,
        modifiers=bits,
        detail=bits if teeth is None else np.where(teeth == 0, bits, mixed(teeth ^ bits)),
        provider=provider,
        units_e3=units,
        whole=combined(code, days, every_modifier, units, provider, *rest, *([] if teeth is None else [teeth])),
    )


def _integers(series: pl.Series) -> Integers:
    return (series.fill_null(0) if series.null_count() else series).to_numpy().astype(np.int64)


def _modifiers(modifiers: pl.Series, book: HistoryBook) -> tuple[Hashes, Hashes]:
    """Return for each line a hash of all its modifiers in any order, and the bits of the distinguishing ones."""
    counts = modifiers.list.len().fill_null(0).to_numpy()
    every, bits = np.zeros(len(counts), dtype=np.uint64), np.zeros(len(counts), dtype=np.uint64)
    if counts.any():
        line = np.repeat(np.arange(len(counts)), counts)
        word = text_words(modifiers.explode(empty_as_null=False, keep_nulls=False))[:, 0]
        np.add.at(every, line, mixed(word))
        np.bitwise_or.at(bits, line, book.bit_of[word & np.uint64(0xFFFF)])
    return every, bits


def _teeth(fields: pl.DataFrame) -> Hashes | None:
    """Return a hash of the teeth and surfaces of each line, 0 for none; None where no line of all has any."""
    count = fields.select((pl.col("tooth_codes").list.len() + pl.col("tooth_surfaces").list.len()).fill_null(0))
    has: Flags = count.to_series().to_numpy() > 0
    if not has.any():
        return None
    hashes = np.zeros(len(has), dtype=np.uint64)
    texts = fields.filter(has).select(
        pl.col("tooth_codes").list.sort().list.join(" "), pl.col("tooth_surfaces").list.sort().list.join(" ")
    )
    hashes[has] = combined(*(text_hash(column) for column in texts.iter_columns()))
    return hashes
