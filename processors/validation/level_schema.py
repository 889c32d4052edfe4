"""The columns and types of both rule levels, found by deriving them for a batch without rows."""

from __future__ import annotations

from functools import cache
from typing import Literal

import polars as pl

from processors.batch import ClaimBatch
from processors.validation.columns import (
    CLAIM_COLUMNS,
    FROM_CLAIM,
    LINE_COLUMNS,
    LINE_LOOKED_UP,
    LINE_NPI_CHECK,
    LOOKED_UP,
    NPI_CHECKS,
)
from processors.validation.derive import derive
from processors.validation.examples import example_batch
from processors.validation.line_summary import LINE_SUMMARY

_OF_NO_RULE = {"phi", "row"}


@cache
def level_schemas() -> dict[Literal["claim", "line"], pl.Schema]:
    """Return the columns that rules of each level can use, with their types."""
    batch = example_batch().take([0])
    return {"claim": _claim_schema(batch), "line": _line_schema(batch)}


def _claim_schema(batch: ClaimBatch) -> pl.Schema:
    derived = [column.name for stage in CLAIM_COLUMNS for column in stage]
    names = _scalars(batch.claims) + derived + [name for name, _ in (*LINE_SUMMARY, *NPI_CHECKS, *LOOKED_UP)]
    claims, _ = derive(batch, names, ())
    return pl.Schema({name: claims.schema[name] for name in names})


def _line_schema(batch: ClaimBatch) -> pl.Schema:
    derived = [column.name for column in LINE_COLUMNS] + [name for name, _ in (LINE_NPI_CHECK, *LINE_LOOKED_UP)]
    names = _scalars(batch.lines) + list(FROM_CLAIM) + derived
    _, lines = derive(batch, (), names)
    return pl.Schema({name: lines.schema[name] for name in names})


def _scalars(frame: pl.DataFrame) -> list[str]:
    """Return the fields that hold one plain value; lists come as derived columns."""
    return [name for name, dtype in frame.schema.items() if not dtype.is_nested() and name not in _OF_NO_RULE]
