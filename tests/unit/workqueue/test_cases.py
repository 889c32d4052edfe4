"""Which items a lineage has: triggers and exits of every queue, deadlines, one live item for each queue."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from processors.config_file import ConfigFileError
from processors.workqueue.cases import Case, WorkqueueRules
from processors.workqueue.rules import SHIPPED_QUEUES, WorkqueueSettings
from streams.topics import CASE_QUEUES
from tests.unit.workqueue.lineages import START, Record, act, day, denied

RULES = WorkqueueRules.shipped()


def queues(facts: Record, *actions: Record, at: float = 1) -> list[str]:
    return [case["queue"] for case in RULES.cases(facts, actions, day(at))]


def only(facts: Record, *actions: Record, at: float = 1) -> Case:
    (case,) = RULES.cases(facts, actions, day(at))
    return case


BACK = {"rejected_at": START}


@pytest.mark.parametrize(
    ("queue", "trigger", "settled"),
    [
        ("rejected_999", {"state": "rejected_999", **BACK}, {"state": "accepted_999"}),
        ("rejected_277ca", {"state": "rejected_277ca", **BACK}, {"state": "accepted_payer"}),
        ("ack_gap", {"state": "released", "missing_ack": "277ca", "missing_since": START}, {"missing_ack": None}),
        ("no_response", {"state": "accepted_payer", "silent_since": START}, {"silent_since": None}),
        ("denial.coding", {}, {"state": "paid", "denied_cents": 0}),
        ("denial.coding", {}, {"state": "written_off", "closed": True}),
        ("denial.unmapped", {"root_cause_group": None}, {"state": "voided", "closed": True}),
        ("partial_denial", {"state": "partial"}, {"denied_cents": 0}),
        ("underpayment", {"state": "underpaid", "underpaid_cents": 2_000}, {"underpaid_cents": 0}),
        (
            "takeback",
            {"state": None, "takeback_unassigned_cents": 5_000, "takeback_since": START},
            {"takeback_unassigned_cents": 0},
        ),
        ("unmatched_remit", {"state": None, "matched": False}, {"matched": True}),
        (
            "posting_exception",
            {"state": "paid", "posting_exceptions": ["unbalanced"], "posting_received_at": START},
            {"posting_exceptions": []},
        ),
        (
            "credit_balance",
            {"state": "paid", "paid_cents": 9_000, "allowed_cents": 8_000, "credit_since": START},
            {"paid_cents": 8_000},
        ),
    ],
)
def test_a_trigger_opens_its_queue_and_its_end_closes_it(queue: str, trigger: Record, settled: Record) -> None:
    assert queues(denied(**trigger)) == [queue]
    assert queues(denied(**{**trigger, **settled})) == []


def test_the_queues_of_the_file_are_the_topics_of_the_streams() -> None:
    assert WorkqueueSettings.shipped().queue_names() == list(CASE_QUEUES)


def test_an_item_tells_why_it_is_there_and_shows_the_inputs_of_its_priority() -> None:
    case = only(denied())
    assert (case["carc"], case["root_cause_group"], case["reason"]) == ("4", "coding", "Denied at adjudication")
    worth = case["recoverable_cents"] * case["success_probability"] - case["cost_cents"]
    assert case["priority"] == pytest.approx(worth / case["minutes"] + case["aging_points"], abs=1)
    assert (case["opened_at"], case["amount_cents"]) == (START, 60_000)
    assert case["due_at"] == START + timedelta(hours=168)


def test_a_trigger_of_the_future_is_not_yet_there() -> None:
    assert queues(denied(last_received_at=day(2)), at=1) == []


@pytest.mark.parametrize(
    ("changed", "on", "basis"),
    [
        ({"root_cause_group": "medical_necessity"}, date(2026, 8, 29), "appeal_window"),
        ({"root_cause_group": "medical_necessity", "payer_type": "medicare"}, date(2026, 6, 30), "appeal_window"),
        ({"payer_type": "tricare"}, date(2026, 5, 31), "appeal_window"),
        ({"payer_type": "unheard of"}, date(2026, 8, 29), "appeal_window"),
        ({"state": "rejected_277ca", "rejected_at": START}, date(2026, 4, 25), "timely_filing"),
        (
            {"state": "rejected_277ca", "rejected_at": START, "timely_filing_days": 30},
            date(2026, 2, 24),
            "timely_filing",
        ),
        ({"state": "underpaid", "underpaid_cents": 900}, date(2026, 8, 29), "contract"),
        ({"state": None, "matched": False}, date(2026, 4, 1), "policy"),
    ],
)
def test_the_earliest_limit_is_the_deadline(changed: Record, on: date, basis: str) -> None:
    case = only(denied(**changed))
    assert (case["deadline_on"], case["deadline_basis"]) == (on, basis)


def test_a_corrected_claim_is_bound_by_its_own_limit_too() -> None:
    case = only(denied(payer_type="medicaid", root_cause_group="coding"))
    assert (case["deadline_on"], case["deadline_basis"]) == (date(2026, 5, 31), "appeal_window")
    case = only(denied(payer_type="workers_comp", root_cause_group="coding"))
    assert case["deadline_on"] == date(2026, 5, 31)


def test_a_passed_deadline_turns_the_item_into_a_write_off_review() -> None:
    assert not only(denied(), at=180)["write_off_review"]
    late = only(denied(), at=181)
    assert late["write_off_review"]
    assert late["priority"] <= 0
    assert late["success_probability"] == 0


def test_a_done_item_stays_away_until_its_trigger_begins_anew() -> None:
    done = act(1, "done", 1, outcome="appealed")
    assert queues(denied(), done, at=2) == []
    assert queues(denied(last_received_at=day(20)), done, at=21) == ["denial.coding"]


def test_a_snoozed_item_comes_back_by_itself() -> None:
    snooze = act(1, "snooze", 1, snooze_until=day(5))
    assert (only(denied(), snooze, at=4)["status"], only(denied(), snooze, at=5)["status"]) == ("snoozed", "open")
    assert only(denied(), snooze, at=5)["snoozed_until"] is None


def test_an_action_in_another_queue_leaves_the_item_alone() -> None:
    assert only(denied(), act(1, "done", 1, queue="underpayment"))["status"] == "open"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("success: 0.95", "success: 1.5", "success"),
        ("deadline: {days: 60}", "deadline: {}", "names at least one limit"),
        ("      coding: 18", "      codes: 18", "unknown root-cause group"),
        ("payer_batch: 10", "payer_batches: 10", "payer_batch"),
        ("other: 180, commercial: 90}", "commercial: 90}", "no entry other"),
    ],
)
def test_a_file_with_a_mistake_is_refused_with_its_place(tmp_path: Path, old: str, new: str, reason: str) -> None:
    text = SHIPPED_QUEUES.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "queues.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigFileError, match=reason):
        WorkqueueSettings.load(file)
