"""Invented claims.lineage, claims.adjudicated and other events for the tests of the sink."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from schemas.codec import ColumnarEncoder
from schemas.codec.dtypes import frame_schema
from schemas.contracts import ALL_CONTRACTS, CLAIMS_ADJUDICATED, CLAIMS_LINEAGE, Contract
from schemas.registry import CheckedInIds

START = datetime(2026, 3, 1, tzinfo=UTC)
_ZERO = {"string": "", "int": 0, "long": 0, "double": 0.0, "boolean": False, "bytes": b""}


def blank(contract: Contract) -> dict[str, Any]:
    """An event with the default of each field, or nothing."""
    return {field["name"]: _default(field) for field in contract.schema["fields"]}


def _default(field: dict[str, Any]) -> Any:
    if "default" in field:
        return field["default"]
    kind = field["type"]
    if isinstance(kind, dict) and kind.get("logicalType"):
        return START
    return [] if isinstance(kind, dict) else _ZERO[kind]


def lineage(number: int, revision: int = 1, sign: int = 1, **changes: Any) -> dict[str, Any]:
    """One statement about a lineage."""
    event = blank(CLAIMS_LINEAGE) | {
        "event_id": f"lineage-{number}/{revision}/{sign}",
        "tenant_id": "tenant-0",
        "source": "correlation",
        "_hash": f"{number:064x}",
        "sign": sign,
        "revision": revision,
        "lineage_id": f"npi:pc-{number}:P",
        "payer_id": "payer-1",
        "claim_type": "professional",
        "state": "released",
        "first_disposition": "ready",
        "first_claim_id": f"claim-{number}",
        "claim_id": f"claim-{number}",
        "attempts": 1,
        "first_screening_passed": True,
        "first_submitted_at": START,
        "charge_cents": 10_000,
        "open_balance_cents": 10_000,
    }
    return event | changes


def adjudicated(number: int, revision: int = 1, sign: int = 1, **changes: Any) -> dict[str, Any]:
    """One statement about a claim payment."""
    event = blank(CLAIMS_ADJUDICATED) | {
        "event_id": f"adjudicated-{number}/{revision}/{sign}",
        "tenant_id": "tenant-0",
        "source": "correlation",
        "_hash": f"{number:064x}",
        "sign": sign,
        "revision": revision,
        "subject_id": f"remit-{number}",
        "kind": "claim",
        "lineage_id": f"npi:pc-{number}:P",
        "matched": True,
        "outcome": "paid",
        "first_adjudication": True,
        "adjudication_number": 1,
        "payer_id": "payer-1",
        "payer_level": "P",
        "paid_on": START.date(),
        "charge_cents": 10_000,
        "paid_cents": 8_000,
        "auto_posted": True,
        "variance_reason": "within",
    }
    return event | changes


def frame(contract: Contract, events: list[dict[str, Any]]) -> pl.DataFrame:
    """The events as the columnar decoder gives them."""
    return pl.DataFrame(events, schema=frame_schema(contract.schema))


def messages(contract: Contract, events: list[dict[str, Any]]) -> list[bytes]:
    """The events as they lie in Kafka."""
    return ColumnarEncoder(contract, CheckedInIds()).encode(frame(contract, events))


def contract_named(name: str) -> Contract:
    """A contract by its name."""
    return next(contract for contract in ALL_CONTRACTS if contract.name == name)
