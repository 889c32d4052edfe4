"""The settings of adjudication: when a payment is an underpayment, and which prices are promises."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

import config
from processors.config_file import SettingsFile

SHIPPED_POLICY = config.FOLDER / "adjudication.yaml"
ANY_PAYER = "any"
_NOBODY: frozenset[str] = frozenset()


class AdjudicationPolicy(SettingsFile):
    """Settings of config/adjudication.yaml, where each is explained.

    Attributes:
        underpaid_floor_cents: Least shortfall that counts.
        underpaid_floor_percent: Least shortfall that counts, in percent of the expected amount.
        comparable_prices: Payer types (or any) for which a price of a basis is a promise, by basis.
        whole_claim_types: Claim types whose lines are compared together.
        multiple_procedure_codes: Adjustment reasons of a reduction for further procedures.
        multiple_procedure_steps: Price steps of the same.
    """

    shipped_file: ClassVar[Path] = SHIPPED_POLICY
    underpaid_floor_cents: Annotated[int, Field(ge=0)]
    underpaid_floor_percent: Annotated[float, Field(ge=0, le=100)]
    comparable_prices: dict[str, frozenset[str]]
    whole_claim_types: frozenset[str]
    multiple_procedure_codes: frozenset[str]
    multiple_procedure_steps: frozenset[str]

    def is_promise(self, price_basis: str | None, payer_type: str | None) -> bool:
        """Return whether a price of this basis binds a payer of this type."""
        bound = self.comparable_prices.get(price_basis or "none", _NOBODY)
        return ANY_PAYER in bound or payer_type in bound

    def beyond_floors(self, difference_cents: int, expected_cents: int) -> bool:
        """Return whether a difference, of either sign, is beyond both floors."""
        size = abs(difference_cents)
        return size > self.underpaid_floor_cents and size * 100 > self.underpaid_floor_percent * expected_cents
