"""What a processed batch becomes on Kafka."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from functools import cache

import polars as pl

from models.synthetic import generate
from processors.batch import ClaimBatch
from processors.pipeline import ClaimPipeline
from schemas.codec import ColumnarDecoder, ColumnarEncoder
from schemas.contracts import CLAIMS_SCORED, CLAIMS_SUBMITTED, WORKQUEUE_ITEM
from schemas.registry import CheckedInIds
from streams.claim_output import ClaimOutput, gathered
from streams.warm_up import warm_up

IDS = CheckedInIds()
NOW = datetime(2026, 11, 2, 3, 4, 5, 678_901, tzinfo=UTC)


@cache
def processed(claims: int = 400) -> ClaimBatch:
    events = generate(claims, 5, start=NOW, tenant_id="t").events.with_columns(
        source_partition=pl.lit(3, dtype=pl.Int32), source_offset=pl.int_range(pl.len()) + 1_000
    )
    return ClaimPipeline.shipped().run(ClaimBatch.from_events(events, NOW))


def test_a_scored_claim_carries_its_own_lines_findings_and_position() -> None:
    batch = processed()
    messages = ClaimOutput(IDS).messages(batch)["claims.scored"]
    decoded = ColumnarDecoder(CLAIMS_SCORED, IDS).decode([m["value"] for m in messages])
    assert not decoded.undecodable
    for row, event in enumerate(decoded.frame.to_dicts()):
        claim = batch.claims.row(row, named=True)
        assert event["event_id"] == claim["event_id"]
        assert messages[row]["key"] == f"t|{claim['claim_id']}"
        assert (event["submitted_partition"], event["submitted_offset"]) == (3, 1_000 + row)
        assert event["scored_at"] == NOW
        mine = batch.lines.filter(pl.col("row") == row)
        assert [line["charge_cents"] for line in event["lines"]] == mine["charge_cents"].to_list()
        assert [line["procedure_code"] for line in event["lines"]] == mine["procedure_code"].to_list()
        found = batch.findings.filter(pl.col("row") == row)
        assert [f["rule_id"] for f in event["findings"]] == found["rule_id"].to_list()


def test_exactly_the_claims_with_a_queue_become_items_of_that_queue() -> None:
    batch = processed()
    messages = ClaimOutput(IDS).messages(batch)
    queued = batch.claims.filter(pl.col("queue").is_not_null())
    assert 0 < queued.height < batch.size
    assert set(messages) - {"claims.scored"} == {f"workqueue.{q}" for q in queued["queue"].unique()}
    for claim in queued.to_dicts():
        values = [m["value"] for m in messages[f"workqueue.{claim['queue']}"] if m["key"] == f"t|{claim['claim_id']}"]
        [item] = ColumnarDecoder(WORKQUEUE_ITEM, IDS).decode(values).frame.to_dicts()
        fired = batch.findings.filter(pl.col("row") == claim["row"])["rule_id"].unique(maintain_order=True)
        assert item["rule_ids"] == fired.to_list()
        assert item["top_reason"] == (claim["reasons"][0]["reason"] if claim["reasons"] else None)
        assert item["created_at"] == NOW


def test_sealed_data_does_not_travel_on() -> None:
    assert "phi" not in CLAIMS_SCORED.field_names
    assert "phi" not in WORKQUEUE_ITEM.field_names


def test_claims_without_values_get_empty_lists() -> None:
    values = pl.Series("v", ["a", "b", "c"])
    assert gathered(values, pl.Series([1, 1, 3], dtype=pl.UInt32), 5).to_list() == [[], ["a", "b"], [], ["c"], []]
    empty = gathered(values.clear(), pl.Series([], dtype=pl.UInt32), 2)
    assert empty.to_list() == [[], []]


def test_a_batch_leaves_nothing_to_the_collector_which_a_stage_runs_rarely() -> None:
    events = generate(200, 5, start=NOW, tenant_id="t").events
    submitted = ColumnarEncoder(CLAIMS_SUBMITTED, IDS).encode(events)
    decoder, pipeline, output = ColumnarDecoder(CLAIMS_SUBMITTED, IDS), ClaimPipeline.shipped(), ClaimOutput(IDS)
    positions = (pl.lit(0, dtype=pl.Int32).alias("source_partition"), pl.int_range(pl.len()).alias("source_offset"))

    def work() -> None:
        frame = decoder.decode(submitted).frame.with_columns(positions)
        output.messages(pipeline.run(ClaimBatch.from_events(frame, NOW)))

    work()  # what is made once is made
    gc.collect()
    gc.disable()
    try:
        work()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_warm_up_takes_a_claim_the_whole_way() -> None:
    assert warm_up(ClaimPipeline.shipped(), NOW) >= 1
