"""Short ways to write remittance lines, claim payments and priced claim lines in tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from processors.adjudication.adjudicate import PricedClaim

Record = dict[str, Any]
DAY = date(2026, 3, 2)


def cas(*entries: str) -> list[Record]:
    """Return adjustments written like "CO 45 30.00"."""
    written = (entry.split() for entry in entries)
    return [
        {"group_code": group, "carc": carc, "amount_cents": round(float(dollars) * 100), "quantity": None}
        for group, carc, dollars in written
    ]


def remit_line(code: str, charge: int, paid: int, *adjustments: str, **changed: Any) -> Record:
    """Return a line of a remittance; amounts in cents."""
    return {
        "line_number": 0,
        "procedure_code": code,
        "modifiers": [],
        "revenue_code": None,
        "submitted_procedure_code": None,
        "submitted_modifiers": [],
        "charge_cents": charge,
        "paid_cents": paid,
        "units": 1.0,
        "submitted_units": None,
        "service_from": DAY,
        "allowed_cents": None,
        "adjustments": cas(*adjustments),
        "remark_codes": [],
        **changed,
    }


def remit(*lines: Record, status: str = "1", **changed: Any) -> Record:
    """Return a claim payment that adds up its lines."""
    for number, line in enumerate(lines, start=1):
        line["line_number"] = number
    patient = sum(e["amount_cents"] for line in lines for e in line["adjustments"] if e["group_code"] == "PR")
    return {
        "claim_status_code": status,
        "reversal": status == "22",
        "charge_cents": sum(line["charge_cents"] for line in lines),
        "paid_cents": sum(line["paid_cents"] for line in lines),
        "patient_responsibility_cents": patient,
        "adjustments": [],
        "remark_codes": [],
        "amounts": [],
        "claim_balanced": True,
        "transaction_balanced": True,
        "provider_adjustments": [],
        "crossover_payer_id": None,
        "lines": list(lines),
        **changed,
    }


def priced_line(number: int, code: str, charge: int, expected: int | None, **changed: Any) -> Record:
    """Return a priced line of a claim; amounts in cents."""
    return {
        "line_number": number,
        "procedure_code": code,
        "modifiers": [],
        "revenue_code": None,
        "charge_cents": charge,
        "units": 1.0,
        "service_from": DAY,
        "expected_allowed_cents": expected,
        "price_basis": "contract",
        "price_steps": [],
        **changed,
    }


def claim(*lines: Record, claim_type: str = "professional", payer_type: str = "commercial") -> PricedClaim:
    """Return the priced claim."""
    return PricedClaim(lines, claim_type, payer_type)


def step(name: str) -> Record:
    """Return a step of a price."""
    return {"step": name, "factor_e4": 5_000, "amount_cents": 0}
