"""The columns and types of both rule levels, found by deriving them for a batch without rows."""

from __future__ import annotations

from functools import cache

import polars as pl

from processors.validation.columns.definition import Level, Stage
from processors.validation.columns.from_claim import FROM_CLAIM
from processors.validation.columns.history import HISTORY_CLAIM_COLUMNS, HISTORY_LINE_COLUMNS
from processors.validation.columns.priced import PRICED_LINE_COLUMNS
from processors.validation.columns.registry import COLUMNS
from processors.validation.derive import derive
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary

_OF_NO_RULE = {"phi", "row"}
_HISTORY = {"claim": HISTORY_CLAIM_COLUMNS, "line": HISTORY_LINE_COLUMNS}
_PRICED = {"claim": (), "line": PRICED_LINE_COLUMNS}


@cache
def level_schema(level: Level, stage: Stage = "submitted") -> pl.Schema:
    """Return the columns that rules of a level can use, with their types.

    The history stage sees its own as well; the priced stage the plain fields and its own.
    """
    batch = example_batch().take([0])
    fields = batch.claims if level == "claim" else batch.lines
    if stage == "priced":
        plain = {name: fields.schema[name] for name in _scalars(fields)}
        return pl.Schema(plain | {name: dtype for name, _, dtype in _PRICED[level]})
    names = [*_scalars(fields), *(name for name, _ in COLUMNS[level].meanings)]
    if level == "line":
        names += FROM_CLAIM
    derived = derive(
        batch, names if level == "claim" else (), names if level == "line" else (), ReferenceLibrary.starter()
    )
    schema = (derived.claims if level == "claim" else derived.lines).schema
    known = {name: schema[name] for name in names}
    if stage == "history":
        known |= {name: dtype for name, _, dtype in _HISTORY[level]}
    return pl.Schema(known)


def _scalars(frame: pl.DataFrame) -> list[str]:
    """Return the fields that hold one plain value; lists come as derived columns."""
    return [name for name, dtype in frame.schema.items() if not dtype.is_nested() and name not in _OF_NO_RULE]
