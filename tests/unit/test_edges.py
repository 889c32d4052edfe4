"""Claims at the edges keep the contract and never echo what was given."""

import base64
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import edges
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.errors import BadInputError


def _claim(**changes: Any) -> dict[str, Any]:
    claim: dict[str, Any] = {
        "event_id": "e1",
        "tenant_id": "acme",
        "claim_id": "c1",
        "source": "api",
        "_hash": "0" * 64,
        "submitted_at": "2026-10-01T12:00:00+02:00",
        "claim_type": "professional",
        "patient_control_token": "t1",
        "patient_token": "p1",
        "total_charge_cents": 12345,
        "diagnosis_codes": ["E119", "I10"],
        "lines": [{"line_number": 1, "procedure_code": "99213", "charge_cents": 12345}],
    }
    return {**claim, **changes}


def _records(schema: Any) -> dict[str, dict[str, Any]]:
    found = {}
    if isinstance(schema, dict):
        if schema.get("type") == "record":
            found[schema["name"]] = schema
        for value in schema.values():
            found |= _records(value)
    if isinstance(schema, list):
        for value in schema:
            found |= _records(value)
    return found


RECORDS = _records(CLAIMS_SUBMITTED.schema)


@pytest.mark.parametrize("record", sorted(RECORDS))
def test_models_have_exactly_the_fields_of_the_contract(record: str) -> None:
    model: type[BaseModel] = getattr(edges, "Claim" if record == "ClaimSubmitted" else record)
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    contract = {field["name"]: field for field in RECORDS[record]["fields"]}
    assert list(fields) == list(contract)
    for name, info in fields.items():
        nullable = isinstance(contract[name]["type"], list) and "null" in contract[name]["type"]
        assert (type(None) in get_args(info.annotation)) == nullable, name
        assert info.is_required() == ("default" not in contract[name]), name
        if "default" in contract[name]:
            assert info.get_default(call_default_factory=True) == contract[name]["default"], name


def test_a_claim_becomes_an_event_of_the_contract() -> None:
    event = edges.Claim.parse(_claim(service_from="2026-09-30")).to_event()
    assert tuple(event) == CLAIMS_SUBMITTED.field_names
    assert event["service_from"] == date(2026, 9, 30)
    assert event["submitted_at"] == datetime(2026, 10, 1, 10, tzinfo=UTC)
    assert event["submitted_at"].tzinfo is UTC
    assert event["diagnosis_qualifiers"] == ["ABK", "ABF"]
    assert event["diagnosis_poa"] == ["", ""]
    assert event["lines"][0]["units"] == 1.0


def test_json_and_fields_give_the_same_event_and_phi_is_bytes() -> None:
    claim = _claim(phi=base64.b64encode(b"\x00sealed\xff").decode())
    event = edges.Claim.parse(claim).to_event()
    assert event["phi"] == b"\x00sealed\xff"
    assert edges.Claim.parse(json.dumps(claim)).to_event() == event


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"total_charge_cents": 12.5}, "total_charge_cents"),
        ({"total_charge_cents": "12"}, "total_charge_cents"),
        ({"total_charge_cents": 2**63}, "total_charge_cents"),
        ({"submitted_at": "2026-10-01T12:00:00"}, "submitted_at"),
        ({"submitted_at": 1790000000}, "submitted_at"),
        ({"service_from": "1790000000"}, "service_from"),
        ({"service_from": 20260930}, "service_from"),
        ({"service_from": datetime(2026, 9, 30, tzinfo=UTC)}, "service_from"),
        ({"lines": []}, "lines"),
        ({"patient_age_years": 91}, "patient_age_years"),
        ({"member_id_present": "yes"}, "member_id_present"),
        ({"diagnosis_poa": ["Y"]}, "claim"),
        ({"lines": [{"line_number": 1, "charge_cents": 1, "units": float("nan")}]}, "lines.0.units"),
        ({"lines": [{"line_number": 0, "charge_cents": 1}]}, "lines.0.line_number"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInputError) as caught:
        edges.Claim.parse(_claim(**changes))
    assert f"{field}:" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    "changes",
    [
        {"patient_sex": "ZZCANARY"},
        {"ZZCANARY": 1},
        {"total_charge_cents": "ZZCANARY"},
        {"lines": [{"ZZCANARY": "ZZCANARY"}]},
        {"service_from": "ZZCANARY"},
        {"_hash": "ZZCANARY"},
        {"phi": "ZZCANARY!"},
        {"other_payers": "ZZCANARY"},
    ],
)
def test_an_error_never_repeats_a_value(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInputError) as caught:
        edges.Claim.parse(_claim(**changes))
    assert "ZZCANARY" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("document", ["", "{", "[]", "null", b"\xff\xfe", '{"a": 1}'])
def test_a_document_that_is_no_claim_is_answered(document: str | bytes) -> None:
    with pytest.raises(BadInputError):
        edges.Claim.parse(document)


@given(
    st.dictionaries(
        st.sampled_from(CLAIMS_SUBMITTED.field_names), st.none() | st.booleans() | st.integers() | st.text()
    )
)
def test_any_value_anywhere_is_taken_or_answered(changes: dict[str, Any]) -> None:
    try:
        event = edges.Claim.parse(_claim(**changes)).to_event()
    except BadInputError:
        return
    assert tuple(event) == CLAIMS_SUBMITTED.field_names


def test_an_instant_of_any_offset_becomes_utc() -> None:
    instant = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-5)))
    event = edges.Claim.parse(_claim(submitted_at=instant)).to_event()
    assert event["submitted_at"].hour == 5
