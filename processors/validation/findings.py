"""Findings of the rules that fired: one row each, in reading order, with the values its message shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, zip_longest

import numpy as np
import polars as pl

from processors.batch import empty_findings
from processors.validation.compiled import CompiledRule
from processors.validation.fire import Fired, Integers
from processors.validation.levels import GivenLevel
from processors.validation.rule import SEVERITIES

_SEVERITY_OF_RANK = pl.Series("severity", SEVERITIES)
_NO_LINE = np.iinfo(np.int32).min


@dataclass(frozen=True, eq=False)  # frames and arrays have no equality
class Findings:
    """The findings of a batch.

    Attributes:
        frame: Columns of FINDINGS_SCHEMA; by claim, errors first, then by line and rule.
        error_count: Errors of each claim.
        warning_count: Warnings of each claim.
    """

    frame: pl.DataFrame
    error_count: Integers
    warning_count: Integers


def findings_of(claims: Fired, lines: Fired, size: int) -> Findings:
    """Return the findings of both levels.

    Args:
        claims: Where rules of the claim level fired.
        lines: Where rules of the line level fired; they have `line_number`.
        size: Number of claims.
    """
    rules = _texts(claims.rules + lines.rules)
    number = np.concatenate([claims.number, lines.number + len(claims.rules)])
    row, rank = np.concatenate([claims.row, lines.row]), np.concatenate([claims.rank, lines.rank])
    error_count, warning_count = (np.bincount(row[rank == grave], minlength=size) for grave in (0, 1))
    if not len(number):
        return Findings(empty_findings(), error_count, warning_count)
    line_number = pl.concat([_no_lines(len(claims.number)), _line_numbers(lines)])
    severity = _SEVERITY_OF_RANK[pl.Series(rank, dtype=pl.UInt32)]
    frame = (
        rules.texts[pl.Series(number, dtype=pl.UInt32)]
        .hstack([pl.Series("row", row, dtype=pl.UInt32), line_number, severity])
        .hstack(_shown(claims, lines, rules.shown))
        .select(_columns(rules.shown))
    )
    return Findings(frame[reading_order(row, rank, line_number)], error_count, warning_count)


def _no_lines(size: int) -> pl.Series:
    """Return the line numbers of findings on claims as a whole."""
    return pl.Series("line_number", [None], dtype=pl.Int32).new_from_index(0, size)


def _line_numbers(lines: Fired) -> pl.Series:
    if not len(lines.position):
        return _no_lines(0)
    return lines.level.column("line_number")[lines.position]


def reading_order(row: Integers, rank: Integers, line_number: pl.Series) -> Integers:
    """Return the order by claim, errors first, the claim as a whole before its lines, then by rule."""
    line = line_number.fill_null(_NO_LINE).to_numpy().astype(np.int64)
    place = np.where(line == _NO_LINE, 0, line.clip(min=0) + 1)
    # One integer sorts several times faster than the columns it is made of.
    return np.argsort(row * 2**35 + rank * 2**32 + place, kind="stable")


@dataclass(frozen=True, eq=False)
class _Texts:
    """What every finding of a rule says, one row a rule.

    Attributes:
        texts: rule_id, path, queue and the literals of the message before, between and after its values:
            literal_0, literal_1, ...; "" beyond the last one.
        shown: The greatest number of values in a message.
    """

    texts: pl.DataFrame
    shown: int


@lru_cache(maxsize=64)  # batches fire much the same rules
def _texts(rules: tuple[CompiledRule, ...]) -> _Texts:
    """Return what the findings of rules say."""
    literals = zip_longest(*(rule.literals for rule in rules), fillvalue="")
    columns = {
        "rule_id": [rule.rule.id for rule in rules],
        "path": [rule.rule.x12 for rule in rules],
        "queue": [rule.rule.queue for rule in rules],
        **{f"literal_{place}": list(texts) for place, texts in enumerate(literals)},
    }
    return _Texts(
        texts=pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)),
        shown=max((len(rule.placeholders) for rule in rules), default=0),
    )


_Part = tuple[GivenLevel, tuple[str, ...], pl.Series]
"""A rule that fired: its level, placeholders of its message, positions."""


def _shown(claims: Fired, lines: Fired, most: int) -> list[pl.Series]:
    """Return the values shown in the first, second, ... place of every message."""
    parts = [
        (level.level, rule.placeholders, positions)
        for level in (claims, lines)
        for rule, positions in zip(level.rules, level.positions(), strict=True)
    ]
    return [pl.concat(_values(parts, place)).alias(f"value_{place}") for place in range(most)]


def _values(parts: list[_Part], place: int) -> Iterator[pl.Series]:
    """Return what stands in one place of the messages, part by part.

    Values are text, null where missing; "" where the message has no such place.
    """
    for nothing, group in groupby(parts, key=lambda part: len(part[1]) <= place):
        if nothing:
            yield _NOTHING.new_from_index(0, sum(len(positions) for _, _, positions in group))
        else:
            yield from (level.column(names[place])[positions].cast(pl.String) for level, names, positions in group)


_NOTHING = pl.Series([""])


@lru_cache(maxsize=8)
def _columns(shown: int) -> tuple[pl.Expr, ...]:
    """Return the columns of the findings; messages show up to this number of values."""
    parts = [pl.col("literal_0")]
    for place in range(shown):
        parts += [pl.col(f"value_{place}").fill_null("missing"), pl.col(f"literal_{place + 1}")]
    message = pl.concat_str(parts).alias("message")
    value = pl.when(pl.col("value_0") != "").then("value_0") if shown else pl.lit(None, dtype=pl.String)
    return (
        pl.col("row", "line_number", "rule_id", "severity"),
        message,
        pl.col("path"),
        value.alias("value"),
        # What is only for the record waits nowhere, also where a tenant or payer made it so.
        pl.when(pl.col("severity") != "info").then("queue").alias("queue"),
    )
