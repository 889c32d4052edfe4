"""Explain one claim: what the rules find on it, what a payer would answer, and which rules were not asked."""

from __future__ import annotations

from dataclasses import dataclass

from processors.batch import ClaimBatch
from processors.validation.catalogue import RuleCatalogue
from processors.validation.rule import Rule
from processors.validation.status import RuleStatus, statuses
from processors.validation.validate import validate


@dataclass(frozen=True)
class Explained:
    """One finding with what its rule knows.

    Attributes:
        rule: The rule that fired.
        severity: Its severity for this claim.
        line_number: The service line; null for the claim as a whole.
        message: What is wrong.
        value: The value at fault; null when the message shows none.
        queue: Where it is repaired; null when it is for the record.
    """

    rule: Rule
    severity: str
    line_number: int | None
    message: str
    value: str | None
    queue: str | None


@dataclass(frozen=True)
class Explanation:
    """What the rules say of one claim.

    Attributes:
        findings: What they find, errors first.
        asked: Number of rules that were asked.
        unasked: Rules of the claim's tenant and payer that were not asked, with why.
        need_history: Number of rules that look at earlier claims of the patient, which are not known here.
        version: Version of the rules.
    """

    findings: tuple[Explained, ...]
    asked: int
    unasked: tuple[RuleStatus, ...]
    need_history: int
    version: str

    def count(self, severity: str) -> int:
        """Return the number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def explain(batch: ClaimBatch, catalogue: RuleCatalogue) -> Explanation:
    """Return what the rules say of the one claim of a batch.

    Args:
        batch: One claim.
        catalogue: The rules in force.
    """
    rules = {compiled.rule.id: compiled.rule for compiled in catalogue.rules}
    columns = ("rule_id", "severity", "line_number", "message", "value", "queue")
    found = validate(batch, catalogue).findings.select(columns).rows()
    kind, tenant, payer = batch.claims.select("claim_type", "tenant_id", "payer_id").row(0)
    every = statuses(catalogue, tenant or "", payer or "")
    concerned = [s for s in every if not s.rule.kinds or kind in s.rule.kinds]
    now = [status for status in concerned if status.rule.stage == "submitted"]
    return Explanation(
        findings=tuple(Explained(rules[rule_id], *rest) for rule_id, *rest in found),
        asked=sum(status.active for status in now),
        unasked=tuple(status for status in concerned if not status.active),
        need_history=sum(status.active and status.rule.stage == "history" for status in concerned),
        version=catalogue.version,
    )
