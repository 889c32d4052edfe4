"""What the commands of claimstream models print for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from claimstream.console import data
from processors.monitoring import Calibration
from schemas.errors import BadInputError

_MEASURES = ("accuracy", "auroc", "auprc", "brier", "ece", "mae_to_true_p")


def print_trained(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Print the families of a training run and what the published one achieves."""
    table = Table("family", "log loss (held out)", *_MEASURES)
    for name, found in metrics["families"].items():
        mark = " *" if name == metrics["chosen"] else ""
        test = found["test"]
        table.add_row(name + mark, figure(found["held_out"]["log_loss"]), *(figure(test.get(m)) for m in _MEASURES))
    data.print(table)
    print_metrics(metrics)
    data.print(f"published: {folder}")


def print_metrics(metrics: Mapping[str, Any]) -> None:
    """Print the approval and reason figures beside their baselines."""
    approval = metrics["approval"]
    table = Table("", *_MEASURES)
    table.add_row("model", *(figure(approval.get(m)) for m in _MEASURES))
    for name, found in approval["baselines"].items():
        table.add_row(name, *(figure(found.get(m)) for m in _MEASURES))
    data.print(table)
    share, majority = approval["denial_rate"], approval["majority_accuracy"]
    data.print(f"{approval['rows']} rows, {share:.3f} denied; majority class {majority:.3f}")
    reasons = metrics.get("reasons") or {}
    if reasons:
        top1, top3 = figure(reasons["top1"]), figure(reasons["top3"])
        data.print(f"reasons on {reasons['denied_rows']} denied rows: top-1 {top1}, top-3 {top3}")


def print_calibration(found: Mapping[str, Calibration]) -> None:
    """Print how scores and outcomes agree, overall and by payer."""
    table = Table("payer", "decided", "accuracy", "mean score", "denied", "gap")
    for payer, one in sorted(found.items()):
        figures = (figure(x) for x in (one.accuracy, one.mean_score, one.denial_rate, one.error))
        table.add_row(payer or "(all)", str(one.rows), *figures)
    data.print(table)


def print_list(models: list[dict[str, Any]]) -> None:
    """Print models and versions."""
    table = Table("model", "version", "role", "kind", "family", "trained on", "AUROC", "ok")
    for model in models:
        for version in model["versions"]:
            table.add_row(
                model["name"],
                version["version"],
                version["role"] or "",
                version["kind"],
                version["family"],
                str(version["rows"]),
                figure(version["auroc"]),
                "yes" if version["ok"] else f"no: {version['problem']}",
            )
    data.print(table)


def parity_line(found: Mapping[str, Any]) -> str:
    """Return what the check of a version says."""
    if found["ok"]:
        return f"{found['name']} {found['version']}: {found['golden_rows']} golden rows reproduced."
    return f"{found['name']} {found['version']}: refused. {found['problem']}"


def print_speed(model: str, parts: Mapping[str, Mapping[int, float]]) -> None:
    """Print microseconds a claim by part and batch size."""
    sizes = list(next(iter(parts.values())))
    table = Table(f"{model}, us a claim", *(f"batch {size}" for size in sizes))
    for name, costs in parts.items():
        table.add_row(name, *(f"{costs[size]:.1f}" for size in sizes))
    data.print(table)


def figure(value: float | None) -> str:
    """Return a number with three decimals, a dash for none."""
    return "-" if value is None else f"{value:.3f}"


def read(path: Path) -> str:
    """Return the text of a file of a version.

    Raises:
        BadInputError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read ({type(error).__name__})."
        raise BadInputError(msg, "Take a version that `claimstream models list` shows.") from error


def read_json(folder: Path, *names: str) -> dict[str, Any]:
    """Return the content of JSON files of a version, by name without suffix."""
    try:
        return {name.removesuffix(".json"): json.loads(read(folder / name)) for name in names}
    except ValueError as error:
        msg = f"{folder} holds a file that is not JSON."
        raise BadInputError(msg, "Take a version that `claimstream models list` shows.") from error
