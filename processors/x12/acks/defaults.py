"""Fields of acks.received at the start."""

from __future__ import annotations

from typing import Any

Event = dict[str, Any]

_NULLS = (
    "accepted", "acknowledged_interchange", "acknowledged_on", "functional_id", "acknowledged_group",
    "acknowledged_guide", "set_id", "acknowledged_set", "sets_included", "sets_received", "sets_accepted",
    "segment_id", "segment_position", "loop", "batch_reference", "payer_id", "receiver_id", "provider_npi",
    "received_on", "processed_on", "charge_cents", "payer_claim_control_number", "clearinghouse_trace",
    "type_of_bill", "service_from", "service_to", "accepted_count", "rejected_count", "accepted_cents",
    "rejected_cents", "patient_control_token", "phi",
)  # fmt: skip
_LISTS = ("error_codes", "elements", "contexts", "statuses", "unmapped", "lines")


def blank_ack(ack_type: str, level: str) -> Event:
    """Return an event of acks.received with every field at its default."""
    event: Event = dict.fromkeys(_NULLS)
    for name in _LISTS:
        event[name] = []
    event.update(ack_type=ack_type, level=level, subject_token="", decision="")
    return event
