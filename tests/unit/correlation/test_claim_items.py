"""An item before submission leaves its queue when its work is done or overtaken, and an undo brings it back."""

from __future__ import annotations

from typing import Any

import pytest

from processors.correlation.facts import Fact
from processors.correlation.ledger import Account
from schemas.codec.records import decode_record
from schemas.contracts import WORKQUEUE_ITEM
from schemas.registry import CheckedInIds
from streams.correlation.publishing import Publisher
from tests.unit.correlation.events import (
    CONTROL,
    DAY,
    HOUR,
    START,
    Event,
    ack_277ca,
    action,
    claim,
    paid_line,
    remit,
)
from tests.unit.correlation.test_cases import LEDGER
from tests.unit.correlation.test_ledger import LINEAGE, facts

IDS = CheckedInIds()
PAID = remit("1", START + 20 * DAY, [paid_line(1, "99213"), paid_line(2, "93000")])


def queued(number: int = 1, at: int = START, queue: str = "edit_fix", **fields: Any) -> Event:
    made = {
        "queue": queue, "disposition": "rejected", "priority": 31, "source": "test",
        "reasons": [{"reason": "duplicate", "probability": 0.4}],
        "findings": [{"rule_id": "b"}, {"rule_id": "a"}, {"rule_id": "b"}],
    }  # fmt: skip
    return claim(number, at, **{**made, **fields})


class Topic:
    """The queues before submission as their topics hold them: the stage's item, then what correlation says."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.live: dict[tuple[str, str], dict[str, Any] | None] = {}
        self.records = 0

    def give(self, *some: Fact) -> None:
        for fact in some:
            if fact["type"] == "claim" and fact["queue"]:
                self.live[f"workqueue.{fact['queue']}", f"t1|{fact['claim_id']}"] = None
            outcome = LEDGER.apply(self.account, [fact], fact["at"])
            self.account = outcome.account
            items = [one for one in outcome.statements if one.contract == WORKQUEUE_ITEM.name]
            for record in Publisher(IDS).records(items):
                self.records += 1
                place = record.topic, record.key.decode()
                if record.value is None:
                    del self.live[place]
                else:
                    self.live[place] = decode_record(WORKQUEUE_ITEM, IDS, record.value)


def done(**fields: Any) -> Event:
    named = {"queue": "edit_fix", "outcome": "corrected", **fields}
    return action("d", START + HOUR, **named)


@pytest.mark.parametrize(
    "event",
    [
        claim(2, START + DAY, frequency_code="7"),
        claim(2, START + DAY, frequency_code="8"),
        ack_277ca("a", START + DAY, "A1"),
        ack_277ca("a", START + DAY, "A3"),
        PAID,
        done(lineage_id=LINEAGE),
        done(lineage_id="c1"),
        action("r", START + HOUR, "release", queue="edit_fix", lineage_id="c1"),
    ],
    ids=["corrected", "voided", "accepted", "rejected", "paid", "done", "done by claim id", "released"],
)
def test_an_item_leaves_when_its_claim_has_gone_on(event: Event) -> None:
    topic = Topic()
    topic.give(*facts(queued()))
    assert list(topic.live) == [("workqueue.edit_fix", "t1|c1")]
    topic.give(*facts(event))
    assert not topic.live
    topic.give(*facts(event))
    assert topic.records == 1, "a repeat said something"


@pytest.mark.parametrize(
    "event",
    [
        done(lineage_id=LINEAGE, queue="coding"),
        action("c", START + HOUR, "claim", queue="edit_fix", lineage_id="c1"),
        done(lineage_id="c9"),
    ],
    ids=["another queue", "only claimed", "another claim"],
)
def test_an_item_stays_while_nothing_became_of_it(event: Event) -> None:
    topic = Topic()
    topic.give(*facts(queued()), *facts(event))
    assert list(topic.live) == [("workqueue.edit_fix", "t1|c1")]
    assert not topic.records


def test_an_answer_that_is_there_before_its_claim_ends_the_item_at_once() -> None:
    topic = Topic()
    topic.give(*facts(PAID), *facts(queued()))
    assert not topic.live


def test_an_undo_brings_the_item_back_as_it_was_and_a_redo_ends_it() -> None:
    topic = Topic()
    topic.give(*facts(queued()), *facts(done(lineage_id="c1")))
    topic.give(*facts(action("u", START + DAY, "undo", lineage_id="c1", undoes_event_id="action-d")))
    item = topic.live["workqueue.edit_fix", "t1|c1"]
    assert item is not None
    assert (item["priority"], item["top_reason"], item["rule_ids"]) == (31, "duplicate", ["b", "a"])
    assert (item["claim_id"], item["patient_control_token"], item["total_charge_cents"]) == ("c1", CONTROL, 20_000)
    assert round(item["created_at"].timestamp() * 1_000_000) == START + DAY
    assert item["event_id"] != "claim-1", "a reader that drops repeated ids would not see it"
    topic.give(*facts(action("v", START + 2 * DAY, "undo", lineage_id="c1", undoes_event_id="action-u")))
    assert not topic.live


def test_a_lineage_has_one_live_item_however_often_it_is_corrected() -> None:
    topic = Topic()
    topic.give(*facts(queued(1)), *facts(queued(2, START + DAY)), *facts(queued(3, START + 2 * DAY, "coding")))
    assert list(topic.live) == [("workqueue.coding", "t1|c3")]


def test_a_claim_sent_again_under_its_id_keeps_the_item_that_the_stage_has_just_stated() -> None:
    topic = Topic()
    again = {**queued(2, START + DAY), "claim_id": "c1"}
    topic.give(*facts(queued(1)), *facts(again))
    assert list(topic.live) == [("workqueue.edit_fix", "t1|c1")]
    assert not topic.records


def test_a_quality_sample_waits_for_its_verdict_whatever_acknowledgements_say() -> None:
    sample = queued(queue="qa_review", disposition="ready")
    topic = Topic()
    topic.give(*facts(sample), *facts(ack_277ca("a", START + HOUR // 2, "A2", payer="P1")))
    assert list(topic.live) == [("workqueue.qa_review", "t1|c1")]
    topic.give(*facts(done(lineage_id="c1", queue="qa_review", outcome="reviewed")))
    assert not topic.live
    late = Topic()
    late.give(*facts(sample), *facts(PAID))
    assert not late.live
