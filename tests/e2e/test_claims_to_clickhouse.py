"""Claims in, scored claims and rows out, on Apache Kafka and chDB."""

from __future__ import annotations

import pytest

from schemas.codec import ColumnarDecoder
from schemas.contracts import CLAIMS_SCORED, WORKQUEUE_ITEM
from schemas.registry import CheckedInIds
from streams.topics import SCORED
from tests.e2e.system import System, read_committed

pytestmark = pytest.mark.kafka

IDS = CheckedInIds()


def test_every_claim_is_scored_and_queryable_and_the_counts_balance(system: System) -> None:
    system.start_clickhouse()
    system.start_sink()
    system.start_stage()
    published = system.publish(3_000)
    system.wait_for_rows(3_000)
    ids = system.committed_ids()
    assert len(ids) == len(published)
    assert set(ids) == published
    assert system.query("SELECT count(), uniqExact(event_id) FROM claims_header") == [(3_000, 3_000)]

    scored = ColumnarDecoder(CLAIMS_SCORED, IDS).decode([m.value() for m in system.committed(SCORED.name)]).frame
    charges, lines, findings = system.query(
        "SELECT (SELECT sum(total_charge_cents) FROM claims_header), (SELECT count() FROM claims_line),"
        " (SELECT count() FROM claim_findings)"
    )[0]
    assert charges == scored["total_charge_cents"].sum()
    assert lines == scored["lines"].list.len().sum()
    assert findings == scored["findings"].list.len().sum()
    assert findings, "the generator makes mistakes; the rules must find some"
    assert set(scored["scored_by"]) == {"model"}
    assert scored["approval_probability"].is_between(0, 1).all()
    assert set(scored["disposition"]) == {"ready", "review", "rejected"}

    queued = scored.filter(scored["queue"].is_not_null())
    items = [
        message for queue in queued["queue"].unique() for message in read_committed(system.broker, f"workqueue.{queue}")
    ]
    decoded = ColumnarDecoder(WORKQUEUE_ITEM, IDS).decode([m.value() for m in items]).frame
    assert sorted(decoded["event_id"]) == sorted(queued["event_id"])
    assert system.terminate("claims-0") == 0
    assert system.terminate("sink") == 0
