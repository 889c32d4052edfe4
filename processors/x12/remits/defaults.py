"""Fields of remits.received at the start: one claim payment, one line."""

from __future__ import annotations

from typing import Any

Event = dict[str, Any]

CLAIM_DEFAULTS: Event = {
    "kind": "claim", "provider_adjustments": [], "patient_control_token": None, "claim_status_code": None,
    "reversal": False, "correction": False, "charge_cents": 0, "paid_cents": 0,
    "patient_responsibility_cents": None, "claim_filing_code": None, "payer_claim_control_number": None,
    "facility_code": None, "frequency_code": None, "patient_status": None, "drg_code": None, "drg_weight": None,
    "discharge_fraction": None, "service_from": None, "service_to": None, "received_on": None,
    "coverage_ended_on": None, "covered_cents": None, "rendering_npi": None, "corrected_payer_id": None,
    "crossover_payer_id": None, "patient_corrected": False, "summary_provider_id": None, "claim_balanced": None,
    "claim_difference_cents": None, "lines_balanced": None, "phi": None,
}  # fmt: skip
LIST_FIELDS = ("adjustments", "remark_codes", "amounts", "quantities", "unmapped", "lines")

LINE_DEFAULTS: Event = {
    "line_number": 0, "procedure_qualifier": None, "procedure_code": None, "revenue_code": None,
    "submitted_procedure_qualifier": None, "submitted_procedure_code": None, "charge_cents": 0, "paid_cents": 0,
    "units": None, "submitted_units": None, "service_from": None, "service_to": None, "allowed_cents": None,
    "line_control_token": None, "rendering_npi": None, "balanced": False, "difference_cents": 0,
}  # fmt: skip
LINE_LISTS = ("modifiers", "submitted_modifiers", "adjustments", "remark_codes", "amounts", "quantities")

PAYMENT_DEFAULTS: Event = {
    "payment_id": "", "payment_handling": None, "payment_cents": None, "payment_method": None, "paid_on": None,
    "trace_number": None, "trace_origin": None, "produced_on": None, "currency": None, "payer_id": None,
    "payee_npi": None, "payee_tax_id": None, "transaction_claims": 0, "transaction_balanced": None,
    "transaction_difference_cents": None, "provider_adjustment_cents": None,
}  # fmt: skip
