"""What claimstream rules prints: tables for people, plain values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from claimstream.console import data, words
from processors.validation import CatalogueError, RuleCatalogue
from processors.validation.explain import Explained, Explanation
from processors.validation.rule import Prediction, Rule
from processors.validation.status import RuleStatus, statuses
from processors.validation.trial import Trial

_PIPE_WIDTH = 400
_STYLES = {"error": "red", "warning": "yellow", "info": "cyan"}


def summary(status: RuleStatus, catalogue: RuleCatalogue) -> dict[str, Any]:
    """Return a rule as one entry of a list."""
    compiled, rule = status.rule, status.rule.rule
    return {
        "id": rule.id,
        "name": rule.name,
        "category": compiled.category,
        "level": rule.level,
        "stage": compiled.stage,
        "severity": status.severity,
        "status": status.text,
        "for": str(compiled.origin.scope),
        "file": compiled.origin.file,
        "overrides": _overrides(status, catalogue),
    }


def details(status: RuleStatus, catalogue: RuleCatalogue) -> dict[str, Any]:
    """Return everything about a rule."""
    return {
        **status.rule.rule.model_dump(mode="json", by_alias=True, exclude={"examples"}),
        **summary(status, catalogue),
        "examples": status.rule.rule.examples.model_dump(mode="json"),
        "shipped_severity": status.rule.rule.severity,
        "version": catalogue.version,
    }


def print_list(shown: Sequence[RuleStatus], catalogue: RuleCatalogue) -> None:
    """Print rules as a table."""
    table = _table("Id", "Name", "Category", "Level", "Severity", "Status")
    for status in shown:
        told = status.text
        if status.rule.origin.scope.rank:
            told += f", for {status.rule.origin.scope}"
        if _overrides(status, catalogue):
            told += ", overridden" if status.active else ""
        table.add_row(
            status.rule.rule.id,
            escape(status.rule.rule.name),
            escape(status.rule.category),
            status.rule.rule.level,
            f"[{_STYLES[status.severity]}]{status.severity}[/]",
            escape(told),
        )
    _print(table)
    words.print(f"{len(shown)} rules, {sum(s.active for s in shown)} active, version {catalogue.version}.")


def print_rule(status: RuleStatus, catalogue: RuleCatalogue) -> None:
    """Print everything about one rule."""
    told = details(status, catalogue)
    rule = status.rule.rule
    data.print(f"[bold]{rule.id}[/] {escape(rule.name)}")
    rows = {
        "status": told["status"],
        "severity": told["severity"],
        "category": told["category"],
        "for": told["for"],
        "looks at": f"{rule.level}, {', '.join(rule.applies_to)}, stage {status.rule.stage}",
        "service dates": f"{rule.effective.first or 'ever'} to {rule.effective.last or 'now on'}",
        "fires when": rule.expression,
        "message": rule.error_message,
        "place in X12": f"{rule.x12}, SNIP {rule.snip}",
        "payer answers": _answer(rule.predicts),
        "queue": rule.queue or "none",
        "fix": rule.fix,
        "source": rule.source,
        "file": told["file"],
    }
    table = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        table.add_row(name, escape(str(value)))
    _print(table)
    for override in told["overrides"]:
        change = "disabled" if override["disabled"] else override["severity"]
        data.print(escape(f"for {override['for']}: {change}, because {override['reason']} ({override['file']})"))


def notes_on(catalogue: RuleCatalogue) -> list[str]:
    """Return what is allowed but likely a mistake: overlays for payers that no reference table has."""
    table = catalogue.library.find("payers")
    known = set() if table is None else set(table.frame["payer_id"])
    return [
        f"{overlay.file}: the payer {payer} is not in the table payers"
        for overlay in catalogue.overlays
        for payer in sorted(overlay.scope.payers - known)
    ]


def print_check(catalogue: RuleCatalogue, problems: Sequence[CatalogueError], notes: Sequence[str]) -> None:
    """Print what is wrong with rule files."""
    if problems:
        table = _table("File", "Rule", "Reason")
        for problem in problems:
            table.add_row(escape(problem.file), escape(problem.rule_id), escape(problem.reason))
        _print(table)
    for note in notes:
        words.print(escape(note), style="yellow")
    found = f"{len(catalogue.rules)} rules, overlays: {len(catalogue.overlays)}, version {catalogue.version}"
    words.print(f"{len(problems)} problems; the claim stage refuses these files." if problems else f"Good: {found}.")


def trial_result(trial: Trial) -> dict[str, Any]:
    """Return how a rule did on its examples."""
    return {
        "id": trial.rule.rule.id,
        "file": trial.rule.origin.file,
        "examples": trial.examples,
        "passed": trial.passed,
        "failures": list(trial.failures),
        "skipped": trial.skipped or None,
    }


def print_trials(trials: Sequence[Trial]) -> None:
    """Print the rules that failed or could not be tried, and how many passed."""
    table = _table("Rule", "File", "What happened")
    for trial in trials:
        for failure in (*trial.failures, *([f"skipped: {trial.skipped}"] if trial.skipped else [])):
            table.add_row(trial.rule.rule.id, escape(trial.rule.origin.file), escape(failure))
    if table.row_count:
        _print(table)
    passed = sum(trial.passed for trial in trials)
    failed = sum(bool(trial.failures) for trial in trials)
    data.print(f"{passed} rules pass their examples, {failed} fail, {len(trials) - passed - failed} skipped.")


def explanation_result(explanation: Explanation) -> dict[str, Any]:
    """Return what the rules say of a claim."""
    return {
        "findings": [_finding(finding) for finding in explanation.findings],
        "errors": explanation.count("error"),
        "warnings": explanation.count("warning"),
        "rules_asked": explanation.asked,
        "rules_not_asked": [{"id": s.rule.rule.id, "status": s.text} for s in explanation.unasked],
        "rules_about_earlier_claims": explanation.need_history,
        "version": explanation.version,
    }


def print_explanation(explanation: Explanation) -> None:
    """Print what the rules say of a claim."""
    for finding in explanation.findings:
        place = "claim" if finding.line_number is None else f"line {finding.line_number}"
        style = _STYLES[finding.severity]
        data.print(f"[{style}]{finding.severity}[/] [bold]{finding.rule.id}[/] {place}: {escape(finding.message)}")
        data.print(f"  fix: {escape(finding.rule.fix)}")
        data.print(f"  payer would answer: {_answer(finding.rule.predicts)}; at {finding.rule.x12}")
    counts = ", ".join(f"{explanation.count(severity)} {severity}" for severity in _STYLES)
    data.print(f"{len(explanation.findings)} findings ({counts}) of {explanation.asked} rules asked.")
    for status in explanation.unasked:
        words.print(escape(f"not asked: {status.rule.rule.id}, {status.text}"))
    if explanation.need_history:
        words.print(f"not asked: {explanation.need_history} rules about earlier claims of the patient.")


def rules_line(catalogue: RuleCatalogue) -> str:
    """Return the rules in force as one line."""
    found = statuses(catalogue)
    active = sum(status.active for status in found)
    skipped = sum(status.text.startswith("skipped") for status in found)
    overlays = f", overlays: {len(catalogue.overlays)}" if catalogue.overlays else ""
    return (
        f"{active} of {len(found)} rules active, {skipped} skipped, {len(found) - active - skipped} disabled"
        f"{overlays}, version {catalogue.version}"
    )


def _finding(finding: Explained) -> dict[str, Any]:
    rule: Rule = finding.rule
    return {
        "rule_id": rule.id,
        "name": rule.name,
        "severity": finding.severity,
        "line_number": finding.line_number,
        "message": finding.message,
        "value": finding.value,
        "path": rule.x12,
        "queue": finding.queue,
        "fix": rule.fix,
        "predicts": rule.predicts.model_dump(),
        "source": rule.source,
    }


def _answer(predicts: Prediction) -> str:
    told = [f"CARC {predicts.carc}"] if predicts.carc else []
    told += [f"status {predicts.status}"] if predicts.status else []
    return ", ".join(told) or "nothing of its own"


def _overrides(status: RuleStatus, catalogue: RuleCatalogue) -> list[dict[str, Any]]:
    """Return what overlays say about a rule, the most particular first."""
    local = catalogue.local_severities
    return [
        {
            "file": overlay.file,
            "for": str(overlay.scope),
            "severity": override.severity,
            "disabled": bool(override.disabled),
            "reason": override.reason,
        }
        for overlay, override in (local.overrides_of(status.rule) if local else ())
    ]


def _print(table: Table) -> None:
    """Print a table as wide as the terminal; into a pipe or file, one line an entry."""
    console = data if data.is_terminal else Console(width=_PIPE_WIDTH, highlight=False)
    console.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
