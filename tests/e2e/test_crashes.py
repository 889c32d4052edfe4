"""SIGKILL in the middle of work: afterwards every claim is there exactly once."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.system import System

pytestmark = pytest.mark.kafka


def assert_exactly_once(system: System, published: set[bytes]) -> None:
    ids = system.committed_ids()
    assert len(ids) == len(published), "a claim is missing or repeated on claims.scored"
    assert set(ids) == published


def test_a_stage_killed_in_the_middle_of_50_000_claims_scores_each_exactly_once(system: System) -> None:
    system.start_clickhouse()
    published = system.publish(50_000)
    system.start_sink()
    system.start_stage()
    for target in (5_000, 25_000):
        system.wait_for_results(target)
        system.kill("claims-0")
        assert len(system.committed_ids()) < 50_000, "the stage was done before it was killed"
        system.start_stage()
    system.wait_for_results(50_000)
    assert_exactly_once(system, published)
    system.wait_for_rows(50_000)
    assert system.query("SELECT count(), uniqExact(event_id) FROM claims_header") == [(50_000, 50_000)]


@pytest.mark.parametrize("failpoint", ["after_poll", "after_produce", "before_commit", "after_commit"])
def test_a_stage_that_dies_at_a_failpoint_leaves_no_trace_of_the_open_batch(system: System, failpoint: str) -> None:
    published = system.publish(3_000)
    dying = system.start_stage(CLAIMSTREAM_FAILPOINT=f"{failpoint}:2", BATCH_SIZE="500")
    assert dying.wait(60) == -signal.SIGKILL
    assert len(system.committed_ids()) < 3_000
    system.start_stage()
    system.wait_for_results(3_000)
    assert_exactly_once(system, published)


def test_a_sink_killed_in_the_middle_of_50_000_claims_writes_each_exactly_once(system: System) -> None:
    system.start_clickhouse()
    system.start_sink(SINK_LINGER_MS="50")
    system.start_stage()
    published = system.publish(50_000)
    for target in (3_000, 20_000):
        system.wait_for_rows(target)
        system.kill("sink")
        system.start_sink(SINK_LINGER_MS="50")
    system.wait_for_rows(50_000)
    assert system.query("SELECT count(), uniqExact(event_id) FROM claims_header") == [(50_000, 50_000)]
    events = "SELECT sum(claims_delta), sum(charge_cents_delta), sum(errors_delta) FROM claim_event"
    rollup = "SELECT sum(claims), sum(charge_cents), sum(errors) FROM kpi_screening_daily"
    # ClickHouse shows the rows of an insert a moment before those its views make of them.
    system.wait_until(lambda: system.query(rollup)[0][0] >= len(published), "the rollup of the last range")
    assert system.query(events) == system.query(rollup)
    assert system.query("SELECT sum(claims) FROM kpi_screening_daily") == [(len(published),)]


@pytest.mark.parametrize("failpoint", ["before_intent", "after_intent", "after_insert", "after_done"])
def test_a_sink_that_dies_at_a_failpoint_neither_loses_nor_doubles_rows(system: System, failpoint: str) -> None:
    system.start_clickhouse()
    system.start_stage()
    system.publish(2_000)
    system.wait_for_results(2_000)
    dying = system.start_sink(CLAIMSTREAM_FAILPOINT=f"{failpoint}:1")
    assert dying.wait(60) == -signal.SIGKILL
    system.start_sink()
    system.wait_for_rows(2_000)
    assert system.query("SELECT count(), uniqExact(event_id) FROM claims_header") == [(2_000, 2_000)]
