"""Model cards: what a model is for, what it achieves beside its baselines, where it fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.learning.bundle import Origin

_TOP = 15
_LABELS = {
    "accuracy": "accuracy",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "brier": "Brier",
    "brier_skill": "Brier skill",
    "ece": "ECE",
    "mae_to_true_p": "error to true p",
}
_USE = (
    "Intended: order work before submission, and tell what is likely to be denied and why. Forbidden: automatic "
    "write-offs, automatic changes of codes, decisions on coverage or care. What the model says after a fix is a "
    "statement about the model, not a promise about a payer."
)


def card(origin: Origin, meta: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return the card in Markdown.

    Args:
        origin: Title, purpose and limits.
        meta: Content of meta.json.
        metrics: Content of metrics.json.
    """
    approval = metrics["approval"]
    parts = [
        f"# {origin.title}",
        origin.purpose,
        f"Label: {meta['label']}. {_data(meta)}",
        "## What it achieves on the test rows",
        _main(approval),
        _intervals(approval),
        "## Families compared",
        _families(metrics),
        *_reasons(metrics["reasons"]),
        "## At the decision threshold",
        _confusion(approval["confusion"]),
        "## When only part of the volume can be reviewed",
        _capacity(approval),
        *_calibration(approval),
        "## What the model reads",
        _importance(metrics["importance"]),
        *_arms(metrics["arms"]),
        "## Leak audit",
        _leaks(meta),
        "## Use",
        _USE,
        "## Limits",
        origin.limits,
        "## Made by",
        _provenance(meta),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def figure(value: Any, digits: int = 3) -> str:
    """Return a number for a table; a dash for none."""
    return "-" if value is None else f"{value:.{digits}f}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    names = list(head)
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _data(meta: Mapping[str, Any]) -> str:
    rows = meta["rows"]
    window = meta.get("window")
    when = f", {window[0]} to {window[1]}" if window else ""
    notes = "".join(f"\n- {note}" for note in meta["notes"])
    return (
        f"{rows['train']} rows to learn from, {rows['test']} to test on, parted by {meta['split']}{when}; family "
        f"{meta['family']}; seed {meta['seed']}; denial rate {meta['denial_rate']:.1%} in training.{notes}"
    )


def _main(approval: Mapping[str, Any]) -> str:
    names = [name for name in _LABELS if name in approval]
    rows = [["this model", *(figure(approval[name]) for name in names)]]
    rows += [
        [name, *(figure(found.get(measure)) for measure in names)] for name, found in approval["baselines"].items()
    ]
    lead = (
        f"The majority class alone is right on {approval['majority_accuracy']:.3f} of the rows; the rate of denials "
        f"{approval['denial_rate']:.3f} is what AUPRC gives to chance."
    )
    skill = approval["skill"]
    end = "" if skill is None else f"\n\nSkill, (AUROC - 0.5) / (oracle - 0.5): {skill:.3f}. Nothing beats the oracle."
    return f"{lead}\n\n{table(['', *(_LABELS[name] for name in names)], rows)}{end}"


def _intervals(approval: Mapping[str, Any]) -> str:
    found = approval["intervals"]
    if not found:
        return "One outcome alone among the test rows: no intervals."
    told = ", ".join(f"{_LABELS[name]} {low:.3f} to {high:.3f}" for name, (low, high) in found.items())
    return f"Intervals of 95 % by bootstrap: {told}."


def _families(metrics: Mapping[str, Any]) -> str:
    rows = []
    for name, found in metrics["families"].items():
        mark = " (published)" if name == metrics["chosen"] else ""
        test = found["test"]
        rows.append(
            [
                name + mark,
                figure(found["held_out"]["log_loss"], 4),
                *(figure(test.get(m)) for m in ("accuracy", "auroc", "auprc", "brier", "ece", "mae_to_true_p")),
            ]
        )
    head = ["family", "held-out log loss", "accuracy", "AUROC", "AUPRC", "Brier", "ECE", "error to true p"]
    return f"Chosen by log loss on held-out training rows, never on the test rows.\n\n{table(head, rows)}"


def _reasons(found: Mapping[str, Any]) -> list[str]:
    if not found:
        return ["## Reasons", "No reasons: the table states none, or too few."]
    rows = [
        [name, str(one["rows"]), figure(one["top1"], 2), figure(one["top3"], 2), figure(one["precision"], 2)]
        for name, one in sorted(found["per_reason"].items())
    ]
    best = (
        ""
        if "bayes_top1" not in found
        else (f" The best that can be had is {found['bayes_top1']:.3f} and {found['bayes_top3']:.3f}.")
    )
    lead = (
        f"{found['denied_rows']} denied test rows: the likeliest reason is the stated one on {figure(found['top1'])}, "
        f"it is among three on {figure(found['top3'])}, macro-F1 {figure(found['macro_f1'])}; always naming the most "
        f"frequent reason gives {figure(found['majority_top1'])}.{best}"
    )
    return [
        "## Reasons, given a denial",
        f"{lead}\n\n{table(['reason', 'rows', 'recall', 'in top 3', 'precision'], rows)}",
    ]


def _confusion(found: Mapping[str, Any]) -> str:
    (paid_paid, paid_denied), (denied_paid, denied_denied) = found["matrix"]
    report = found["report"]
    counts = table(
        ["", "said paid", "said denied"],
        [["paid", str(paid_paid), str(paid_denied)], ["denied", str(denied_paid), str(denied_denied)]],
    )
    rows = [
        [
            name,
            *(figure(report[name][m]) for m in ("precision", "recall", "f1-score")),
            f"{report[name]['support']:.0f}",
        ]
        for name in ("paid", "denied")
    ]
    return f"Threshold {found['threshold']}.\n\n{counts}\n\n{table(['', 'precision', 'recall', 'F1', 'rows'], rows)}"


def _capacity(approval: Mapping[str, Any]) -> str:
    head = ["reviewed", "precision", "recall", "share of the dollars at risk"]
    rows = [
        [
            f"{percent} %",
            figure(approval[f"precision_at_{percent}_percent"]),
            figure(approval[f"recall_at_{percent}_percent"]),
            figure(approval.get(f"dollars_share_at_{percent}_percent")),
        ]
        for percent in ("5", "10")
    ]
    return table(head, rows)


def _calibration(approval: Mapping[str, Any]) -> list[str]:
    parts = []
    for key, title in (("by_slice", "payer or slice"), ("by_band", "age and sex")):
        found = approval[key]
        if found:
            rows = [
                [name, str(one["rows"]), *(figure(one[m]) for m in ("denial_rate", "mean_score", "ece"))]
                for name, one in sorted(found.items())
            ]
            parts += [f"## Calibration by {title}", table([title, "rows", "denied", "mean score", "ECE"], rows)]
    return parts


def _importance(found: Mapping[str, float]) -> str:
    rows = [[name, figure(loss, 4)] for name, loss in list(found.items())[:_TOP]]
    return "What AUROC loses when a column is shuffled.\n\n" + table(["column", "loss"], rows) if rows else ""


def _arms(arms: Mapping[str, Mapping[str, float]]) -> list[str]:
    if not arms:
        return []
    rows = [[name, *(figure(one[m], 4) for m in ("log_loss", "auroc", "auprc"))] for name, one in arms.items()]
    lead = "Inside the training folds only, with the logistic regression; judged on rows nothing was done to."
    return ["## Ways to treat rare denials", f"{lead}\n\n{table(['arm', 'log loss', 'AUROC', 'AUPRC'], rows)}"]


def _leaks(meta: Mapping[str, Any]) -> str:
    audit = meta.get("leak_audit", {})
    told = [f"- {entry['column']}: {entry['why']} ({entry['verdict']})" for entry in audit.get("columns", [])]
    lead = str(audit.get("lead", "Every feature is computed from the submitted claim alone."))
    return lead + ("\n\n" + "\n".join(told) if told else "")


def _provenance(meta: Mapping[str, Any]) -> str:
    libraries = ", ".join(f"{name} {number}" for name, number in sorted(meta["libraries"].items()))
    parity = ", ".join(
        f"{name} {found['max_difference']:.1e} over {found['rows']} rows, {found['label_flips']} flips"
        for name, found in meta["parity"].items()
    )
    return (
        f"Data {meta['data_sha256'][:16]}, code {meta['code_sha256'][:16]}, features {meta['feature_hash'][:16]}.\n"
        f"Largest difference between graph and library: {parity}.\nLibraries: {libraries}."
    )
