"""Scores a foreign table with a model that was trained on one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from models.learning.dataset import Matrix
from models.tables.encoder import TableEncoder
from models.tables.reading import read_table
from models.tables.table_map import TableMap
from processors.scoring.model import LoadedModel, load_model
from processors.scoring.registry import find_version
from schemas.errors import BadInputError

TOP_REASONS = 3
_STEP = 16_384
_DECIMALS = 6


@dataclass(frozen=True)
class Scored:
    """Scores of a table.

    Attributes:
        frame: id, p_denied, reason_1..3, reason_p_1..3, one row a row of the table, in its order.
        version: Name and version of the model.
        notes: What was odd about the table, for people.
    """

    frame: pl.DataFrame
    version: str
    notes: tuple[str, ...]


def score_table(table: Path, column_map: TableMap, model: Path) -> Scored:
    """Score a table.

    Args:
        table: CSV or Parquet file; its label is not read.
        column_map: Its map; only `id` matters, the model knows its features.
        model: Folder of a version, of a model, or of a registry with one model.

    Raises:
        BadInputError: The table lacks the features, or the model was not trained on a table.
        ModelRefusedError: The model must not be used.
    """
    files = find_version(model)
    if files.kind != "table":
        msg = f"The model {files.name} ({files.version}) reads claim events, not tables."
        raise BadInputError(msg, "Train on a table with `claimstream models train --table`.")
    loaded = load_model(files, None)
    encoder = TableEncoder.from_json(files.encoders_text)
    read = read_table(table)
    frame = read.frame
    absent = [name for name in encoder.kinds if name not in frame.columns]
    if len(absent) * 2 > len(encoder.kinds):
        msg = f"The table lacks {len(absent)} of the {len(encoder.kinds)} features, as {', '.join(absent[:8])}."
        raise BadInputError(msg, "Give a table with the columns the model was trained on.")
    notes = [*read.notes, *(f"{name} is absent and counts as missing" for name in absent)]
    ids = pl.Series("id", range(frame.height))
    if column_map.id is not None:
        if column_map.id not in frame.columns:
            msg = f"The table has no column {column_map.id}."
            raise BadInputError(msg, "Correct `id` in the map.")
        ids = frame[column_map.id].alias("id")
    scores = _scores(loaded, encoder.encode(frame))
    return Scored(pl.DataFrame([ids, *scores]), loaded.label, tuple(notes))


def _scores(model: LoadedModel, matrix: Matrix) -> list[pl.Series]:
    parts = [matrix[start : start + _STEP] for start in range(0, len(matrix), _STEP)]
    p_denied = np.concatenate([model.p_denied(part) for part in parts])
    columns = [pl.Series("p_denied", np.round(p_denied, _DECIMALS))]
    names, shares = _best(model, parts)
    for place in range(TOP_REASONS):
        columns.append(pl.Series(f"reason_{place + 1}", names[place], dtype=pl.String))
    for place in range(TOP_REASONS):
        columns.append(pl.Series(f"reason_p_{place + 1}", shares[place], dtype=pl.Float64))
    return columns


def _best(model: LoadedModel, parts: list[Matrix]) -> tuple[list[list[str | None]], list[list[float | None]]]:
    rows = sum(len(part) for part in parts)
    names: list[list[str | None]] = [[None] * rows for _ in range(TOP_REASONS)]
    shares: list[list[float | None]] = [[None] * rows for _ in range(TOP_REASONS)]
    if not model.classes:
        return names, shares
    given = np.concatenate([model.reason_shares(part) for part in parts])
    order = np.argsort(-given, axis=1, kind="stable")[:, :TOP_REASONS]
    for place in range(order.shape[1]):
        names[place] = [model.classes[column] for column in order[:, place]]
        shares[place] = np.round(given[np.arange(rows), order[:, place]], _DECIMALS).tolist()
    return names, shares
