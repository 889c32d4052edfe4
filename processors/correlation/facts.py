"""Facts: what correlation keeps of an event, under the key that brings together all events of one account.

A fact is a dict of JSON-able values: `type`, `id` (a replay has the same), `at` (its instant, microseconds) and the
fields of its contract that matter later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from processors.adjudication.takebacks import provider_rows
from processors.correlation.statements import event_id

Fact = dict[str, Any]
Event = Mapping[str, Any]

_CLAIM_FIELDS = (
    "claim_id", "frequency_code", "payer_sequence", "billing_npi", "patient_control_token", "payer_id", "payer_type",
    "claim_type", "rendering_npi", "provider_specialty", "place_of_service", "type_of_bill", "coder_id", "service_from",
    "service_to", "charge_posted_on", "total_charge_cents", "expected_allowed_cents", "price_basis", "disposition",
    "queue", "principal_diagnosis", "error_count", "warning_count", "touch_count", "approval_probability",
    "model_version", "_hash",
)  # fmt: skip
_CLAIM_LINE_FIELDS = (
    "line_number", "procedure_code", "modifiers", "revenue_code", "charge_cents", "service_from",
    "expected_allowed_cents", "price_basis",
)  # fmt: skip
_REMIT_FIELDS = (
    "payment_id", "payment_method", "paid_on", "trace_number", "payer_id", "payee_npi", "transaction_balanced",
    "patient_control_token", "claim_status_code", "reversal", "charge_cents", "paid_cents",
    "patient_responsibility_cents", "payer_claim_control_number", "frequency_code", "service_from", "service_to",
    "rendering_npi", "crossover_payer_id", "adjustments", "remark_codes", "amounts", "claim_balanced", "lines", "_hash",
)  # fmt: skip
_REMIT_LINE_FIELDS = (
    "line_number", "procedure_code", "modifiers", "revenue_code", "submitted_procedure_code", "submitted_modifiers",
    "charge_cents", "paid_cents", "units", "service_from", "allowed_cents", "adjustments", "remark_codes",
)  # fmt: skip
_PAYMENT_FIELDS = (
    "payment_id", "payment_method", "paid_on", "trace_number", "payer_id", "payee_npi", "transaction_balanced", "_hash",
)  # fmt: skip
_ACK_FIELDS = (
    "ack_type", "level", "subject_token", "patient_control_token", "accepted", "decision", "payer_id", "provider_npi",
    "payer_claim_control_number", "charge_cents", "_hash",
)  # fmt: skip
_ACTION_FIELDS = (
    "queue", "lineage_id", "action", "actor", "snooze_until", "outcome", "written_off_cents", "undoes_event_id",
    "_hash",
)  # fmt: skip


_HEAD = (
    "event_id", "tenant_id", "kind", "submitted_at", "received_at", "acted_at", "source_byte_start", "set_token",
    "clearinghouse_id", "provider_adjustments", "statuses", "lines", "source", "priority", "reasons", "findings",
)  # fmt: skip
COLUMNS = frozenset({*_HEAD, *_CLAIM_FIELDS, *_REMIT_FIELDS, *_PAYMENT_FIELDS, *_ACK_FIELDS, *_ACTION_FIELDS})
"""Fields of events that facts are made of; nothing else need be read."""


def account_key(tenant_id: str, token: str) -> str:
    """Return the key of everything that carries this patient control token."""
    return f"a|{tenant_id}|{token}"


def set_key(tenant_id: str, token: str) -> str:
    """Return the key of a transaction set: its claims and the verdict about it meet there."""
    return f"s|{tenant_id}|{token}"


def of_claim(event: Event) -> Iterator[Fact]:
    """Yield the fact of a claims.scored event, and its membership in the set it was sent in."""
    tenant, token = event["tenant_id"], event["patient_control_token"]
    fact = _fact("claim", account_key(tenant, token), event, event["submitted_at"], _CLAIM_FIELDS)
    fact["lines"] = [_line(line) for line in event["lines"]]
    fact["set_token"] = event.get("set_token")
    fact["clearinghouse_id"] = event.get("clearinghouse_id")
    fact["item"] = _item(event) if event["queue"] is not None else None
    yield fact
    if fact["set_token"]:
        yield {
            "type": "member", "id": event["event_id"], "key": set_key(tenant, fact["set_token"]),
            "tenant_id": tenant, "at": event["submitted_at"], "account": fact["key"],
        }  # fmt: skip


def _item(event: Event) -> Fact:
    """Return what the item of a queued claim says beside the claim itself, so that it can be stated again."""
    reasons = event["reasons"]
    return {
        "source": event["source"],
        "priority": event["priority"],
        "top_reason": reasons[0]["reason"] if reasons else None,
        "rule_ids": list(dict.fromkeys(finding["rule_id"] for finding in event["findings"])),
    }


def _line(line: Event) -> Fact:
    made = {name: line[name] for name in _CLAIM_LINE_FIELDS}
    made["price_steps"] = [{"step": step["step"]} for step in line["price_steps"]]
    return made


def of_remit(event: Event) -> Iterator[Fact]:
    """Yield the fact of one claim payment, or one for each provider-level adjustment."""
    tenant = event["tenant_id"]
    if event["kind"] == "provider":
        yield from _of_provider(event)
        return
    token = event["patient_control_token"] or event["event_id"]
    fact = _fact("remit", account_key(tenant, token), event, event["received_at"], _REMIT_FIELDS)
    fact["byte_start"] = event.get("source_byte_start") or 0
    fact["lines"] = [{name: line[name] for name in _REMIT_LINE_FIELDS} for line in event["lines"]]
    yield fact
    # The payer may name the claim by a number of its own: then the adjustment waits under that number.
    for plb in _adjustments(event):
        if plb["row"][2] not in (None, token):
            yield {**plb, "key": fact["key"]}
            waiting = account_key(tenant, plb["row"][2])
            yield {**plb, "type": "assigned", "id": f"{plb['id']}:assigned", "key": waiting, "subject": plb["id"]}


def _of_provider(event: Event) -> Iterator[Fact]:
    for plb in _adjustments(event):
        token = plb["row"][2] or f"payment:{event['payment_id']}"
        yield {**plb, "key": account_key(event["tenant_id"], token)}


def _adjustments(event: Event) -> Iterator[Fact]:
    """Yield each adjustment; its id is made of the payment and its content, so that both events give it the same."""
    seen: Counter[tuple[object, ...]] = Counter()
    for row in provider_rows(event):
        content = row[1:3] + row[4:5]
        seen[content] += 1
        fact = _fact("plb", "", event, event["received_at"], _PAYMENT_FIELDS)
        fact["id"] = event_id("plb", event["tenant_id"], event["payment_id"], *content, seen[content])
        fact["row"] = [0, *row[1:]]
        yield fact


def of_ack(event: Event) -> Iterator[Fact]:
    """Yield the fact of a verdict: under its claim where it names one, else under the set it is about."""
    tenant, token = event["tenant_id"], event["patient_control_token"]
    if token:
        key = account_key(tenant, token)
    elif event["level"] == "set":
        key = set_key(tenant, event["subject_token"])
    else:
        return  # groups, interchanges and sums of batches: what they say of a claim, the claim's own verdict repeats
    fact = _fact("ack", key, event, event["received_at"], _ACK_FIELDS)
    fact["categories"] = [status["category_code"] for status in event["statuses"]]
    yield fact


def of_action(event: Event) -> Iterator[Fact]:
    """Yield the fact of what a person did."""
    key = account_key(event["tenant_id"], event["patient_control_token"])
    yield _fact("action", key, event, event["acted_at"], _ACTION_FIELDS)


def _fact(kind: str, key: str, event: Event, at: int, fields: tuple[str, ...]) -> Fact:
    fact = {name: event[name] for name in fields}
    return {"type": kind, "id": event["event_id"], "key": key, "tenant_id": event["tenant_id"], "at": at, **fact}
