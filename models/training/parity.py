"""The parity gate: the graph must answer as the library does, or it is not published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime

from models.training.data import Matrix
from processors.features import FEATURES
from schemas.errors import ClaimstreamError

TOLERANCE = 1e-5
_ROWS, _EDGE_ROWS = 5_000, 500

Numbers = npt.NDArray[np.float64]


class ParityError(ClaimstreamError):
    """An exported graph does not answer as the model it was made from."""


@dataclass(frozen=True)
class Parity:
    """Result of a comparison.

    Attributes:
        rows: Number of rows compared.
        max_difference: Largest absolute difference of a probability.
        label_flips: Rows whose most likely class differs.
    """

    rows: int
    max_difference: float
    label_flips: int

    @property
    def holds(self) -> bool:
        """Whether the graph may be published."""
        return self.max_difference <= TOLERANCE and self.label_flips == 0


def run_graph(content: bytes, matrix: Matrix) -> Numbers:
    """Return the answers of a graph, single-threaded."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: matrix})[0]
    return np.asarray(answers, dtype=np.float64)


def parity_rows(matrix: Matrix, seed: int) -> Matrix:
    """Return up to 5,000 real rows and 500 edge rows: all missing, range ends, random holes and extremes."""
    rng = np.random.default_rng(seed)
    real = matrix[rng.permutation(len(matrix))[:_ROWS]]
    low = np.array([feature.low for feature in FEATURES], dtype=np.float32)
    high = np.array([feature.high for feature in FEATURES], dtype=np.float32)
    edge = real[rng.integers(0, len(real), _EDGE_ROWS)].copy()
    holes, ends = rng.random(edge.shape) < 0.3, rng.random(edge.shape) < 0.1
    edge = np.where(ends, np.where(rng.random(edge.shape) < 0.5, low, high), edge)
    edge[holes] = np.nan
    edge[0], edge[1], edge[2] = np.nan, low, high
    return np.ascontiguousarray(np.concatenate([real, edge]), dtype=np.float32)


def compare(content: bytes, reference: Callable[[Matrix], Numbers], rows: Matrix) -> Parity:
    """Compare a graph with its reference.

    Args:
        content: The graph.
        reference: Computes the answers of the model it was made from, rows x classes.
        rows: Feature rows.
    """
    wanted, given = reference(rows), run_graph(content, rows)
    if wanted.shape[1] == 1:
        flips = (wanted[:, 0] > 0.5) != (given[:, 0] > 0.5)
    else:
        flips = wanted.argmax(axis=1) != given.argmax(axis=1)
    return Parity(len(rows), float(np.abs(wanted - given).max()), int(flips.sum()))


def require_parity(name: str, parity: Parity) -> None:
    """Refuse a graph that does not hold.

    Raises:
        ParityError: It differs by more than 1e-5 or flips a label.
    """
    if not parity.holds:
        msg = f"The graph of {name} differs by {parity.max_difference:.1e} with {parity.label_flips} flips."
        raise ParityError(msg, "Keep to settings that convert exactly: float32, no native categoricals.")
