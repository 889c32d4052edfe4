"""The feature catalogue as a page: docs/features.md is this text."""

from __future__ import annotations

from processors.features.catalogue import FEATURES
from processors.features.definition import Feature, Group

_HEAD = """# Features

Made by `claimstream models features`; a test keeps it up to date. {count} features, computed by one code path for
training and serving from what is known when a claim is submitted. *Fixable* means that a biller may change the fact
before submission; explanations propose nothing else.
"""

_TITLES = {
    Group.DEMOGRAPHICS: "Patient",
    Group.PAYER: "Payer and plan",
    Group.PROVIDER: "Provider and coder",
    Group.CLINICAL: "Services and codes",
    Group.FINANCIAL: "Money",
    Group.PROCESS: "How the claim was prepared",
    Group.RISK: "Known risks",
    Group.FINDINGS: "Findings of the rules",
    Group.HISTORY: "Denial rates known at submission",
}


def catalogue_page() -> str:
    """Return the page in Markdown: name, type, range, source, missing rule and mark of every feature, by group."""
    parts = [_HEAD.format(count=len(FEATURES))]
    for group in Group:
        rows = "".join(_row(feature) for feature in FEATURES if feature.group is group)
        parts.append(
            f"## {_TITLES[group]}\n\n| feature | type | range | from | missing when | fixable |\n"
            f"|---|---|---|---|---|---|\n{rows}"
        )
    return "\n".join(parts)


def _row(feature: Feature) -> str:
    mark = "yes" if feature.actionable else ""
    span = f"{feature.low:g} to {feature.high:g}"
    return f"| {feature.name} | {feature.kind} | {span} | {feature.source} | {feature.missing} | {mark} |\n"
