"""What became of a rule here: asked, skipped for want of a table, or disabled by an overlay."""

from __future__ import annotations

from dataclasses import dataclass

from processors.validation.catalogue import RuleCatalogue
from processors.validation.compiled import CompiledRule
from processors.validation.rule import Severity
from processors.validation.scope import EVERYONE

ACTIVE = "active"


@dataclass(frozen=True)
class RuleStatus:
    """What became of a rule.

    Attributes:
        rule: The rule.
        severity: Its severity here.
        text: `active`, `skipped: table X not loaded` or `disabled: REASON (FILE)`.
    """

    rule: CompiledRule
    severity: Severity
    text: str

    @property
    def active(self) -> bool:
        """Whether the rule is asked."""
        return self.text == ACTIVE


def status_of(
    catalogue: RuleCatalogue, rule: CompiledRule, tenant: str | None = None, payer: str | None = None
) -> RuleStatus | None:
    """Return what becomes of a rule for the claims of a tenant and payer.

    Args:
        catalogue: The rules in force.
        rule: One of them.
        tenant: Tenant id; None for claims of a tenant that no overlay names.
        payer: Payer id; None for claims of a payer that no overlay names.

    Returns:
        The status, as where neither is given: for the claims that the rule is made for; None when a tenant or a
        payer is given and the rule is not made for their claims.
    """
    severity: Severity | None = rule.rule.severity
    disabled = ""
    asked_generally = tenant is None and payer is None and rule.origin.scope != EVERYONE
    if catalogue.local_severities is not None and not asked_generally:
        if not rule.origin.scope.covers(tenant, payer):
            return None
        standing = catalogue.local_severities.standing(rule, tenant, payer)
        severity = standing.severity
        if severity is None and standing.override is not None:
            disabled = f"disabled: {standing.override.reason} ({standing.file})"
    table = catalogue.missing_table(rule)
    text = disabled or (ACTIVE if table is None else f"skipped: table {table} not loaded")
    return RuleStatus(rule, severity or rule.rule.severity, text)


def statuses(catalogue: RuleCatalogue, tenant: str | None = None, payer: str | None = None) -> list[RuleStatus]:
    """Return what becomes of every rule for the claims of a tenant and payer; None stands for others."""
    found = (status_of(catalogue, rule, tenant, payer) for rule in catalogue.rules)
    return [status for status in found if status is not None]
