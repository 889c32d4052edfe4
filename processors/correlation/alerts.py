"""Alerts about missing answers: opened once when one is due, resolved when it comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from processors.correlation.deadlines import Expectation
from processors.correlation.policy import HOUR_US
from processors.correlation.statements import SOURCE, Statement, event_id

CONTRACT = "alerts"
OPEN = dict[str, list[Any]]
"""Open alerts of an account by alert_id: number of the last statement and its row."""


def review(opened: OPEN, expected: Sequence[Expectation], now: int, as_of: int, tenant_id: str) -> Iterator[Statement]:
    """Yield alerts that open or resolve, and bring the open ones up to date.

    Args:
        opened: Open and past alerts; changed in place. A past one never opens again.
        expected: Everything the account expects.
        now: The clock, microseconds.
        as_of: Instant of what made it known; ends an alert whose cause has vanished.
        tenant_id: Tenant of the account.
    """
    by_id = {one.alert_id: one for one in expected}
    for alert_id, one in by_id.items():
        if alert_id not in opened and one.met_at is None and one.due_at <= now:
            row = _opening(one, tenant_id)
            opened[alert_id] = [1, row]
            yield Statement(CONTRACT, row)
    for alert_id, (revision, row) in list(opened.items()):
        expectation = by_id.get(alert_id)
        if row["state"] == "resolved" or (expectation is not None and expectation.met_at is None):
            continue
        ended = as_of if expectation is None or expectation.met_at is None else expectation.met_at
        ending = {
            **row,
            "event_id": event_id(CONTRACT, tenant_id, alert_id, revision + 1),
            "state": "resolved",
            "revision": revision + 1,
            "resolved_at": max(ended, row["opened_at"]),
        }
        opened[alert_id] = [revision + 1, ending]
        yield Statement(CONTRACT, ending)


def next_due(opened: OPEN, expected: Sequence[Expectation]) -> int | None:
    """Return when the next alert may open; None when nothing is awaited."""
    waiting = (one.due_at for one in expected if one.met_at is None and one.alert_id not in opened)
    return min(waiting, default=None)


def instant(micros: int) -> str:
    """Return an instant in ISO 8601, UTC."""
    return datetime.fromtimestamp(micros / 1_000_000, UTC).isoformat()


def _opening(one: Expectation, tenant_id: str) -> dict[str, Any]:
    claim: Mapping[str, Any] = one.claim
    return {
        "event_id": event_id(CONTRACT, tenant_id, one.alert_id, 1),
        "tenant_id": tenant_id,
        "source": SOURCE,
        "_hash": claim.get("_hash") or event_id(one.alert_id),
        "alert_id": one.alert_id,
        "kind": one.kind,
        "state": "opened",
        "revision": 1,
        "severity": "critical" if one.kind == "missing_999" else "warning",
        "title": one.title,
        "payer_id": claim.get("payer_id"),
        "provider_npi": claim.get("billing_npi"),
        **dict.fromkeys(("root_cause_group", "procedure_code", "modifier")),
        "clearinghouse_id": claim.get("clearinghouse_id"),
        "lineage_id": one.lineage_id,
        "claim_id": claim.get("claim_id"),
        "due_at": one.due_at,
        "opened_at": one.due_at,
        "resolved_at": None,
        "claims": 1,
        "amount_cents": claim.get("expected_allowed_cents"),
        "evidence": [
            {"name": "waited since", "value": instant(one.since)},
            {"name": "allowed", "value": f"{(one.due_at - one.since) / HOUR_US:g} h"},
        ],
        "lineage_ids": [one.lineage_id] if one.lineage_id else [],
    }
