"""Write the rule catalogue as a page for people: `python -m processors.validation.describe docs/rules.md`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from processors.validation.catalogue import CompiledRule, RuleCatalogue
from processors.validation.columns.definition import Level
from processors.validation.columns.from_claim import FROM_CLAIM, MESSAGE_COLUMNS
from processors.validation.columns.history import HISTORY_CLAIM_COLUMNS, HISTORY_LINE_COLUMNS
from processors.validation.columns.priced import PRICED_LINE_COLUMNS
from processors.validation.columns.registry import COLUMNS
from processors.validation.rule import SEVERITIES

_HEAD = """# Business rules

Generated from the rule packs in `processors/validation/catalogue/`; do not edit by hand
(`python -m processors.validation.describe docs/rules.md`). How to write and change rules: `docs/writing-rules.md`.

{count} rules, version `{version}`. An *error* is what a payer's front end rejects, a *warning* is a likely
denial, *info* is for the record. A rule fires where its expression is true; where a value it needs is
missing it does not fire. Every rule carries example claims that fire it and that pass, and the tests run them.
"""

_COLUMNS_HEAD = """
## Columns a rule can use

Every plain field of the `claims.submitted` contract under its own name (on the line level: of its service
line), and the derived columns below. Messages may show: {shown}.
"""

_HISTORY: dict[Level, Sequence[tuple[str, str, object]]] = {
    "claim": HISTORY_CLAIM_COLUMNS,
    "line": HISTORY_LINE_COLUMNS,
}


def describe(catalogue: RuleCatalogue) -> str:
    """Return the catalogue as markdown: the rules by category, then the columns they can use."""
    parts = [_HEAD.format(count=len(catalogue.rules), version=catalogue.version)]
    parts.append(_summary(catalogue))
    for category, rules in groupby(catalogue.rules, key=lambda rule: rule.category):
        parts.append(f"\n## {_capitalized(category)}\n")
        parts.extend(_entry(rule, catalogue) for rule in rules)
    parts.append(_COLUMNS_HEAD.format(shown=", ".join(f"`{name}`" for name in sorted(MESSAGE_COLUMNS))))
    parts.append(_columns())
    return "\n".join(parts)


def _summary(catalogue: RuleCatalogue) -> str:
    """Return how many rules of each severity there are, by category, as a table."""
    count = Counter((rule.category, rule.rule.severity) for rule in catalogue.rules)
    categories = list(dict.fromkeys(rule.category for rule in catalogue.rules))
    rows = [(_capitalized(name), [count[name, severity] for severity in SEVERITIES]) for name in categories]
    rows.append(("**all**", [sum(numbers) for numbers in zip(*(numbers for _, numbers in rows), strict=True)]))
    head = [f"| category | {' | '.join(SEVERITIES)} | rules |", f"|---|{'---:|' * (len(SEVERITIES) + 1)}"]
    return "\n".join([*head, *(f"| {name} | {' | '.join(map(str, (*n, sum(n))))} |" for name, n in rows)])


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _entry(compiled: CompiledRule, catalogue: RuleCatalogue) -> str:
    """Return one rule as a paragraph."""
    rule = compiled.rule
    predicted = [f"CARC {rule.predicts.carc}"] if rule.predicts.carc else []
    predicted += [f"status {rule.predicts.status}"] if rule.predicts.status else []
    facts = [
        f"{rule.severity}, {rule.level} level, {', '.join(rule.applies_to)}",
        f"at {rule.x12}, SNIP {rule.snip}",
        f"queue {rule.queue or 'none'}",
    ]
    if predicted:
        facts.append(f"payer would answer {', '.join(predicted)}")
    if rule.effective.first or rule.effective.last:
        facts.append(f"services from {rule.effective.first or 'ever'} to {rule.effective.last or 'now on'}")
    tables = catalogue.tables_of(compiled)
    if tables:
        named = (f"{name} (all of it)" if whole else name for name, whole in sorted(tables.items()))
        facts.append(f"looks up {', '.join(named)}")
    return "\n".join(
        [
            f"### {rule.id} {rule.name}\n",
            f"{rule.error_message}\n",
            *(f"- {fact}" for fact in facts),
            f"- fires when `{rule.expression}`",
            f"- fix: {rule.fix}",
            f"- source: {rule.source}\n",
        ]
    )


def _columns() -> str:
    """Return the tables of derived columns."""
    line = [*COLUMNS["line"].meanings, *((name, f"`{source}` of the claim") for name, source in FROM_CLAIM.items())]
    parts = [*_table("claim", list(COLUMNS["claim"].meanings)), "", *_table("line", line), ""]
    for level, columns in _HISTORY.items():
        parts += [*_table(f"{level} (stage history)", [(name, meaning) for name, meaning, _ in columns]), ""]
    parts += [*_table("line (stage priced)", [(name, meaning) for name, meaning, _ in PRICED_LINE_COLUMNS]), ""]
    return "\n".join(parts)


def _table(level: str, columns: Sequence[tuple[str, str]]) -> list[str]:
    """Return a markdown table of columns."""
    return [f"| {level} column | meaning |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in columns)]


def main(arguments: Sequence[str]) -> None:
    """Print the page, or write it to the file that the first argument names once all of it is made."""
    page = describe(RuleCatalogue.load())
    if arguments:
        Path(arguments[0]).write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main(sys.argv[1:])
