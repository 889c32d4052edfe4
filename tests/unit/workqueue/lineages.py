"""Short ways to write the state of a lineage and what people did, in tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

Record = dict[str, Any]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def day(number: float) -> datetime:
    """Return an instant this many days after START."""
    return START + timedelta(days=number)


def denied(**changed: Any) -> Record:
    """Return a lineage that was denied for a coding reason on the day of START."""
    return {
        "lineage_id": "1234567893:t1:P",
        "state": "denied",
        "closed": False,
        "voided": False,
        "payer_id": "CSCOM01",
        "payer_type": "commercial",
        "service_to": date(2026, 2, 1),
        "last_paid_on": date(2026, 3, 2),
        "last_received_at": START,
        "root_cause_group": "coding",
        "overturn_prior": 0.9,
        "primary_carc": "4",
        "remark_codes": ["N56"],
        "charge_cents": 60_000,
        "expected_allowed_cents": 40_000,
        "paid_cents": 0,
        "allowed_cents": 0,
        "patient_responsibility_cents": 0,
        "denied_cents": 60_000,
        "underpaid_cents": 0,
        "matched": True,
        **changed,
    }


def act(number: int, kind: str, at: float, actor: str = "ann", **changed: Any) -> Record:
    """Return an action on the item of denied()."""
    return {
        "event_id": f"a{number}",
        "queue": "denial.coding",
        "action": kind,
        "actor": actor,
        "acted_at": day(at),
        "snooze_until": None,
        "outcome": None,
        "written_off_cents": None,
        "undoes_event_id": None,
        **changed,
    }
