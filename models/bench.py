"""What scoring costs on this machine: microseconds of processor time a claim, part by part and by batch size."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from models.synthetic import generate
from models.training.data import prepared, rows_of
from processors.batch import ClaimBatch
from processors.features import FEATURE_NAMES, feature_array
from processors.scoring import Scorer, score
from processors.scoring.explain import explain
from processors.scoring.model import LoadedModel, load_model
from processors.scoring.registry import Matrix, find_version
from processors.scoring.scorer import DEFAULT_REVIEW_BELOW

SIZES = (1, 256, 4096)
_SEED = 11
_REPEATS = 7
Item = TypeVar("Item")
_LEAST_CALLS = 16
_START = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Speed:
    """Processor time of scoring, best of several runs.

    Attributes:
        model: Name and version.
        parts: Microseconds a row by part (features, approval, reasons, score) and batch size. `score` is the whole
            step, explanations among it.
        explanation_us: Microseconds a claim that is explained, at the largest size.
        explained: Share of the claims that are explained.
    """

    model: str
    parts: dict[str, dict[int, float]]
    explanation_us: float
    explained: float


def measure(folder: Path) -> Speed:
    """Measure a version of the stream's model on synthetic claims that rules and prices have seen.

    Args:
        folder: Folder of the version.
    """
    model = load_model(find_version(folder), FEATURE_NAMES)
    scorer = Scorer(model)
    whole = prepared(ClaimBatch.from_events(generate(max(SIZES), _SEED, start=_START).events, _START))
    matrix = feature_array(whole, model.encoders)
    parts: dict[str, dict[int, float]] = {name: {} for name in ("features", "approval", "reasons", "score")}
    for size in SIZES:
        batches = [_slice(whole, first, size) for first in range(0, min(max(SIZES), size * _LEAST_CALLS), size)]
        rows = [np.ascontiguousarray(matrix[first : first + size]) for first in range(0, max(SIZES), size)]
        parts["features"][size] = _each(batches, lambda batch: feature_array(batch, model.encoders), size)
        parts["approval"][size] = _each(rows, model.p_denied, size)
        parts["reasons"][size] = _each(rows, model.reason_shares, size)
        parts["score"][size] = _each(batches, lambda batch: score(batch, scorer), size)
    explained, cost = _explanation(model, matrix)
    return Speed(model.label, parts, cost, explained / len(matrix))


def _slice(batch: ClaimBatch, first: int, size: int) -> ClaimBatch:
    """Return some claims with their findings, renumbered: batches as the stream has them."""
    return batch if size >= batch.size else rows_of(batch, first, first + size)


def _explanation(model: LoadedModel, matrix: Matrix) -> tuple[int, float]:
    denied = model.p_denied(matrix)
    rows = np.flatnonzero(1.0 - denied < DEFAULT_REVIEW_BELOW)
    shares = model.reason_shares(np.ascontiguousarray(matrix[rows]))
    allowed = np.full(len(matrix), 10_000.0)

    def run(features: Matrix) -> object:
        return explain(model, features, rows, denied, shares, rows, allowed).column(len(features))

    return len(rows), _each([matrix], run, max(len(rows), 1))


def _each(items: list[Item], run: Callable[[Item], object], size: int) -> float:
    """Return microseconds a row of the fastest round over all items."""
    best = float("inf")
    for _ in range(_REPEATS):
        start = time.process_time()
        for item in items:
            run(item)
        best = min(best, time.process_time() - start)
    return round(best / len(items) / size * 1e6, 2)
