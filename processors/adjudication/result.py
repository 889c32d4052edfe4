"""The shape of an adjudication: the part of claims.adjudicated that one remittance and its claim decide."""

from __future__ import annotations

from datetime import date
from typing import TypedDict


class AdjudicatedAdjustment(TypedDict):
    """One adjustment; fields as in the contract claims.adjudicated."""

    line_number: int | None
    group_code: str
    carc: str
    amount_cents: int
    root_cause_group: str
    treatment: str


class AdjudicatedLine(TypedDict):
    """One line of the remittance; fields as in the contract claims.adjudicated."""

    line_number: int
    claim_line_number: int | None
    procedure_code: str | None
    modifiers: list[str]
    revenue_code: str | None
    submitted_procedure_code: str | None
    service_from: date | None
    units: float | None
    charge_cents: int
    paid_cents: int
    allowed_cents: int
    patient_responsibility_cents: int
    contractual_cents: int
    denied_cents: int
    denied: bool
    expected_allowed_cents: int | None
    variance_cents: int | None
    variance_reason: str
    carc: str | None
    root_cause_group: str | None
    remark_codes: list[str]


class Adjudication(TypedDict):
    """What one claim payment says; fields as in the contract claims.adjudicated, and a few that follow from them.

    `charge_cents` = `paid_cents` + `patient_responsibility_cents` + `contractual_cents` + `denied_cents` +
    `other_adjustment_cents` + `difference_cents`, to the cent and for reversals too, whose amounts are negative.
    """

    outcome: str
    is_adjudication: bool
    zero_pay: bool
    charge_cents: int
    paid_cents: int
    allowed_cents: int
    patient_responsibility_cents: int
    contractual_cents: int
    denied_cents: int
    other_adjustment_cents: int
    difference_cents: int
    interest_cents: int
    takeback_cents: int
    expected_allowed_cents: int | None
    priced_allowed_cents: int
    priced_expected_cents: int
    priced_lines: int
    variance_cents: int | None
    variance_reason: str
    underpaid_cents: int
    primary_carc: str | None
    root_cause_group: str | None
    business_scenario: str | None
    owner: str | None
    overturn_prior: float | None
    unmapped_codes: list[str]
    remark_codes: list[str]
    adjustments: list[AdjudicatedAdjustment]
    lines: list[AdjudicatedLine]
