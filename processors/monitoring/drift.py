"""Drift: the population stability index of features and scores against what a model learnt from."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

WATCH, ACT = 0.10, 0.25
"""Conventional bounds: below the first nothing moved, above the second the model should be trained again."""

LEAST_ROWS = 1_000
"""Fewer rows than this move by chance."""

_SMALLEST_SHARE = 1e-4

Numbers = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]


def psi(spread: Mapping[str, Any], values: npt.NDArray[np.floating[Any]]) -> float:
    """Return the population stability index: sum of (q - p) * ln(q / p) over fixed bins, missing being one.

    Args:
        spread: Inner edges, counts in each bin and missing count, as reference.json of a version holds them.
        values: Values of today, NaN for missing.
    """
    edges = np.asarray(spread["edges"], dtype=np.float64)
    before = np.array([*spread["counts"], spread["missing"]], dtype=np.float64)
    known = values[~np.isnan(values)].astype(np.float64)
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    today = np.array([*counts, len(values) - len(known)], dtype=np.float64)
    p = np.maximum(before / max(before.sum(), 1), _SMALLEST_SHARE)
    q = np.maximum(today / max(today.sum(), 1), _SMALLEST_SHARE)
    return float(((q - p) * np.log(q / p)).sum())


@dataclass(frozen=True)
class Drift:
    """How far claims moved from those a model learnt from.

    Attributes:
        rows: Claims looked at.
        score: Index of P(denied).
        features: Index of each feature.
    """

    rows: int
    score: float
    features: Mapping[str, float]


class DriftWindow:
    """The latest claims that were scored by one version.

    Args:
        reference: Content of reference.json of the version.
        names: Names of the features in order.
        size: Claims kept.
    """

    def __init__(self, reference: Mapping[str, Any], names: tuple[str, ...], size: int = 4 * LEAST_ROWS) -> None:
        self._reference = reference
        self._names = names
        self._size = size
        self._parts: deque[tuple[Matrix, Numbers]] = deque()
        self._rows = 0

    def add(self, matrix: Matrix, p_denied: Numbers) -> None:
        """Take in scored claims; the oldest go."""
        self._parts.append((matrix, p_denied))
        self._rows += len(matrix)
        while self._rows - len(self._parts[0][0]) >= self._size:
            self._rows -= len(self._parts.popleft()[0])

    def measure(self) -> Drift | None:
        """Return the drift of the claims in the window; None while they are too few to tell."""
        if self._rows < LEAST_ROWS:
            return None
        matrix = np.concatenate([part[0] for part in self._parts])
        scores = np.concatenate([part[1] for part in self._parts])
        spreads = self._reference["features"]
        features = {name: psi(spreads[name], matrix[:, place]) for place, name in enumerate(self._names)}
        return Drift(self._rows, psi(self._reference["score"], scores), features)
