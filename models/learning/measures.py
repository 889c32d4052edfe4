"""What an approval model achieves, always beside what costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, classification_report, confusion_matrix, roc_auc_score

from models.learning.dataset import Flags, Index, Matrix, Numbers, Part

Metrics = dict[str, Any]
BINS = 15
CAPACITIES = (0.05, 0.10)
DRAWS = 200
_LEAST_SLICE = 100
_INTERVAL = (2.5, 97.5)


def approval_metrics(part: Part, p_denied: Numbers, baselines: Mapping[str, Numbers], seed: int = 0) -> Metrics:
    """Measure P(denied) against outcomes and, where it is known, against the true probability.

    Args:
        part: Rows with outcomes.
        p_denied: Scores of the model.
        baselines: Scores of simpler methods by name; the oracle is added here where it is known.
        seed: Seed of the bootstrap.

    Returns:
        Numbers by name; what one outcome alone cannot tell is None. `intervals` holds bootstrap intervals of 95 %,
        `baselines` accuracy, AUROC, AUPRC and Brier of each simpler method.
    """
    denied = part.denied
    metrics: Metrics = {
        "rows": len(denied),
        "denial_rate": float(denied.mean()),
        "majority_accuracy": float(max(denied.mean(), 1 - denied.mean())),
        **core(denied, p_denied),
        **_at_capacity(part, p_denied),
        "intervals": _intervals(denied, p_denied, seed),
        "confusion": _confusion(denied, p_denied),
    }
    true_p = part.column("true_p_denied")
    others = dict(baselines)
    if true_p is not None:
        truth = true_p.astype(np.float64)
        metrics["mae_to_true_p"] = float(np.abs(p_denied - truth).mean())
        others["oracle"] = truth
    metrics["baselines"] = {name: core(denied, scores) for name, scores in others.items()}
    metrics["skill"] = _skill(metrics)
    metrics["by_slice"] = _by(part, p_denied, "slice")
    metrics["by_band"] = _by(part, p_denied, "band")
    return metrics


def core(denied: Flags, scores: Numbers) -> Metrics:
    """Return accuracy, AUROC, AUPRC, Brier, its skill against the base rate, and ECE."""
    both = bool(denied.any() and not denied.all())
    outcome = denied.astype(np.float64)
    rate = float(outcome.mean())
    brier = float(((scores - outcome) ** 2).mean())
    return {
        "accuracy": float(((scores > 0.5) == denied).mean()),
        "auroc": float(roc_auc_score(denied, scores)) if both else None,
        "auprc": float(average_precision_score(denied, scores)) if both else None,
        "brier": brier,
        "brier_skill": 1 - brier / (rate * (1 - rate)) if both else None,
        "ece": calibration_error(outcome, scores),
    }


def _skill(metrics: Metrics) -> float | None:
    """Return what part of the way from chance to the oracle the ranking goes."""
    best = metrics["baselines"].get("oracle", {}).get("auroc")
    return (metrics["auroc"] - 0.5) / (best - 0.5) if best and metrics["auroc"] else None


def calibration_error(outcome: Numbers, scores: Numbers, bins: int = BINS) -> float:
    """Return the expected calibration error over bins of equal count."""
    order = np.argsort(scores, kind="stable")
    gaps = [
        abs(float(scores[rows].mean() - outcome[rows].mean())) * len(rows)
        for rows in np.array_split(order, bins)
        if len(rows)
    ]
    return sum(gaps) / max(len(outcome), 1)


def _at_capacity(part: Part, p_denied: Numbers) -> Metrics:
    """Return precision, recall and dollars caught when 5 and 10 % of the volume can be reviewed."""
    denied = part.denied.astype(np.float64)
    cents = part.column("amount_cents")
    order = np.argsort(-p_denied, kind="stable")
    found: Metrics = {}
    for capacity in CAPACITIES:
        reviewed = order[: max(1, int(capacity * len(denied)))]
        percent = f"{capacity:.0%}".rstrip("%")
        found[f"precision_at_{percent}_percent"] = float(denied[reviewed].mean())
        found[f"recall_at_{percent}_percent"] = float(denied[reviewed].sum() / max(denied.sum(), 1))
        if cents is not None:
            at_risk = np.nan_to_num(cents.astype(np.float64)) * denied
            found[f"dollars_share_at_{percent}_percent"] = float(at_risk[reviewed].sum() / max(at_risk.sum(), 1))
            found[f"dollars_at_{percent}_percent"] = float(at_risk[reviewed].sum() / 100)
    return found


def _confusion(denied: Flags, p_denied: Numbers) -> Metrics:
    said = p_denied > 0.5
    report = classification_report(
        denied, said, labels=[False, True], target_names=["paid", "denied"], output_dict=True, zero_division=0
    )
    table = confusion_matrix(denied, said, labels=[False, True])
    return {"threshold": 0.5, "matrix": table.tolist(), "report": report}


def _intervals(denied: Flags, p_denied: Numbers, seed: int) -> Metrics:
    """Return bootstrap intervals of 95 %."""
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {"accuracy": [], "auroc": [], "auprc": [], "brier": []}
    for _ in range(DRAWS if len(denied) > _LEAST_SLICE else DRAWS // 2):
        rows = rng.integers(len(denied), size=len(denied))
        one, p = denied[rows], p_denied[rows]
        if one.any() and not one.all():
            drawn["accuracy"].append(float(((p > 0.5) == one).mean()))
            drawn["auroc"].append(float(roc_auc_score(one, p)))
            drawn["auprc"].append(float(average_precision_score(one, p)))
            drawn["brier"].append(float(((p - one) ** 2).mean()))
    return {name: [float(x) for x in np.percentile(values, _INTERVAL)] for name, values in drawn.items() if values}


def _by(part: Part, p_denied: Numbers, name: str) -> Metrics:
    """Return rows, denial rate, mean score and ECE of each slice that is large enough to tell."""
    column = part.column(name)
    if column is None:
        return {}
    outcome, found = part.denied.astype(np.float64), {}
    labels = column.astype(str)
    for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
        rows = np.flatnonzero(labels == label)
        if count >= _LEAST_SLICE:
            found[str(label)] = {
                "rows": int(count),
                "denial_rate": float(outcome[rows].mean()),
                "mean_score": float(p_denied[rows].mean()),
                "ece": calibration_error(outcome[rows], p_denied[rows], max(2, min(BINS, int(count) // 50))),
            }
    return found


def slice_rates(train: Part, part: Part, name: str = "slice") -> Numbers | None:
    """Return the training denial rate of each row's slice: the table any analyst has."""
    own, other = train.column(name), part.column(name)
    if own is None or other is None:
        return None
    names, place = np.unique(own.astype(str), return_inverse=True)
    rates = np.bincount(place, train.denied) / np.bincount(place)
    known = dict(zip(names.tolist(), rates.tolist(), strict=True))
    overall = float(train.denied.mean())
    return np.array([known.get(str(label), overall) for label in other])


def importance(score: Callable[[Matrix], Numbers], part: Part, names: tuple[str, ...], seed: int) -> Metrics:
    """Return how much AUROC falls when a column is shuffled, largest first, of at most 4,000 rows."""
    denied = part.denied[:4000]
    if not denied.any() or denied.all():
        return {}
    rows = part.matrix[:4000]
    rng = np.random.default_rng(seed)
    whole = roc_auc_score(denied, score(rows))
    losses = {}
    for place, name in enumerate(names):
        shuffled = rows.copy()
        shuffled[:, place] = rng.permutation(shuffled[:, place])
        losses[name] = float(whole - roc_auc_score(denied, score(shuffled)))
    return dict(sorted(losses.items(), key=lambda entry: -entry[1]))


def reason_metrics(part: Part, shares: Numbers, classes: tuple[str, ...]) -> Metrics:
    """Measure reasons on the denied rows whose reason is stated.

    Args:
        part: Rows with outcomes.
        shares: Scores of all rows of the part, rows x classes.
        classes: Names of the columns; a stated reason among none of them counts as "other" where there is one.
    """
    reasons = part.column("reason")
    if reasons is None:
        return {}
    rows: Index = np.flatnonzero(part.denied & (reasons != None))  # noqa: E711 - element by element
    stated = reasons[rows].astype(str).astype(object)
    if "other" in classes:
        stated = np.array([name if name in classes else "other" for name in stated], dtype=object)
    order = np.argsort(-shares[rows], axis=1, kind="stable")
    names = np.array(classes, dtype=object)
    top1 = names[order[:, 0]] == stated if len(rows) else np.zeros(0, dtype=bool)
    top3 = (names[order[:, :3]] == stated[:, None]).any(axis=1) if len(rows) else np.zeros(0, dtype=bool)
    report = classification_report(stated, names[order[:, 0]], output_dict=True, zero_division=0) if len(rows) else {}
    return {
        "denied_rows": len(rows),
        "top1": share(top1),
        "top3": share(top3),
        "macro_f1": report.get("macro avg", {}).get("f1-score"),
        "majority_top1": max((float((stated == name).mean()) for name in classes), default=None) if len(rows) else None,
        "per_reason": {
            name: {
                "rows": int((stated == name).sum()),
                "top1": share(top1[stated == name]),
                "top3": share(top3[stated == name]),
                "precision": report.get(name, {}).get("precision"),
            }
            for name in classes
        },
    }


def share(hits: npt.NDArray[np.bool_]) -> float | None:
    """Return the share of hits, None of nothing."""
    return float(hits.mean()) if len(hits) else None
