"""What the tests of the stage's history publish and look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claimstream.local.keyring import ensure_keyring
from processors.validation.examples import example_batch
from schemas.codec import ColumnarDecoder
from schemas.contracts import CLAIMS_SCORED, CLAIMS_SUBMITTED
from schemas.phi import Keyring, Sealer
from schemas.registry import CheckedInIds
from streams.publish import ClaimPublisher
from streams.topics import SCORED
from tests.e2e.system import System

IDS = CheckedInIds()
DUPLICATE = "HIS001"


def publish_copies(system: System, numbers: Iterable[int], copy: int, days_ago: int = 10) -> None:
    """Publish one claim for each number; the copies of a number say the same, as events and claims of their own."""
    ensure_keyring(system.keyring)
    sealer = Sealer(Keyring.load(system.keyring))
    now = datetime.now(UTC)
    day = (now - timedelta(days=days_ago)).date()
    changes = [
        {
            "event_id": f"event-{number}-{copy}",
            "claim_id": f"claim-{number}-{copy}",
            "patient_control_token": f"control-{number}-{copy}",
            "patient_token": f"patient-{number % 200}",
            "phi": sealer.seal(b"ZZCANARY", "t1", CLAIMS_SUBMITTED.name, f"claim-{number}-{copy}"),
            "submitted_at": now,
            "eligibility_checked_on": day,
            "service_from": day,
            "service_to": day,
            "total_charge_cents": 10_000 + number,
            "lines": [{"service_from": day, "service_to": day, "charge_cents": 10_000 + number}],
        }
        for number in numbers
    ]
    # The batch holds claims and lines apart; the events of the contract hold the lines.
    batch = example_batch(changes, now)
    lines = batch.lines.drop("row").to_struct("lines").implode().explode()
    events = batch.claims.drop("row").with_columns(lines.reshape((batch.size, 1)).arr.to_list().alias("lines"))
    publisher = ClaimPublisher(system.broker, IDS)
    publisher.publish(events)
    assert publisher.flush() == batch.size


def rules_by_event(system: System) -> dict[str, list[str]]:
    """Return the rules that fired on each scored claim; no event may be there twice."""
    scored = ColumnarDecoder(CLAIMS_SCORED, IDS).decode([m.value() for m in system.committed(SCORED.name)]).frame
    assert scored["event_id"].is_unique().all(), "a claim was scored twice"
    return {
        event: [finding["rule_id"] for finding in findings]
        for event, findings in scored.select("event_id", "findings").iter_rows()
    }


def assert_second_copies_are_the_duplicates(system: System, numbers: range) -> None:
    rules = rules_by_event(system)
    assert len(rules) == 2 * len(numbers)
    for number in numbers:
        assert DUPLICATE not in rules[f"event-{number}-1"], "the first claim was flagged"
        assert rules[f"event-{number}-2"].count(DUPLICATE) == 1, "the duplicate was not flagged"


def state_folder(system: System, slot: int = 0) -> Path:
    return system.folder / "state" / str(slot)
