"""Scope: the claims that local rules and overrides are made for, by tenant and payer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Claims of some tenants and payers.

    Attributes:
        tenants: Tenant ids; empty for every tenant.
        payers: Payer ids; empty for every payer.
    """

    tenants: frozenset[str] = frozenset()
    payers: frozenset[str] = frozenset()

    @property
    def rank(self) -> int:
        """How particular the scope is: 3 tenant and payer, 2 tenant, 1 payer, 0 everyone. The higher one wins."""
        return 2 * bool(self.tenants) + bool(self.payers)

    def covers(self, tenant: str | None, payer: str | None) -> bool:
        """Say whether claims of this tenant and payer are in the scope; None is a tenant or payer it cannot name."""
        return (not self.tenants or tenant in self.tenants) and (not self.payers or payer in self.payers)

    def meets(self, other: Scope) -> bool:
        """Say whether some claim can be in both scopes."""
        return _meet(self.tenants, other.tenants) and _meet(self.payers, other.payers)

    def __str__(self) -> str:
        names = (("tenant", self.tenants), ("payer", self.payers))
        told = [f"{what} {', '.join(sorted(ids))}" for what, ids in names if ids]
        return " and ".join(told) or "everyone"


EVERYONE = Scope()


def _meet(first: frozenset[str], second: frozenset[str]) -> bool:
    return not first or not second or not first.isdisjoint(second)
