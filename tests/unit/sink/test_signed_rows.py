"""Statements add up: what is replaced is taken back, what comes twice counts once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from schemas.contracts import (
    ACKS_RECEIVED,
    ALERTS,
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    REMITS_RECEIVED,
    WORKQUEUE_ACTIONS,
    WORKQUEUE_CASE,
    WORKQUEUE_ITEM,
)
from sink.bloom import Bloom
from sink.rows import Positions, scored_tables
from sink.rows.adjudicated import adjudicated_tables
from sink.rows.events import Known, NothingKnown
from sink.rows.lineage import lineage_tables
from sink.rows.provider_work import WORKED
from sink.rows.received import ack_tables, alert_tables, payment_tables
from sink.rows.work import action_tables, case_tables, item_tables
from tests.correlation_events import adjudicated, blank, frame, lineage
from tests.scored_events import scored_event, scored_frame

MILLIS = 1_772_323_200_123


def at(count: int, first: int = 0, **more: Any) -> Positions:
    return Positions(0, range(first, first + count), [MILLIS] * count, "a.topic", "log", **more)


class Held(NothingKnown):
    """A claim_event that holds some rows."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows

    def seen(self, event_type: str, events: pl.DataFrame, positions: Positions) -> pl.Series:
        return events["event_id"].is_in(self.rows["event_id"].implode())

    def latest(self, event_type: str, statements: pl.DataFrame, positions: Positions) -> pl.DataFrame:
        if event_type == WORKED:
            return statements.clear()
        held = self.rows.filter(pl.col("sign") == 1).sort("revision").unique("subject_id", keep="last")
        return held.filter(pl.col("subject_id").is_in(statements["subject_id"].implode())).select(statements.columns)


def scored(events: list[dict[str, Any]], known: Known | None = None, first: int = 0) -> pl.DataFrame:
    return pl.DataFrame(scored_tables(scored_frame(events), at(len(events), first), known)["claim_event"])


def sums(rows: pl.DataFrame) -> dict[str, Any]:
    deltas = rows.select(pl.col("^.*_delta$").sum()).row(0, named=True)
    return {name: round(value, 6) for name, value in deltas.items()}


def test_a_claim_scored_again_in_one_range_counts_once_with_its_latest_values() -> None:
    rows = scored([scored_event(1), scored_event(1, total_charge_cents=777, disposition="review", error_count=3)])
    assert sums(rows) == sums(scored([scored_event(1, total_charge_cents=777, disposition="review", error_count=3)]))
    assert rows.sort("revision", "sign").select("revision", "sign").rows() == [(1, -1), (1, 1), (2, 1)]


def test_a_claim_scored_again_later_takes_its_stored_statement_back() -> None:
    first = scored([scored_event(1), scored_event(2)])
    second = scored([scored_event(1, total_charge_cents=777)], Held(first), first=50)
    assert second.select("revision", "sign", "kafka_offset").rows() == [(1, -1, 50), (2, 1, 50)]
    alone = scored([scored_event(1, total_charge_cents=777), scored_event(2)])
    assert sums(pl.concat([first, second])) == sums(alone)
    fired = pl.concat([first, second])["finding_counts"].explode().sum()
    assert fired == alone["finding_counts"].explode().sum()
    third = scored([scored_event(1)], Held(pl.concat([first, second])), first=60)
    assert third["revision"].to_list() == [2, 3]


def test_a_lineage_that_changes_sums_to_its_latest_state() -> None:
    events = [
        lineage(1),
        lineage(1, 1, -1),
        lineage(1, 2, 1, net_paid_cents=8_000, contractual_cents=2_000, open_balance_cents=0, closed=True),
    ]
    made = lineage_tables(frame(CLAIMS_LINEAGE, events), at(3))
    total = sums(pl.DataFrame(made["claim_event_relay"]))
    assert (total["claims_delta"], total["charge_cents_delta"], total["paid_cents_delta"]) == (1, 10_000, 8_000)
    assert (total["balance_cents_delta"], total["contractual_cents_delta"]) == (0, 2_000)
    assert pl.DataFrame(made["claim_lineage"])["revision"].to_list() == [1, 2]


def test_statements_of_correlation_that_come_twice_count_once() -> None:
    once = lineage_tables(frame(CLAIMS_LINEAGE, [lineage(1), lineage(2)]), at(2))
    twice = lineage_tables(frame(CLAIMS_LINEAGE, [lineage(1), lineage(2), lineage(1)]), at(3))
    assert once["claim_event_relay"].num_rows == twice["claim_event_relay"].num_rows == 2
    held = Held(pl.DataFrame(once["claim_event_relay"]))
    assert lineage_tables(frame(CLAIMS_LINEAGE, [lineage(1)]), at(1), held) == {}
    assert list(adjudicated_tables(frame(CLAIMS_ADJUDICATED, [adjudicated(1), adjudicated(1)]), at(2))) == [
        "adjudication",
        "claim_event_relay",
    ]


def test_a_void_takes_its_lineage_out_of_every_sum() -> None:
    events = [lineage(1), lineage(1, 1, -1), lineage(1, 2, 1, voided=True, state="voided")]
    rows = pl.DataFrame(lineage_tables(frame(CLAIMS_LINEAGE, events), at(3))["claim_event_relay"])
    assert set(sums(rows).values()) == {0}
    paid = adjudicated_tables(frame(CLAIMS_ADJUDICATED, [adjudicated(1, voided=True)]), at(1))
    assert set(sums(pl.DataFrame(paid["claim_event_relay"])).values()) == {0}


def test_dollars_at_risk_and_open_expectations_follow_the_state() -> None:
    priced: dict[str, Any] = {"expected_allowed_cents": 5_001, "approval_probability": 0.5}
    waits = lineage(1, **priced)
    held = lineage(2, state="screened", first_submitted_at=None, first_disposition="review", **priced)
    answered = lineage(3, first_adjudicated_on=waits["first_submitted_at"].date(), **priced)
    rows = pl.DataFrame(lineage_tables(frame(CLAIMS_LINEAGE, [waits, held, answered]), at(3))["claim_event_relay"])
    assert rows.sort("subject_id")["at_risk_cents_delta"].to_list() == [0, 2_501, 0]
    assert rows.sort("subject_id")["open_expected_cents_delta"].to_list() == [2_501, 0, 0]
    assert rows.sort("subject_id")["balance_cents_delta"].to_list() == [10_000, 0, 10_000]


def test_a_set_acknowledged_twice_counts_with_its_later_verdict() -> None:
    ack = blank(ACKS_RECEIVED) | {"tenant_id": "t", "ack_type": "999", "level": "set", "subject_token": "set-1"}
    first, second = ack | {"event_id": "a", "accepted": True}, ack | {"event_id": "b", "accepted": False}
    made = ack_tables(frame(ACKS_RECEIVED, [first, second, ack | {"ack_type": "277CA", "event_id": "c"}]), at(3))
    rows = pl.DataFrame(made["claim_event_relay"])
    assert rows["claims_delta"].sum() == 1
    assert rows.filter(accepted=False)["claims_delta"].sum() == 1
    assert (made["ack_999"].num_rows, made["ack_277ca"].num_rows) == (2, 1)


def test_sealed_data_never_become_rows() -> None:
    remit = blank(REMITS_RECEIVED) | {"phi": b"sealed", "event_id": "r"}
    alert = blank(ALERTS) | {"event_id": "a"}
    payments = payment_tables(frame(REMITS_RECEIVED, [remit]), at(1))["payments"]
    assert not {"phi", "lines"} & set(payments.column_names)
    assert alert_tables(frame(ALERTS, [alert]), at(1))["alerts"].num_rows == 1


def test_items_their_end_and_actions_become_events_of_the_queue() -> None:
    item = blank(WORKQUEUE_ITEM) | {"tenant_id": "t", "claim_id": "c1", "queue": "edit_fix", "event_id": "e"}
    positions = Positions(0, [5, 6], [MILLIS] * 2, "workqueue.edit_fix", "log", tombstones={1: b"t|c1"})
    items = frame(WORKQUEUE_ITEM, [item]).with_columns(message_index=pl.Series([0], dtype=pl.UInt32))
    rows = pl.DataFrame(item_tables(items, positions)["workqueue_events"]).sort("kafka_offset")
    assert rows["kind"].to_list() == ["stated", "ended"]
    assert rows["item_id"].to_list() == ["c1", "c1"]
    assert rows["event_id"].to_list() == ["e", "workqueue.edit_fix/0/6"]
    only_end = Positions(0, [7], [MILLIS], "workqueue.edit_fix", "log", tombstones={0: b"t|c2"})
    assert item_tables(items.clear(), only_end)["workqueue_events"].num_rows == 1
    case = case_tables(frame(WORKQUEUE_CASE, [blank(WORKQUEUE_CASE) | {"lineage_id": "l"}]), at(1))
    action = action_tables(frame(WORKQUEUE_ACTIONS, [blank(WORKQUEUE_ACTIONS) | {"lineage_id": "l"}]), at(1))
    assert case["workqueue_events"].num_rows == action["workqueue_events"].num_rows == 1


def test_the_filter_never_forgets_and_rarely_errs() -> None:
    bloom = Bloom(50_000)
    inside = pl.Series([f"t|claim-{n}" for n in range(50_000)])
    bloom.add(inside)
    assert bloom.may_contain(inside).all()
    outside = pl.Series([f"t|other-{n}" for n in range(50_000)])
    assert bloom.may_contain(outside).mean() < 0.02  # type: ignore[operator]  # polars types a mean as any scalar


def test_a_stay_in_a_queue_counts_once_whatever_is_said_of_it_and_a_second_stay_counts_for_itself() -> None:
    opened, hour = datetime(2026, 3, 1, tzinfo=UTC), timedelta(hours=1)
    case = {"queue": "denial.coding", "lineage_id": "l", "opened_at": opened, "due_at": opened + hour, "revision": 1}
    done = case | {"status": "done", "finished_at": opened + hour, "revision": 2}
    late = case | {"opened_at": opened + 2 * hour, "due_at": opened + 3 * hour, "finished_at": opened + 4 * hour}
    cases = [blank(WORKQUEUE_CASE) | told for told in (case, done, late, {**case, "due_at": None})]
    rows = pl.DataFrame(case_tables(frame(WORKQUEUE_CASE, cases), at(4))["claim_event_relay"])
    signed = rows.group_by("subject_id", "in_time").agg(pl.col("claims_delta").sum()).sort("subject_id", "in_time")
    assert signed.get_column("in_time").to_list() == [False, True, False]
    assert signed.get_column("claims_delta").to_list() == [0, 1, 1]
    assert "claim_event_relay" not in case_tables(frame(WORKQUEUE_CASE, cases[:2]), at(2, 9), Held(rows)), "said before"
