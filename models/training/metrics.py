"""What the models achieve, always beside what costs nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from models.training.data import Part

Numbers = npt.NDArray[np.float64]
Metrics = dict[str, Any]
_BINS = 15
_CAPACITIES = (0.05, 0.10)


def approval_metrics(part: Part, p_denied: Numbers, baselines: dict[str, Numbers]) -> Metrics:
    """Measure P(denied) against outcomes and against the generator's own probability.

    Args:
        part: Claims with outcomes.
        p_denied: Scores of the model.
        baselines: Scores of simpler methods by name; the oracle is added here.

    Returns:
        Numbers by name; `baselines` holds AUROC, AUPRC and accuracy of each simpler method.
    """
    denied = part.denied.astype(np.float64)
    true_p = part.truth["true_p_denied"].to_numpy()
    rate = float(denied.mean())
    brier = float(((p_denied - denied) ** 2).mean())
    metrics: Metrics = {
        "claims": len(denied),
        "denial_rate": rate,
        **_ranking(denied, p_denied),
        "majority_accuracy": max(rate, 1 - rate),
        "brier": brier,
        "brier_skill": 1 - brier / (rate * (1 - rate)),
        "ece": calibration_error(denied, p_denied),
        "mae_to_true_p": float(np.abs(p_denied - true_p).mean()),
    }
    order = np.argsort(-p_denied, kind="stable")
    for capacity in _CAPACITIES:
        reviewed = denied[order[: max(1, int(capacity * len(denied)))]]
        percent = f"{capacity:.0%}".rstrip("%")
        metrics[f"precision_at_{percent}_percent"] = float(reviewed.mean())
        metrics[f"recall_at_{percent}_percent"] = float(reviewed.sum() / max(denied.sum(), 1))
    others = baselines | {"oracle": true_p}
    metrics["baselines"] = {name: _ranking(denied, scores) for name, scores in others.items()}
    return metrics


def _ranking(denied: Numbers, scores: Numbers) -> Metrics:
    return {
        "accuracy": float(((scores > 0.5) == (denied > 0.5)).mean()),
        "auroc": float(roc_auc_score(denied, scores)),
        "auprc": float(average_precision_score(denied, scores)),
    }


def calibration_error(denied: Numbers, p_denied: Numbers) -> float:
    """Return the expected calibration error over 15 bins of equal count."""
    order = np.argsort(p_denied, kind="stable")
    gaps = [
        abs(float(p_denied[rows].mean() - denied[rows].mean())) * len(rows)
        for rows in np.array_split(order, _BINS)
        if len(rows)
    ]
    return sum(gaps) / len(denied)


def payer_rate_scores(train: Part, part: Part) -> Numbers:
    """Return the training denial rate of each claim's payer: the table any analyst has."""
    rates = train.truth.group_by("payer_id").agg(rate=pl.col("denied").mean())
    joined = part.truth.join(rates, on="payer_id", how="left", maintain_order="left")
    return joined["rate"].fill_null(float(train.denied.mean())).to_numpy().astype(np.float64)


def reason_metrics(part: Part, shares: Numbers, classes: tuple[str, ...]) -> Metrics:
    """Measure the reasons on the denied claims.

    Args:
        part: Claims with outcomes; paid ones are left out.
        shares: Scores of all claims of the part, claims x classes.
        classes: Names of the columns.
    """
    rows = part.denied
    stated = part.truth["reason"].to_numpy()[rows]
    order = np.argsort(-shares[rows], axis=1, kind="stable")
    names = np.array(classes, dtype=object)
    top1 = names[order[:, 0]] == stated
    top3 = (names[order[:, :3]] == stated[:, None]).any(axis=1)
    return {
        "denied_claims": int(rows.sum()),
        "top1": float(top1.mean()),
        "top3": float(top3.mean()),
        "macro_f1": float(f1_score(stated, names[order[:, 0]], average="macro")),
        "majority_top1": float(max((stated == name).mean() for name in classes)),
        "per_reason": {
            name: {
                "claims": int((stated == name).sum()),
                "top1": _share(top1[stated == name]),
                "top3": _share(top3[stated == name]),
            }
            for name in classes
        },
    }


def _share(hits: npt.NDArray[np.bool_]) -> float | None:
    return float(hits.mean()) if len(hits) else None
