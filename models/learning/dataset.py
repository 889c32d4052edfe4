"""What learning works on: matrices with outcomes, split into training and test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

Matrix = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Rows as the models see them.

    Attributes:
        matrix: Rows x features, float32, NaN for missing.
        truth: One row a matrix row: `denied` (Boolean) and, where known, `reason` (String, null when paid),
            `true_p_denied` (Float64, of a generator), `slice` (String, the payer of claims), `band` (String, age
            and sex), `amount_cents` (Float64, what is at stake).
    """

    matrix: Matrix
    truth: pl.DataFrame

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.matrix)

    @property
    def denied(self) -> Flags:
        """Whether each row was denied."""
        return self.truth["denied"].to_numpy()

    def column(self, name: str) -> npt.NDArray[np.generic] | None:
        """Return a column of the truth, None when it is not known."""
        return self.truth[name].to_numpy() if name in self.truth.columns else None

    def take(self, rows: Index) -> Part:
        """Return some rows."""
        return Part(self.matrix[rows], self.truth[rows])


@dataclass(frozen=True)
class Columns:
    """The columns of a matrix and who reads them.

    Attributes:
        names: Names in order.
        of_trees: Positions that tree models read.
        of_lines: Positions that linear models read.
        direction: For each column 1 when more of it never lowers P(denied), -1 the opposite, 0 unbound.
        levels: Positions of the 0/1 columns that stand for the levels of a code.
    """

    names: tuple[str, ...]
    of_trees: Index
    of_lines: Index
    direction: tuple[int, ...]
    levels: frozenset[int] = frozenset()

    @classmethod
    def plain(cls, names: Sequence[str], rising: Sequence[str] = (), falling: Sequence[str] = ()) -> Columns:
        """Return columns that every model reads."""
        every = np.arange(len(names))
        return cls(tuple(names), every, every, tuple((n in rising) - (n in falling) for n in names))

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)


@dataclass(frozen=True)
class Dataset:
    """One table, split.

    Attributes:
        columns: Columns of the matrices.
        train: Rows to learn from, earliest first where time is known.
        test: Rows to measure on, seen by nothing that is learnt.
        fold: Fold of each training row; rows of one group share a fold.
        split: How the two were parted: time, group or random.
    """

    columns: Columns
    train: Part
    test: Part
    fold: Index
    split: str
    notes: tuple[str, ...] = field(default=())

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of matrices and outcomes."""
        made = hashlib.sha256("\n".join(self.columns.names).encode())
        for part in (self.train, self.test):
            made.update(np.ascontiguousarray(part.matrix).tobytes())
            made.update(np.ascontiguousarray(part.denied).tobytes())
        return made.hexdigest()


def folds_of(denied: Flags, count: int, seed: int, groups: npt.NDArray[np.generic] | None = None) -> Index:
    """Part rows into folds of like denial rate; rows of one group stay together.

    Args:
        denied: Outcomes.
        count: Number of folds.
        seed: Seed of the draw.
        groups: Group of each row, None for none.
    """
    rng = np.random.default_rng(seed)
    if groups is not None:
        _, group = np.unique(groups.astype(str), return_inverse=True)
        return _dealt(rng.permutation(group.max() + 1), count)[group]
    fold = np.zeros(len(denied), dtype=np.int64)
    for outcome in (False, True):
        rows = np.flatnonzero(denied == outcome)
        fold[rows] = _dealt(rng.permutation(len(rows)), count)
    return fold


def _dealt(order: Index, count: int) -> Index:
    dealt: Index = order % count
    return dealt
