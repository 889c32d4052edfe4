"""learn: a dataset in, a checked pair of graphs with everything that is known about them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.learning.dataset import Dataset, Matrix, Numbers
from models.learning.families import (
    COMPARED,
    SMALL,
    Candidate,
    Family,
    Stage,
    cause_labels,
    choose,
    compare_arms,
    fit_family,
)
from models.learning.measures import Metrics, approval_metrics, core, importance, reason_metrics, slice_rates
from models.learning.parity import Parity, compare, parity_rows, require_parity
from models.learning.reasons import ReasonModel, fit_reasons, merged_reasons
from models.learning.resampling import Resampling
from models.runtime import run_graph

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Wish:
    """What to train.

    Attributes:
        seed: Seed of everything that is drawn.
        family: The family to publish; None chooses by held-out log loss.
        compared: Families in the report.
        resampling: What is done with rare denials inside each fit.
        network: An exported network that takes part.
    """

    seed: int = 7
    family: Family | None = None
    compared: Sequence[Family] = COMPARED
    resampling: Resampling = Resampling.NONE
    network: Path | None = None


@dataclass(frozen=True)
class Learned:
    """A checked model.

    Attributes:
        approval: Graph of P(denied).
        reasons: Graph of the reasons given a denial; None where there was nothing to learn from.
        classes: Reasons, in the order of its columns.
        family: Family of the approval model.
        calibration: Slope and intercept of the affine step.
        parity: Result of the gate by graph.
        metrics: What it achieves, as metrics.json holds it.
        golden: Rows to check at every load.
    """

    approval: bytes
    reasons: bytes | None
    classes: tuple[str, ...]
    family: str
    calibration: Mapping[str, float]
    parity: Mapping[str, Any]
    metrics: Metrics
    golden: Matrix


@dataclass(frozen=True)
class Extras:
    """What the maker of the dataset adds.

    Attributes:
        baselines: Simpler scores of the test rows by name.
        unseen: Rows as the encoders make them of unknown codes, for the parity gate.
        properties: Facts written into the graphs.
    """

    baselines: Mapping[str, Numbers]
    unseen: Matrix | None
    properties: Mapping[str, str]


def learn(data: Dataset, wish: Wish, extras: Extras, progress: Progress = silent) -> Learned:
    """Fit, compare, choose, export, check and measure.

    Raises:
        ParityError: A graph does not answer as its model.
        BadInputError: What was wished for cannot be had from this dataset.
    """
    with threadpool_limits(1):  # the same numbers at every run, and no contest for cores
        return _learn(data, wish, extras, progress)


def _learn(data: Dataset, wish: Wish, extras: Extras, progress: Progress) -> Learned:
    reasons = merged_reasons(data)
    progress("fitting the first stage")
    stage = Stage.fit(data, cause_labels(data, reasons))
    families = tuple(dict.fromkeys((*wish.compared, *((wish.family,) if wish.family else ()))))
    if wish.network is not None:
        families = tuple(dict.fromkeys((*families, Family.NETWORK)))
    candidates: dict[Family, Candidate] = {}
    for family in families:
        progress(f"fitting {family}")
        candidates[family] = fit_family(family, data, stage, wish.seed, wish.resampling, wish.network)
    family = wish.family or choose(candidates)
    chosen = candidates[family].approval
    progress(f"exporting {family} and checking parity")
    rows = parity_rows(np.concatenate([data.test.matrix, data.train.matrix[:5000]]), wish.seed, extras.unseen)
    graph = chosen.graph(extras.properties)
    parity = {"approval": checked("approval", graph, lambda matrix: chosen.p_denied(matrix)[:, None], rows)}
    model = None if reasons is None else fit_reasons(data, stage, reasons, wish.seed)
    reason_graph = None if model is None else model.graph(extras.properties)
    if model is not None and reason_graph is not None:
        parity["reasons"] = checked("reasons", reason_graph, model.shares, rows)
    progress("measuring")
    return Learned(
        approval=graph,
        reasons=reason_graph,
        classes=() if model is None else model.classes,
        family=str(family),
        calibration=asdict(chosen.calibration),
        parity={name: asdict(found) for name, found in parity.items()},
        metrics=_measured(data, wish, extras, candidates, family, graph, model),
        golden=golden_rows(rows, min(len(data.test.matrix) + 5000, 5000)),
    )


def checked(name: str, graph: bytes, reference: Callable[[Matrix], Numbers], rows: Matrix) -> Parity:
    """Compare a graph with its reference and refuse what does not hold."""
    parity = compare(graph, reference, rows)
    require_parity(name, parity)
    return parity


def golden_rows(rows: Matrix, real: int) -> Matrix:
    """Return 64 rows: real ones first, then edge rows."""
    some = rows[: min(48, real)]
    return np.ascontiguousarray(np.concatenate([some, rows[-(64 - len(some)) :]]))


def _measured(
    data: Dataset,
    wish: Wish,
    extras: Extras,
    candidates: Mapping[Family, Candidate],
    family: Family,
    graph: bytes,
    model: ReasonModel | None,
) -> Metrics:
    test = data.test
    rates = slice_rates(data.train, test)
    baselines = {"overall rate": np.full(test.size, data.train.denied.mean()), **extras.baselines}
    if rates is not None:
        baselines["rate of its slice"] = rates
    p_denied = run_graph(graph, test.matrix)[:, 0]
    metrics: Metrics = {
        "approval": approval_metrics(test, p_denied, baselines, wish.seed),
        "families": {str(one): _family_row(found, data) for one, found in candidates.items()},
        "chosen": str(family),
        "importance": importance(lambda matrix: run_graph(graph, matrix)[:, 0], test, data.columns.names, wish.seed),
        "reasons": {} if model is None else reason_metrics(test, model.shares(test.matrix), model.classes),
        "arms": compare_arms(data, wish.seed) if data.train.size <= SMALL else {},
    }
    return metrics


def _family_row(candidate: Candidate, data: Dataset) -> Metrics:
    scores = candidate.approval.p_denied(data.test.matrix)
    true_p = data.test.column("true_p_denied")
    mae = {} if true_p is None else {"mae_to_true_p": float(np.abs(scores - true_p.astype(np.float64)).mean())}
    return {
        "held_out": dict(candidate.held_out),
        "test": core(data.test.denied, scores) | mae,
        "settings": dict(candidate.settings),
    }
