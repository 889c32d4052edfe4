"""Model cards: what a model is for, what it achieves beside its baselines, where it fails."""

from __future__ import annotations

from typing import Any

from models.training.approval import LEAVES, TREES

_USE = """## Use

Intended: order the work before submission and tell what is likely to be denied. Forbidden: automatic
write-offs, automatic changes of codes, decisions on coverage or care. Age and sex are among the features.

## Limits

Trained on synthetic claims whose denial mechanisms are known and stronger than in real claim lines. The
figures say that the program learns what can be learnt; they promise nothing about a payer's behaviour. Train
on your own adjudicated claims before you act on the scores. Known failure modes: payers, codes and providers
not met in training score at the overall rate; duplicates across claims are not seen; institutional inpatient
claims are absent from the training data.
"""


def approval_card(meta: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Return the card of the approval model in Markdown."""
    late, fresh = metrics["time_split"], metrics["fresh_seed"]
    rows = [
        ("accuracy", "accuracy"),
        ("majority class accuracy", "majority_accuracy"),
        ("AUROC", "auroc"),
        ("AUPRC", "auprc"),
        ("denial rate (AUPRC of chance)", "denial_rate"),
        ("Brier", "brier"),
        ("Brier skill", "brier_skill"),
        ("ECE, 15 bins", "ece"),
        ("mean absolute error to the true probability", "mae_to_true_p"),
        ("precision at 5 % reviewed", "precision_at_5_percent"),
        ("recall at 5 % reviewed", "recall_at_5_percent"),
        ("precision at 10 % reviewed", "precision_at_10_percent"),
        ("recall at 10 % reviewed", "recall_at_10_percent"),
    ]
    table = "".join(f"| {label} | {late[key]:.3f} | {fresh[key]:.3f} |\n" for label, key in rows)
    others = "".join(
        f"| {name} | {m['accuracy']:.3f} | {m['auroc']:.3f} | {m['auprc']:.3f} |\n"
        for name, m in sorted(fresh["baselines"].items())
    )
    return (
        "# Approval model\n\nProbability that the first adjudication denies a claim; approval is "
        f"one minus it. Label: denied at first remit.\nHistogram gradient boosting, {TREES} trees of at most {LEAVES} "
        "leaves, log-odds calibrated on later claims.\n\n"
        f"{_training(meta)}\n"
        f"| measure | later claims ({late['claims']}) | fresh seed ({fresh['claims']}) |\n"
        f"|---|---|---|\n{table}\n"
        "Baselines on the fresh seed:\n\n| method | accuracy | AUROC | AUPRC |\n|---|---|---|---|\n"
        f"{others}\n"
        "The oracle is the generator's own probability: no model can do better on average.\n\n"
        f"{_USE}"
    )


def reason_card(meta: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Return the card of the reason model in Markdown."""
    late, fresh = metrics["time_split"], metrics["fresh_seed"]
    rows = [
        ("top-1", "top1"),
        ("top-3", "top3"),
        ("macro-F1", "macro_f1"),
        ("most frequent reason", "majority_top1"),
    ]
    table = "".join(f"| {label} | {late[key]:.3f} | {fresh[key]:.3f} |\n" for label, key in rows)
    each = "".join(
        f"| {name} | {m['claims']} | {_percent(m['top1'])} | {_percent(m['top3'])} |\n"
        for name, m in sorted(fresh["per_reason"].items())
    )
    return (
        "# Reason model\n\nProbability of each of the sixteen denial reasons, given that the claim is "
        "denied. Multinomial logistic regression, trained on denied claims only: read it beside "
        "the probability of a denial.\n\n"
        f"{_training(meta)}\n"
        f"| measure | later denied claims ({late['denied_claims']}) | fresh seed "
        f"({fresh['denied_claims']}) |\n"
        f"|---|---|---|\n{table}\n"
        f"The best possible top-1 on the fresh seed is {fresh['bayes_top1']:.3f}, top-3 "
        f"{fresh['bayes_top3']:.3f}: nine per cent of denials carry a neighbouring reason.\n\n"
        f"| reason | claims | top-1 | top-3 |\n|---|---|---|---|\n{each}\n{_USE}"
    )


def _training(meta: dict[str, Any]) -> str:
    window = meta["training_window"]
    return (
        f"Trained on the first 75 % of {meta['claims']} synthetic claims (profile {meta['profile']}, seed "
        f"{meta['seed']}), submitted {window[0][:10]} to {window[1][:10]}; the next 10 % calibrate, the last "
        f"15 % test. Largest difference between graph and library: {meta['parity']['max_difference']:.1e} "
        f"over {meta['parity']['rows']} rows, {meta['parity']['label_flips']} label flips.\n"
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"
