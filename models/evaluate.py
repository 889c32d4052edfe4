"""Measures a published version on rows it has not seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from models.learning.dataset import Part
from models.learning.measures import Metrics, approval_metrics, reason_metrics
from models.tables.encoder import TableEncoder
from models.tables.labels import denied_of
from models.tables.prepare import truth_of
from models.tables.reading import read_table
from models.tables.table_map import TableMap
from models.training.data import checked_claims
from processors.features import FEATURE_NAMES, feature_array
from processors.scoring.model import LoadedModel, load_model
from processors.scoring.registry import read_version
from processors.scoring.rules import RULES_VERSION, rules_score_of
from schemas.errors import BadInputError


def evaluate_on_table(folder: Path, table: Path, map_file: Path) -> Metrics:
    """Measure a model of a foreign table on another table with outcomes.

    Raises:
        BadInputError: Table or map cannot be used, or the model reads claims.
        ModelRefusedError: The model must not be used.
    """
    files = read_version(folder)
    if files.kind != "table":
        msg = f"The model {files.name} ({files.version}) reads claim events, not tables."
        raise BadInputError(msg, "Leave --table out to measure it on synthetic claims.")
    model, column_map, read = load_model(files, None), TableMap.load(map_file), read_table(table)
    column_map.check(read.frame.columns)
    if column_map.label is None:
        msg = "The map names no label."
        raise BadInputError(msg, "Name the column with the outcome under `label`.")
    outcome, _ = denied_of(read.frame[column_map.label], column_map.positive)
    known = ~np.isnan(outcome)
    frame = read.frame.filter(pl.Series(known))
    matrix = TableEncoder.from_json(files.encoders_text).encode(frame)
    return _measured(model, Part(matrix, truth_of(frame, outcome[known], column_map)), None)


def evaluate_on_claims(folder: Path, claims: int, seed: int, profile: str) -> Metrics:
    """Measure a model of the stream on synthetic claims of a fresh seed.

    Raises:
        ModelRefusedError: The model must not be used.
    """
    model = load_model(read_version(folder), FEATURE_NAMES)
    made = checked_claims(claims, seed, profile)
    return _measured(model, Part(feature_array(made.batch, model.encoders, made.rates), made.truth), True)


def _measured(model: LoadedModel, part: Part, with_rules: bool | None) -> Metrics:
    baselines = {"overall rate": np.full(part.size, model.denial_rate)}
    if with_rules:
        baselines[RULES_VERSION] = rules_score_of(part.matrix)
    metrics: Metrics = {"approval": approval_metrics(part, model.p_denied(part.matrix), baselines), "reasons": {}}
    if model.classes and part.column("reason") is not None:
        metrics["reasons"] = reason_metrics(part, model.reason_shares(part.matrix), model.classes)
    return metrics
