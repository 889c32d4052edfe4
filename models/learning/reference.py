"""Reference values of a model version: what is usual among paid rows, and how every column is spread.

Explanations set groups of features to the usual value; drift monitors compare today with the spread.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.learning.dataset import Matrix, Numbers, Part

_BINS = 10


def reference_of(train: Part, names: tuple[str, ...], scores: Numbers, reasons: dict[str, int]) -> dict[str, Any]:
    """Return the content of reference.json.

    Args:
        train: Training rows.
        names: Names of the columns.
        scores: P(denied) of rows the model did not see.
        reasons: How often each reason is the likeliest among denied ones.
    """
    paid = train.matrix[~train.denied]
    usual = np.nanmedian(np.where(np.isnan(paid).all(axis=0), np.float32(0), paid), axis=0)
    return {
        "features": {
            name: {"usual": float(usual[place])} | spread(train.matrix[:, place]) for place, name in enumerate(names)
        },
        "score": spread(scores.astype(np.float32)),
        "reasons": reasons,
        "rows": train.size,
    }


def spread(values: Matrix) -> dict[str, Any]:
    """Return inner bin edges at deciles, the count in each bin, and the count of missing values.

    Equal deciles are one edge, so a flag has two bins.
    """
    known = values[~np.isnan(values)].astype(np.float64)
    if not len(known):
        return {"edges": [], "counts": [0], "missing": len(values)}
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    edges = edges[edges < known.max()]  # a bin lies above every edge
    # Values equal to an edge lie below it.
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "counts": counts.tolist(), "missing": int(len(values) - len(known))}
