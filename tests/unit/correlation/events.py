"""Events of one made-up account for the tests of correlation, as their contracts have them (physical values)."""

from __future__ import annotations

from typing import Any

from schemas.contracts import ACKS_RECEIVED, CLAIMS_SCORED, REMITS_RECEIVED, WORKQUEUE_ACTIONS, Contract

Event = dict[str, Any]
HOUR = 3_600_000_000
DAY = 24 * HOUR
START = 20_000 * DAY
CONTROL = "pct-1"
NPI = "1234567893"
_ZERO: dict[str, Any] = {"string": "", "int": 0, "long": 0, "double": 0.0, "boolean": False, "bytes": b""}


def blank(contract: Contract) -> Event:
    """Return an event with the default, or nothing, in every field."""
    return {field["name"]: _blank(field) for field in contract.schema["fields"]}


def _blank(field: Event) -> Any:
    if "default" in field:
        return list(field["default"]) if field["default"] == [] else field["default"]
    kind = field["type"]
    if isinstance(kind, dict):
        return [] if kind["type"] == "array" else 0
    return _ZERO[kind]


def claim(number: int = 1, at: int = START, **fields: Any) -> Event:
    """Return a scored claim of two lines: 100.00 each, 80.00 expected each."""
    made = {
        **blank(CLAIMS_SCORED), "event_id": f"claim-{number}", "tenant_id": "t1", "claim_id": f"c{number}",
        "_hash": f"{number:064x}", "submitted_at": at, "frequency_code": "1", "patient_control_token": CONTROL,
        "payer_id": "P1", "payer_type": "commercial", "payer_sequence": "P", "billing_npi": NPI,
        "claim_type": "professional", "total_charge_cents": 20_000, "expected_allowed_cents": 16_000,
        "price_basis": "contract", "disposition": "ready", "service_from": 19_990, "service_to": 19_990,
        "lines": [_scored_line(1, "99213"), _scored_line(2, "93000")],
    }  # fmt: skip
    return {**made, **fields}


def _scored_line(number: int, code: str) -> Event:
    return {
        "line_number": number, "procedure_code": code, "modifiers": [], "revenue_code": None, "charge_cents": 10_000,
        "service_from": 19_990, "expected_allowed_cents": 8_000, "price_basis": "contract", "price_steps": [],
    }  # fmt: skip


def paid_line(number: int, code: str, paid: int = 8_000, patient: int = 0) -> Event:
    """Return a line paid at this amount; the rest is contractual."""
    return _line(number, code, paid, [("CO", "45", 10_000 - paid - patient), ("PR", "2", patient)])


def denied_line(number: int, code: str, carc: str = "197") -> Event:
    """Return a line refused for a reason."""
    return _line(number, code, 0, [("CO", carc, 10_000)])


def _line(number: int, code: str, paid: int, adjustments: list[tuple[str, str, int]]) -> Event:
    return {
        "line_number": number, "procedure_code": code, "modifiers": [], "revenue_code": None,
        "submitted_procedure_code": None, "submitted_modifiers": [], "charge_cents": 10_000, "paid_cents": paid,
        "units": 1.0, "service_from": 19_990, "allowed_cents": None, "remark_codes": [],
        "adjustments": [{"group_code": g, "carc": c, "amount_cents": a, "quantity": None} for g, c, a in adjustments
                        if a],
    }  # fmt: skip


def remit(name: str, at: int, lines: list[Event], status: str = "1", **fields: Any) -> Event:
    """Return a claim payment with these lines; a reversal has its signs turned round."""
    sign = -1 if status == "22" else 1
    patient = sum(a["amount_cents"] for line in lines for a in line["adjustments"] if a["group_code"] == "PR")
    made = {
        **blank(REMITS_RECEIVED), "event_id": f"remit-{name}", "tenant_id": "t1", "_hash": "f" * 64, "received_at": at,
        "kind": "claim", "payment_id": f"pay-{at}", "paid_on": at // DAY, "payer_id": "P1", "payee_npi": NPI,
        "transaction_balanced": True, "claim_balanced": True, "patient_control_token": CONTROL,
        "claim_status_code": status, "reversal": sign < 0, "charge_cents": sign * 10_000 * len(lines),
        "paid_cents": sign * sum(line["paid_cents"] for line in lines),
        "patient_responsibility_cents": sign * patient, "lines": [_turned(line, sign) for line in lines],
    }  # fmt: skip
    return {**made, **fields}


def _turned(line: Event, sign: int) -> Event:
    turned = [{**a, "amount_cents": sign * a["amount_cents"]} for a in line["adjustments"]]
    return {**line, "charge_cents": sign * line["charge_cents"], "paid_cents": sign * line["paid_cents"],
            "adjustments": turned}  # fmt: skip


def provider(name: str, at: int, *adjustments: tuple[str, str | None, int]) -> Event:
    """Return the provider-level adjustments of a payment: reason, reference, amount."""
    return {
        **remit(name, at, []), "kind": "provider", "patient_control_token": None, "claim_status_code": None,
        "provider_adjustments": [
            {"provider_id": None, "fiscal_period_end": None, "reason_code": reason, "reference_token": token,
             "amount_cents": cents}
            for reason, token, cents in adjustments
        ],
    }  # fmt: skip


def ack_277ca(name: str, at: int, category: str, payer: str = "CH1") -> Event:
    """Return a 277CA about the claim."""
    return {
        **blank(ACKS_RECEIVED), "event_id": f"ack-{name}", "tenant_id": "t1", "_hash": "e" * 64, "received_at": at,
        "ack_type": "277CA", "level": "claim", "subject_token": CONTROL, "patient_control_token": CONTROL,
        "accepted": category in ("A0", "A1", "A2", "A5"), "payer_id": payer, "provider_npi": NPI,
        "statuses": [{"category_code": category}],
    }  # fmt: skip


def ack_999(name: str, at: int, *, accepted: bool = True, of: str = "set-1") -> Event:
    """Return a 999 about a transaction set."""
    return {
        **blank(ACKS_RECEIVED), "event_id": f"ack-{name}", "tenant_id": "t1", "_hash": "d" * 64, "received_at": at,
        "ack_type": "999", "level": "set", "subject_token": of, "accepted": accepted,
    }  # fmt: skip


def action(name: str, at: int, what: str = "done", **fields: Any) -> Event:
    """Return what a person did with the item of the lineage."""
    made = {
        **blank(WORKQUEUE_ACTIONS), "event_id": f"action-{name}", "tenant_id": "t1", "_hash": "c" * 64,
        "queue": "denial.authorization", "lineage_id": f"{NPI}:{CONTROL}:P", "patient_control_token": CONTROL,
        "action": what, "actor": "s7", "acted_at": at,
    }  # fmt: skip
    return {**made, **fields}


def complete(contract: Contract, event: Event) -> Event:
    """Return an event with blanks in the fields of its nested records that it leaves out."""
    return {field["name"]: _completed(field["type"], event[field["name"]]) for field in contract.schema["fields"]}


def _completed(kind: Any, value: Any) -> Any:
    items = kind.get("items") if isinstance(kind, dict) else None
    if not isinstance(value, list) or not isinstance(items, dict):
        return value
    made = []
    for one in value:
        filled = {field["name"]: one.get(field["name"], _blank(field)) for field in items["fields"]}
        made.append({f["name"]: _completed(f["type"], filled[f["name"]]) for f in items["fields"]})
    return made
