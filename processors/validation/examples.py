"""Example claims: one good claim of each kind, changed by the few fields an example names.

The rules' own examples are run against these, so that a rule never ships without one claim that fires it and
one that passes. Identifiers are made up; the NPIs only satisfy the check digit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from processors.batch import ClaimBatch
from schemas.codec.dtypes import frame_schema
from schemas.contracts import CLAIMS_SUBMITTED

EXAMPLE_NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
"""The instant at which every example is processed."""

_EVENT_SCHEMA = frame_schema(CLAIMS_SUBMITTED.schema)

_LINE_SCHEMA = next(f for f in CLAIMS_SUBMITTED.schema["fields"] if f["name"] == "lines")["type"]["items"]
_LINE_FIELDS = frozenset(field["name"] for field in _LINE_SCHEMA["fields"])

_COMMON: dict[str, Any] = {
    "event_id": "example",
    "tenant_id": "example",
    "claim_id": "example",
    "source": "example",
    "_hash": "0" * 64,
    "submitted_at": EXAMPLE_NOW,
    "frequency_code": "1",
    "patient_control_token": "token-control",
    "patient_token": "token-patient",
    "patient_age_years": 45,
    "patient_sex": "F",
    "patient_state": "SC",
    "patient_zip3": "292",
    "patient_relationship": "18",
    "payer_id": "CSCOM01",
    "payer_type": "commercial",
    "claim_filing_code": "CI",
    "payer_sequence": "P",
    "plan_type": "ppo",
    "member_id_present": True,
    "member_id_valid": True,
    "billing_npi": "1234567893",
    "billing_tax_id": "123456789",
    "billing_taxonomy": "207Q00000X",
    "billing_state": "SC",
    "billing_zip": "292011234",
    "provider_specialty": "family medicine",
    "provider_in_network": True,
    "provider_credentialed": True,
    "service_from": date(2026, 6, 1),
    "service_to": date(2026, 6, 1),
    "signature_on_file": True,
    "assignment_code": "A",
    "benefits_assigned": "Y",
    "release_code": "Y",
    "eligibility_checked_on": date(2026, 5, 30),
    "eligibility_active": True,
    "documentation_score": 95,
    "coding_quality_score": 95,
}

_BASES: dict[str, dict[str, Any]] = {
    "professional": {
        "claim_type": "professional",
        "rendering_npi": "1245319599",
        "rendering_taxonomy": "207Q00000X",
        "place_of_service": "11",
        "total_charge_cents": 15_000,
        "diagnosis_codes": ["I10"],
        "diagnosis_qualifiers": ["ABK"],
        "diagnosis_poa": [""],
        "lines": [{}],
    },
    "institutional": {
        "claim_type": "institutional",
        "attending_npi": "1245319599",
        "type_of_bill": "0131",
        "billing_taxonomy": "282N00000X",
        "statement_from": date(2026, 6, 1),
        "statement_to": date(2026, 6, 1),
        "admission_type": "3",
        "admission_source": "1",
        "patient_status": "01",
        "total_charge_cents": 15_000,
        "diagnosis_codes": ["I10"],
        "diagnosis_qualifiers": ["ABK"],
        "diagnosis_poa": [""],
        "lines": [{}],
    },
    "dental": {
        "claim_type": "dental",
        "rendering_npi": "1245319599",
        "rendering_taxonomy": "122300000X",
        "billing_taxonomy": "122300000X",
        "place_of_service": "11",
        "total_charge_cents": 15_000,
        "lines": [{}],
    },
}

CLAIM_TYPES = tuple(_BASES)
"""Types of claims of which there is an example."""

_LINE: dict[str, Any] = {
    "charge_cents": 15_000,
    "units": 1.0,
    "unit_basis": "UN",
    "service_from": date(2026, 6, 1),
    "service_to": date(2026, 6, 1),
}

_LINES: dict[str, dict[str, Any]] = {
    "professional": {"procedure_code": "99213", "procedure_qualifier": "HC", "diagnosis_pointers": [1]},
    "institutional": {"procedure_code": "99213", "procedure_qualifier": "HC", "revenue_code": "0510"},
    "dental": {"procedure_code": "D0120", "procedure_qualifier": "AD"},
}


def example_event(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a claims.submitted event: the good claim of its kind with these fields changed.

    Args:
        changes: Fields of the contract to replace; `claim_type` picks the good claim (professional when
            absent). `lines` is a list of changes to the good line; its line numbers run from 1.
    """
    changes = dict(changes or {})
    kind = changes.get("claim_type", "professional")
    base_kind = kind if kind in _BASES else "professional"
    event = {**_defaults(CLAIMS_SUBMITTED.schema), **_COMMON, **_BASES[base_kind], **changes}
    good_line = {**_defaults(_LINE_SCHEMA), **_LINE, **_LINES[base_kind]}
    event["lines"] = [
        {**good_line, "line_number": number, **line} for number, line in enumerate(event["lines"], start=1)
    ]
    return event


def example_batch(changes: Sequence[Mapping[str, Any] | None] = (None,), now: datetime = EXAMPLE_NOW) -> ClaimBatch:
    """Return a batch of example claims, one for each set of changes."""
    events = pl.DataFrame(
        [example_event(change) for change in changes], schema=_EVENT_SCHEMA, orient="row", strict=False
    )
    return ClaimBatch.from_events(events, now=now)


def unknown_fields(changes: Mapping[str, Any]) -> list[str]:
    """Return the fields that an example changes and the contract does not have."""
    lines: Sequence[Mapping[str, Any]] = changes.get("lines") or ()
    return [
        *(name for name in changes if name not in _EVENT_SCHEMA),
        *(name for line in lines for name in line if name not in _LINE_FIELDS),
    ]


def _defaults(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults that the schema of a record declares."""
    return {field["name"]: field["default"] for field in record["fields"] if "default" in field}
