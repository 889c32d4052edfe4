"""PayerContract: one contract between a tenant and its payers, as its file says it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from processors.pricing.contracts.terms import Model, Name, Term


def _date(value: object) -> object:
    """Let dates and text through: other inputs would be read as seconds since 1970."""
    if type(value) is date or isinstance(value, str):
        return value
    msg = f"{value!r} is not a date as 2026-01-31"
    raise ValueError(msg)


Day = Annotated[date, BeforeValidator(_date)]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]

SCOPES = ("plan_types", "billing_npis", "taxonomies")
"""Keys that narrow a contract to some claims of its payers."""


class PayerContract(Model):
    """How a payer pays the claims of a tenant.

    Attributes:
        id: Name of the contract, unique among all; it stands in the steps of a price.
        tenant: Tenant whose claims it is about.
        payers: Payer ids.
        plan_types: Plan types it is limited to; None for all.
        billing_npis: Billing providers it is limited to; None for all.
        taxonomies: Taxonomy codes of the rendering provider, else of the billing one; None for all.
        effective_from: First service date.
        effective_to: Last service date; None while no end is agreed.
        lesser_of_charge: Whether the charge caps what its terms pay, where a term does not say otherwise.
        rounding: How a part of a cent is rounded, at every step.
        terms: In order: the first that is about a line and has an amount for it holds.
    """

    id: Name
    tenant: Name
    payers: Names
    plan_types: Names | None = None
    billing_npis: Names | None = None
    taxonomies: Names | None = None
    effective_from: Day
    effective_to: Day | None = None
    lesser_of_charge: StrictBool = True
    rounding: Literal["half_up", "up", "down"] = "half_up"
    terms: Annotated[tuple[Annotated[Term, Field(discriminator="method")], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            msg = f"effective_to {self.effective_to} is before effective_from {self.effective_from}"
            raise ValueError(msg)
        ids = [term.id for term in self.terms]
        if repeated := sorted({term for term in ids if ids.count(term) > 1}):
            msg = f"the term {repeated[0]} stands there twice"
            raise ValueError(msg)
        for term, after in zip(self.terms, self.terms[1:], strict=False):
            if term.when is None and term.always_pays:
                msg = f"the term {after.id} is never reached: {term.id} before it pays every line"
                raise ValueError(msg)
        return self

    def overlaps(self, other: PayerContract) -> bool:
        """Return whether a claim could fall under both contracts."""
        return (
            self.tenant == other.tenant
            and not set(self.payers).isdisjoint(other.payers)
            and self.effective_from <= (other.effective_to or date.max)
            and other.effective_from <= (self.effective_to or date.max)
            and all(_may_share(getattr(self, scope), getattr(other, scope)) for scope in SCOPES)
        )


def _may_share(some: tuple[str, ...] | None, others: tuple[str, ...] | None) -> bool:
    return some is None or others is None or not set(some).isdisjoint(others)
