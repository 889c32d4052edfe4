"""The parity gate: a graph answers as the model it was made from, or it is not published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.learning.dataset import Matrix, Numbers
from models.runtime import run_graph
from schemas.errors import ClaimstreamError

TOLERANCE = 1e-5
ROWS, EDGE_ROWS = 5_000, 500


class ParityError(ClaimstreamError):
    """An exported graph does not answer as the model it was made from."""


@dataclass(frozen=True)
class Parity:
    """Result of a comparison.

    Attributes:
        rows: Number of rows compared.
        max_difference: Largest absolute difference of a probability.
        label_flips: Rows whose most likely class differs, ties within the tolerance aside.
    """

    rows: int
    max_difference: float
    label_flips: int

    @property
    def holds(self) -> bool:
        """Whether the graph may be published."""
        return self.max_difference <= TOLERANCE and self.label_flips == 0


def parity_rows(matrix: Matrix, seed: int, unseen: Matrix | None = None) -> Matrix:
    """Return up to 5,000 real rows and 500 edge rows: nothing known, extremes, and codes nobody has seen.

    Args:
        matrix: Real rows.
        seed: Seed of the edge rows.
        unseen: Rows as the encoders make them of codes they do not know.
    """
    rng = np.random.default_rng(seed)
    real = matrix[:ROWS]
    known = np.where(np.isnan(matrix).all(axis=0), np.float32(0), matrix)
    low, high = np.nanmin(known, axis=0), np.nanmax(known, axis=0)
    edge = real[rng.integers(len(real), size=EDGE_ROWS)].copy()
    holes, ends = rng.random(edge.shape) < 0.3, rng.random(edge.shape) < 0.1
    edge = np.where(ends, np.where(rng.random(edge.shape) < 0.5, low, high), edge)
    edge[holes] = np.nan
    edge[0], edge[1], edge[2] = np.nan, low, high
    edge[3], edge[4] = low - 1e6, high + 1e6
    others = [] if unseen is None else [unseen]
    return np.ascontiguousarray(np.concatenate([real, edge, *others]), dtype=np.float32)


def compare(content: bytes, reference: Callable[[Matrix], Numbers], rows: Matrix) -> Parity:
    """Compare a graph with its reference.

    Args:
        content: The graph.
        reference: Computes the answers of the model it was made from, rows x classes; one column is P(denied).
        rows: Feature rows.
    """
    wanted, given = reference(rows), run_graph(content, rows)
    if wanted.shape != given.shape:
        return Parity(len(rows), float("inf"), len(rows))
    return Parity(len(rows), float(np.abs(wanted - given).max()), _flips(wanted, given))


def _flips(wanted: Numbers, given: Numbers) -> int:
    if wanted.shape[1] == 1:
        differ = (wanted[:, 0] > 0.5) != (given[:, 0] > 0.5)
        return int((differ & (np.abs(wanted[:, 0] - 0.5) > TOLERANCE)).sum())
    best = wanted.max(axis=1)
    chosen = wanted[np.arange(len(wanted)), given.argmax(axis=1)]
    return int((best - chosen > TOLERANCE).sum())


def require_parity(name: str, parity: Parity) -> None:
    """Refuse a graph that does not hold.

    Raises:
        ParityError: It differs by more than 1e-5 or flips a label.
    """
    if not parity.holds:
        msg = f"The graph of {name} differs by {parity.max_difference:.1e} with {parity.label_flips} flips."
        raise ParityError(msg, "Keep to settings that convert exactly: float32, no native categoricals.")
