"""Invented claims.scored and claims.dead-letter events for the tests of the sink."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from schemas.codec import ColumnarEncoder
from schemas.codec.dtypes import frame_schema
from schemas.contracts import CLAIMS_SCORED, DEAD_LETTER
from schemas.registry import CheckedInIds

START = datetime(2026, 3, 1, tzinfo=UTC)
RULES = ("npi.check_digit", "dates.order", "pos.missing", "units.zero")


def scored_event(number: int, **changes: Any) -> dict[str, Any]:
    """One scored claim; the same number always gives the same event."""
    dice = random.Random(number)  # noqa: S311 - test data
    disposition = dice.choice(["ready", "review", "rejected"])
    fired = [] if disposition == "ready" else dice.choices(RULES, k=dice.randint(1, 4))
    lines = [_line(dice, n) for n in range(1, 4)]
    priced = [line["expected_allowed_cents"] for line in lines if line["expected_allowed_cents"] is not None]
    event = dict.fromkeys(CLAIMS_SCORED.field_names)
    event |= {
        "event_id": f"event-{number}",
        "tenant_id": f"tenant-{number % 2}",
        "claim_id": f"claim-{number}",
        "source": "test",
        "_hash": f"{number:064x}",
        "submitted_partition": number % 4,
        "submitted_offset": number,
        "submitted_at": START + timedelta(minutes=number % 4000),
        "scored_at": START + timedelta(minutes=number % 4000, seconds=2),
        "claim_type": "professional",
        "frequency_code": "1",
        "patient_control_token": f"pc-{number}",
        "patient_token": f"p-{number % 97}",
        "patient_age_years": number % 90,
        "payer_id": None if number % 11 == 0 else f"payer-{number % 5}",
        "payer_sequence": "P",
        "provider_in_network": None if number % 3 == 0 else number % 3 == 1,
        "service_from": date(2026, 2, 1),
        "touch_count": number % 3 or None,
        "total_charge_cents": sum(line["charge_cents"] for line in lines),
        "disposition": disposition,
        "queue": None if disposition == "ready" else f"queue-{disposition}",
        "priority": number % 7,
        "error_count": len(fired) if disposition == "rejected" else 0,
        "warning_count": len(fired) if disposition == "review" else 0,
        "rule_pack_version": "1",
        "expected_allowed_cents": sum(priced) if priced else None,
        "rvu_total_e5": sum(line["rvu_total_e5"] or 0 for line in lines) if priced else None,
        "price_basis": "fee_schedule" if priced else "none",
        "price_version": "1",
        "approval_probability": round(dice.random(), 4),
        "scored_by": "model",
        "model_version": "approval-1",
        "reason_model_version": "reason-1",
        "feature_hash": "abc",
        "reasons": [{"reason": "modifier", "probability": 0.5}, {"reason": "duplicate", "probability": 0.25}],
        "feature_completeness": 0.9,
        "feature_vector": b"\x00\x00\x80\x3f",
        "explanations": [_explanation()] if disposition == "review" else [],
        "findings": [_finding(rule, "error" if disposition == "rejected" else "warning") for rule in fired],
        "lines": lines,
    }
    return event | changes


def _explanation() -> dict[str, Any]:
    return {
        "reason": "prior_auth_missing",
        "log_odds": 1.5,
        "reason_probability": 0.6,
        "fields": ["auth_missing"],
        "values": [1.0],
        "owner": "authorisation",
        "action": "Obtain the authorisation or attach its number.",
        "approval_after_fix": 0.83,
        "expected_gain_cents": 4_200,
    }


def _line(dice: random.Random, number: int) -> dict[str, Any]:
    expected = dice.choice([None, dice.randint(1_000, 20_000)])
    return {
        "line_number": number,
        "procedure_code": f"9921{number}",
        "modifiers": ["25"] if number == 1 else [],
        "revenue_code": None,
        "charge_cents": dice.randint(5_000, 50_000),
        "units": 1.0,
        "place_of_service": "11",
        "service_from": date(2026, 2, 1),
        "expected_allowed_cents": expected,
        "rvu_total_e5": None if expected is None else 267_123,
        "rvu_work_e5": None if expected is None else 130_000,
        "price_status": "not_in_schedule" if expected is None else "priced",
        "price_basis": "none" if expected is None else "fee_schedule",
        "price_steps": [] if expected is None else [{"step": "fee", "factor_e4": None, "amount_cents": expected}],
    }


def _finding(rule: str, severity: str) -> dict[str, Any]:
    return {
        "line_number": None,
        "rule_id": rule,
        "severity": severity,
        "message": rule,
        "path": "2300/CLM",
        "value": None,
    }


def scored_frame(events: list[dict[str, Any]]) -> pl.DataFrame:
    """The events as the columnar decoder gives them."""
    return pl.DataFrame(events, schema=frame_schema(CLAIMS_SCORED.schema))


def scored_messages(events: list[dict[str, Any]]) -> list[bytes]:
    """The events as they lie in Kafka."""
    return ColumnarEncoder(CLAIMS_SCORED, CheckedInIds()).encode(scored_frame(events))


def dead_letter_frame(count: int) -> pl.DataFrame:
    """Invented dead letters."""
    rows = [
        {
            "event_id": f"claims.submitted/0/{n}",
            "tenant_id": "",
            "source": "claim-stage",
            "_hash": f"{n:064x}",
            "source_topic": "claims.submitted",
            "source_partition": 0,
            "source_offset": n,
            "schema_id": None if n % 2 else 1,
            "stage": "decode",
            "error_class": "ContractError",
            "reason": "The framing is damaged.",
            "remedy": "Publish again.",
            "failed_at": START,
            "sealed_payload": bytes(range(256)),
        }
        for n in range(count)
    ]
    return pl.DataFrame(rows, schema=frame_schema(DEAD_LETTER.schema))


def dead_letter_messages(count: int) -> list[bytes]:
    """Invented dead letters as they lie in Kafka."""
    return ColumnarEncoder(DEAD_LETTER, CheckedInIds()).encode(dead_letter_frame(count))
