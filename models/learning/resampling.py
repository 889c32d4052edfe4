"""Ways to treat rare denials before a fit. They touch the rows a model is fitted on, never those it is judged on."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from imblearn.over_sampling import SMOTENC, RandomOverSampler

from models.learning.dataset import Flags, Matrix, Numbers
from schemas.errors import BadInputError

_FEW_VALUES = 10
_NEIGHBOURS = 5


class Resampling(StrEnum):
    """What is done with the rows before a fit.

    Synthetic minority rows (smote-nc) take their categories by the majority of neighbours: rare flags, which
    are what denials are made of, vanish from them. It is here to be compared, and is never the default.
    """

    NONE = "none"
    CLASS_WEIGHT = "class-weight"
    RANDOM_OVER = "random-over"
    SMOTE_NC = "smote-nc"


def resampled(matrix: Matrix, denied: Flags, how: Resampling, seed: int) -> tuple[Matrix, Flags, Numbers | None]:
    """Return rows, outcomes and weights to fit on.

    Args:
        matrix: Rows of the training folds alone.
        denied: Their outcomes.
        how: The treatment.
        seed: Seed of what is drawn.

    Raises:
        BadInputError: Too few denied rows to draw neighbours from.
    """
    if how is Resampling.NONE:
        return matrix, denied, None
    if how is Resampling.CLASS_WEIGHT:
        rate = denied.mean()
        return matrix, denied, np.where(denied, 0.5 / rate, 0.5 / (1 - rate))
    if how is Resampling.RANDOM_OVER:
        made, outcome = RandomOverSampler(random_state=seed).fit_resample(_filled(matrix), denied)
        return made.astype(np.float32), outcome.astype(bool), None
    return (*_synthetic(matrix, denied, seed), None)


def _synthetic(matrix: Matrix, denied: Flags, seed: int) -> tuple[Matrix, Flags]:
    rare = int(min(denied.sum(), (~denied).sum()))
    if rare <= _NEIGHBOURS:
        msg = f"{rare} rows of the rarer outcome are too few for {Resampling.SMOTE_NC}."
        raise BadInputError(msg, "Train with --resampling none, the default.")
    filled = _filled(matrix)
    kinds = np.array([len(np.unique(column[:5000])) <= _FEW_VALUES for column in filled.T])
    if kinds.all() or not kinds.any():  # the method needs columns of both kinds
        kinds[0] = not kinds[0]
    sampler = SMOTENC(np.flatnonzero(kinds).tolist(), random_state=seed, k_neighbors=_NEIGHBOURS)
    made, outcome = sampler.fit_resample(filled, denied)
    return np.ascontiguousarray(made, dtype=np.float32), outcome.astype(bool)


def _filled(matrix: Matrix) -> Matrix:
    """Return the matrix with medians for missing values, zero in a column nobody knew."""
    known = np.where(np.isnan(matrix).all(axis=0), np.float32(0), matrix)
    return np.where(np.isnan(known), np.nanmedian(known, axis=0).astype(np.float32), known)
