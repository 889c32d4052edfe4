"""Write the rule catalogue as a page for people: `python -m processors.validation.describe > docs/rules.md`."""

from __future__ import annotations

import sys
from itertools import groupby

from processors.validation.catalogue import CompiledRule, RuleCatalogue
from processors.validation.columns.from_claim import FROM_CLAIM, MESSAGE_COLUMNS
from processors.validation.columns.registry import COLUMNS

_HEAD = """# Business rules

Generated from the rule packs in `processors/validation/catalogue/`; do not edit by hand
(`python -m processors.validation.describe > docs/rules.md`).

{count} rules, version `{version}`. An *error* is what a payer's front end rejects, a *warning* is a likely
denial, *info* is for the record. A rule fires where its expression is true; where a value it needs is
missing it does not fire. Every rule carries example claims that fire it and that pass, and the tests run them.
"""

_COLUMNS_HEAD = """
## Columns a rule can use

Every plain field of the `claims.submitted` contract under its own name (on the line level: of its service
line), and the derived columns below. Messages may show: {shown}.
"""


def describe(catalogue: RuleCatalogue) -> str:
    """Return the catalogue as markdown: the rules by category, then the columns they can use."""
    parts = [_HEAD.format(count=len(catalogue.rules), version=catalogue.version)]
    for category, rules in groupby(catalogue.rules, key=lambda rule: rule.category):
        parts.append(f"\n## {category.capitalize()}\n")
        parts.extend(_entry(rule) for rule in rules)
    parts.append(_COLUMNS_HEAD.format(shown=", ".join(f"`{name}`" for name in sorted(MESSAGE_COLUMNS))))
    parts.append(_columns())
    return "\n".join(parts)


def _entry(compiled: CompiledRule) -> str:
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
    return "\n".join([*_table("claim", list(COLUMNS["claim"].meanings)), "", *_table("line", line), ""])


def _table(level: str, columns: list[tuple[str, str]]) -> list[str]:
    """Return a markdown table of columns."""
    return [f"| {level} column | meaning |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in columns)]


if __name__ == "__main__":
    sys.stdout.write(describe(RuleCatalogue.load()))
