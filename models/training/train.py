"""train: from synthetic claims to two published models."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.synthetic.facts import draw_facts
from models.synthetic.profiles import REASONS
from models.training.approval import ApprovalModel, fit_approval
from models.training.card import approval_card, reason_card
from models.training.data import WINDOW, WINDOW_START, Data, Matrix, Part, checked_batch, load_data, make_part
from models.training.export import approval_graph, reason_graph
from models.training.metrics import Metrics, Numbers, approval_metrics, payer_rate_scores, reason_metrics
from models.training.parity import Parity, compare, parity_rows, require_parity
from models.training.publish import Version, next_version, publish
from models.training.reason import ReasonModel, fit_reason
from processors.features import FEATURE_NAMES, feature_hash
from processors.scoring.rules import RULES_VERSION, rules_score
from schemas.errors import BadInputError

_MIN_CLAIMS = 2_000
_FRESH_CLAIMS = 24_000
_FRESH_SEED_STEP = 1_000
_LIBRARIES = ("numpy", "onnx", "onnxruntime", "polars", "scikit-learn", "skl2onnx")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class TrainingReport:
    """What a training run made.

    Attributes:
        approval: Folder of the approval model.
        reasons: Folder of the reason model.
        metrics: Metrics of both, as in their metrics.json.
    """

    approval: Path
    reasons: Path
    metrics: dict[str, Metrics]


def _silent(_: str) -> None:
    """Report nothing."""


def train(registry: Path, claims: int, seed: int, progress: Progress = _silent) -> TrainingReport:
    """Train, check, export and publish the approval and the reason model.

    Args:
        registry: Model registry folder; both models get their next version there and become active.
        claims: Number of synthetic claims, at least 2,000: 75 % train, 10 % calibrate, 15 % test.
        seed: Seed of the claims and of the trees.
        progress: Called with a line of text before each stage.

    Raises:
        BadInputError: Too few claims.
        ParityError: A graph does not answer as its model; nothing is published.
    """
    if claims < _MIN_CLAIMS:
        msg = f"{claims} claims are too few to learn sixteen reasons from."
        raise BadInputError(msg, f"Train on at least {_MIN_CLAIMS} claims.")
    progress(f"making {claims} claims")
    data = load_data(claims, seed)
    progress("fitting the approval model")
    approval = fit_approval(data.train, data.calibration, seed)
    progress("fitting the reason model")
    reason = fit_reason(data.train, data.calibration)
    progress("measuring on later claims and on a fresh seed")
    fresh_claims = min(_FRESH_CLAIMS, claims)
    fresh, posterior = _fresh(data, fresh_claims, seed + _FRESH_SEED_STEP)
    metrics = {
        "approval": _approval_metrics(data, fresh, approval),
        "reasons": _reason_metrics(data, fresh, reason, posterior),
    }
    progress("exporting, checking parity and publishing")
    meta = _meta(data, claims, seed)
    rows = parity_rows(data.test.matrix, seed)
    versions = (
        _approval_version(approval, data, meta, metrics["approval"], rows),
        _reason_version(reason, data, meta, metrics["reasons"], rows),
    )
    folders = [publish(registry, made, next_version(registry, made.name)) for made in versions]
    return TrainingReport(folders[0], folders[1], metrics)


def _fresh(data: Data, claims: int, seed: int) -> tuple[Part, Numbers]:
    batch, truth = checked_batch(claims, seed)
    posterior = draw_facts(claims, seed, "seed").outcome.reason_posterior
    return make_part(batch, truth, data.encoders), posterior


def _approval_metrics(data: Data, fresh: Part, model: ApprovalModel) -> Metrics:
    measured: Metrics = {}
    for name, part in (("time_split", data.test), ("fresh_seed", fresh)):
        features = pl.DataFrame(part.matrix, schema=list(FEATURE_NAMES))
        baselines = {
            "payer rate table": payer_rate_scores(data.train, part),
            RULES_VERSION: rules_score(features)[0],
        }
        measured[name] = approval_metrics(part, model.p_denied(part.matrix), baselines)
    return measured


def _reason_metrics(data: Data, fresh: Part, model: ReasonModel, posterior: Numbers) -> Metrics:
    measured: Metrics = {
        name: reason_metrics(part, model.shares(part.matrix), model.classes)
        for name, part in (("time_split", data.test), ("fresh_seed", fresh))
    }
    best = reason_metrics(fresh, posterior, REASONS)
    measured["fresh_seed"] |= {"bayes_top1": best["top1"], "bayes_top3": best["top3"]}
    return measured


def _meta(data: Data, claims: int, seed: int) -> dict[str, Any]:
    return {
        "profile": "seed",
        "claims": claims,
        "seed": seed,
        "data_sha256": data.digest,
        "training_window": [WINDOW_START.isoformat(), (WINDOW_START + WINDOW).isoformat()],
        "libraries": {"python": platform.python_version()} | {n: library_version(n) for n in _LIBRARIES},
        "label": "denied at first adjudication",
    }


def _properties(name: str, meta: dict[str, Any]) -> dict[str, str]:
    return {
        "name": name,
        "feature_hash": feature_hash(),
        "feature_names": ",".join(FEATURE_NAMES),
        "data_sha256": meta["data_sha256"],
        "seed": str(meta["seed"]),
        "label": meta["label"],
    }


def _checked(name: str, graph: bytes, reference: Callable[[Matrix], Numbers], rows: Matrix) -> Parity:
    parity = compare(graph, reference, rows)
    require_parity(name, parity)
    return parity


def _golden(rows: Matrix) -> Matrix:
    """Return 64 rows: the first 48 real ones and the first 16 edge rows."""
    return np.ascontiguousarray(np.concatenate([rows[:48], rows[-500:-484]]))


def _approval_version(
    model: ApprovalModel, data: Data, meta: dict[str, Any], metrics: Metrics, rows: Matrix
) -> Version:
    graph = approval_graph(model, _properties("approval", meta))
    parity = _checked("approval", graph, lambda matrix: model.p_denied(matrix)[:, None], rows)
    calibration = {"slope": model.slope, "intercept": model.intercept}
    meta = meta | {"parity": asdict(parity), "calibration": calibration}
    card = approval_card(meta, metrics)
    return Version("approval", graph, ("denied",), data.encoders, _golden(rows), meta, metrics, card)


def _reason_version(model: ReasonModel, data: Data, meta: dict[str, Any], metrics: Metrics, rows: Matrix) -> Version:
    graph = reason_graph(model, _properties("reasons", meta))
    parity = _checked("reasons", graph, model.shares, rows)
    meta = meta | {"parity": asdict(parity)}
    card = reason_card(meta, metrics)
    return Version("reasons", graph, model.classes, data.encoders, _golden(rows), meta, metrics, card)
