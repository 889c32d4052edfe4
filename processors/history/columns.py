"""The columns of the history stage as frames, and which claims have any of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from processors.batch import ClaimBatch
from processors.history.entry import Flags
from processors.history.facts import BatchFacts
from processors.history.procedures import NO_LIMIT
from processors.history.relations import NONE, Relations
from processors.history.succession import Succession
from processors.validation.columns.history import HISTORY_CLAIM_COLUMNS, HISTORY_LINE_COLUMNS

Bytes = np.ndarray[tuple[int], np.dtype[np.bytes_]]

_THOUSANDTHS = 1_000


@dataclass(frozen=True, eq=False)
class WithPast:
    """The claims of a batch about which earlier claims say something.

    Attributes:
        rows: Their rows in the batch, ascending.
        batch: Those claims alone, renumbered, with the columns of the history stage.
    """

    rows: list[int]
    batch: ClaimBatch


def with_past(batch: ClaimBatch, facts: BatchFacts, became: Succession, said: Relations) -> WithPast | None:
    """Return the claims with a past and its columns; None when no claim of the batch has one."""
    line = _lines_with_past(said)
    claim = became.duplicate.copy()
    claim[facts.claim[line]] = True
    rows = facts.claims.row[claim].tolist()
    if not rows:
        return None
    number = np.full(batch.size, -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    of_line = number[batch.lines["row"].to_numpy()]
    lines = np.flatnonzero(of_line >= 0)
    claim_columns = _named(HISTORY_CLAIM_COLUMNS, _claim_columns(became, claim), np.arange(len(rows)), len(rows))
    place = np.full(batch.lines.height, -1, dtype=np.int64)
    place[lines] = np.arange(len(lines))
    asked = claim[facts.claim]
    line_columns = _named(HISTORY_LINE_COLUMNS, _line_columns(said, asked), place[facts.line[asked]], len(lines))
    renumbered = pl.Series("row", of_line[lines], dtype=pl.UInt32)
    return WithPast(
        rows,
        ClaimBatch(
            batch.claims[rows].with_columns(pl.Series("row", range(len(rows)), dtype=pl.UInt32)).hstack(claim_columns),
            batch.lines[lines].with_columns(renumbered).hstack(line_columns),
            batch.now,
        ),
    )


def _lines_with_past(said: Relations) -> Flags:
    """Say about which lines an earlier claim says something."""
    texts = (said.near_duplicate_of, said.surgery_code, said.lifetime_code)
    something: Flags = (said.earlier_units_e3 != 0) | (said.earlier_visits > 0) | (said.seen_days_ago != NONE)
    for text in texts:
        something |= text != b""
    return something


def _claim_columns(became: Succession, asked: Flags) -> list[pl.Series]:
    """Return the columns of the claims that are asked for."""
    return [pl.Series(became.duplicate[asked]), _text(became.duplicate_of[asked])]


def _line_columns(of_all: Relations, asked: Flags) -> list[pl.Series]:
    """Return the columns of the lines that are asked for."""
    said = of_all.where(asked)
    surgery = said.surgery_global_days != NONE
    return [
        pl.Series(said.near_duplicate_of != b""),
        _text(said.near_duplicate_of),
        pl.Series(said.earlier_units_e3 / _THOUSANDTHS),
        pl.Series(said.day_units_e3 / _THOUSANDTHS),
        _number(said.limit, said.limit != NO_LIMIT),
        pl.Series(said.earlier_visits),
        _text(said.surgery_code),
        _number(said.surgery_global_days, surgery),
        _number(said.days_after_surgery, surgery),
        _number(said.seen_days_ago, said.seen_days_ago != NONE),
        _text(said.lifetime_code),
    ]


def _text(values: Bytes) -> pl.Series:
    """Return texts, null where empty."""
    texts = np.full(len(values), None, dtype=object)
    some = np.flatnonzero(values != b"")
    texts[some] = [value.decode(errors="replace") for value in values[some].tolist()]
    return pl.Series(texts.tolist(), dtype=pl.String)


def _number(values: np.ndarray[tuple[int], np.dtype[np.int64]], known: Flags) -> pl.Series:
    """Return numbers, null where unknown."""
    return pl.Series(pa.array(values, mask=~known))


def _named(
    columns: tuple[tuple[str, str, pl.DataType], ...],
    values: list[pl.Series],
    positions: np.ndarray[tuple[int], np.dtype[np.int64]],
    size: int,
) -> list[pl.Series]:
    """Return values under the names of their columns, one a row of the batch; null where history looked at none."""
    place = np.full(size, len(positions), dtype=np.int64)
    place[positions] = np.arange(len(positions))
    frame = pl.DataFrame(
        [value.cast(dtype).alias(name) for (name, _, dtype), value in zip(columns, values, strict=True)]
    )
    # The row of nulls behind the last is that of what history did not look at.
    return pl.concat([frame, frame.clear(1)])[pl.Series(place, dtype=pl.UInt32)].get_columns()
