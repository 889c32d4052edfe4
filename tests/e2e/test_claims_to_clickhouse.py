"""Claims in, scored claims and rows out, on Apache Kafka and chDB."""

from __future__ import annotations

import pytest

from schemas.codec import ColumnarDecoder
from schemas.contracts import CLAIMS_SCORED, DEAD_LETTER, WORKQUEUE_ITEM
from schemas.phi import Keyring, Sealer
from schemas.registry import CheckedInIds
from streams.publish import ClaimPublisher
from streams.topics import DEAD_LETTERS, SCORED, SUBMITTED
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


def test_poison_in_the_middle_of_a_batch_lands_sealed_in_the_dead_letter_topic(system: System) -> None:
    values, keys, made = system.encoded(600)
    canary = b"ZZCANARYPOISON"
    poison: dict[int, bytes] = {
        100: values[100][:-7],  # truncated
        200: b"\x00\x00\x00\x00\x63" + canary,  # unknown schema id
        300: b"no framing at all " + canary,
        301: values[301][:5] + canary * 20,  # a body of another kind
        599: b"",
    }
    for position, value in poison.items():
        values[position] = value
    publisher = ClaimPublisher(system.broker, IDS)
    publisher.publish_encoded(values, keys)
    publisher.flush()
    system.start_stage()
    system.wait_for_results(600)

    good = {made["event_id"][i].encode() for i in range(600) if i not in poison}
    assert sorted(system.committed_ids()) == sorted(good)
    letters = system.committed(DEAD_LETTERS.name)
    assert len(letters) == len(poison)
    frame = ColumnarDecoder(DEAD_LETTER, IDS).decode([m.value() for m in letters]).frame
    sealer = Sealer(Keyring.load(system.keyring))
    opened = {
        sealer.open(row["sealed_payload"], row["tenant_id"], DEAD_LETTER.name, row["event_id"])
        for row in frame.to_dicts()
    }
    assert opened == set(poison.values())
    for message, row in zip(letters, frame.to_dicts(), strict=True):
        headers = dict(message.headers())
        assert headers["source.topic"] == SUBMITTED.name.encode()
        assert headers["source.offset"] == str(row["source_offset"]).encode()
        assert headers["stage"] == b"decode"
        assert row["reason"].encode() == headers["reason"]
        assert canary not in message.value() + b"".join(headers.values())
    assert "ZZCANARY" not in system.log("claims-0")


def test_a_flood_of_poison_stops_the_stage_with_nothing_committed(system: System) -> None:
    publisher = ClaimPublisher(system.broker, IDS)
    publisher.publish_encoded([b"rubbish"] * 2_000, [str(n) for n in range(2_000)])
    publisher.flush()
    stage = system.start_stage()
    assert stage.wait(60) == 1
    assert "the stage stops before it fills the dead-letter topic" in system.log("claims-0")
    assert "Traceback" not in system.log("claims-0")
    assert system.committed(DEAD_LETTERS.name) == []


def test_two_stages_share_the_partitions_and_one_may_leave(system: System) -> None:
    system.start_stage(0)
    system.start_stage(1)
    system.wait_until(
        lambda: '"partitions": [' in system.log("claims-0") and '"partitions": [' in system.log("claims-1"),
        "assignment",
    )
    published = system.publish(15_000, seed=1)
    system.wait_until(lambda: len(system.committed_ids()) > 2_000, "first results")
    assert system.terminate("claims-1") == 0
    published |= system.publish(5_000, seed=2)
    system.wait_for_results(20_000)
    ids = system.committed_ids()
    assert len(ids) == 20_000
    assert set(ids) == published
