"""A lineage is in a queue while it belongs there: one live item, said farewell to, then a tombstone."""

from __future__ import annotations

from typing import Any

from processors.adjudication.adjudicate import Adjudicator
from processors.adjudication.denial_groups import CarcGroups
from processors.correlation import CorrelationPolicy, Ledger
from processors.correlation.cases import Cases
from processors.correlation.facts import Fact
from processors.correlation.ledger import Account
from processors.workqueue.cases import WorkqueueRules
from schemas.contracts import WORKQUEUE_CASE
from tests.unit.correlation.events import (
    CONTROL,
    DAY,
    START,
    action,
    claim,
    denied_line,
    paid_line,
    provider,
    remit,
)
from tests.unit.correlation.test_ledger import LINEAGE, facts

LEDGER = Ledger(
    CorrelationPolicy.shipped(), Adjudicator.shipped(), Cases(WorkqueueRules.shipped(), CarcGroups.shipped())
)
DENIED = remit("1", START + 20 * DAY, [denied_line(1, "99213"), denied_line(2, "93000")], status="4")
PAID = remit("2", START + 40 * DAY, [paid_line(1, "99213"), paid_line(2, "93000")])


class Queues:
    """An account and what a reader of its queues has seen."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.last: dict[str, Any] = {}

    def give(self, *some: Fact, day: int) -> list[dict[str, Any]]:
        said = []
        for fact in some:
            outcome = LEDGER.apply(self.account, [fact], START + day * DAY)
            self.account = outcome.account
            said += [one.row for one in outcome.statements if one.contract == WORKQUEUE_CASE.name]
        return self._see(said)

    def look(self, day: int) -> list[dict[str, Any]]:
        assert self.account is not None
        outcome = LEDGER.look(self.account, START + day * DAY)
        self.account = outcome.account
        return self._see([one.row for one in outcome.statements if one.contract == WORKQUEUE_CASE.name])

    def _see(self, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for row in said:
            key = (row["queue"], row["lineage_id"])
            if row["status"] == "gone":
                self.items.pop(key)
            else:
                assert set(row) == set(WORKQUEUE_CASE.field_names)
                self.items[key] = self.last = row
        return said

    @property
    def names(self) -> list[str]:
        return sorted(queue for queue, _ in self.items)


def test_a_denial_has_one_item_with_its_inputs_and_leaves_when_it_is_recovered() -> None:
    queues = Queues()
    queues.give(*facts(claim(), DENIED), day=20)
    assert queues.names == ["denial.authorization"]
    item = queues.items["denial.authorization", LINEAGE]
    assert (item["recoverable_cents"], item["opened_at"], item["amount_cents"]) == (16_000, START + 20 * DAY, 20_000)
    assert item["priority"] > 0
    said = queues.give(*facts(PAID), day=40)
    assert [row["status"] for row in said] == ["left", "gone"]
    assert queues.last["finished_at"] == START + 40 * DAY
    assert queues.names == []


def test_a_repeated_event_states_no_item_again() -> None:
    queues = Queues()
    queues.give(*facts(claim(), DENIED), day=20)
    assert queues.give(*facts(claim(), DENIED), day=25) == []


def test_claim_snooze_done_and_undo_are_seen_on_the_item() -> None:
    queues = Queues()
    queues.give(*facts(claim(), DENIED), day=20)
    queues.give(*facts(action("1", START + 21 * DAY, "claim")), day=21)
    assert queues.last["owner"] == "s7"
    queues.give(*facts(action("2", START + 22 * DAY, "snooze", snooze_until=START + 24 * DAY)), day=22)
    assert queues.last["status"] == "snoozed"
    assert [row["status"] for row in queues.look(24)] == ["claimed"]
    done = queues.give(*facts(action("3", START + 25 * DAY, "done", outcome="appealed")), day=25)
    assert [row["status"] for row in done] == ["done", "gone"]
    assert done[0]["finished_at"] == START + 25 * DAY
    queues.give(*facts(action("4", START + 26 * DAY, "undo", undoes_event_id="action-3")), day=26)
    assert queues.names == ["denial.authorization"]


def test_a_missing_acknowledgement_is_an_item_until_it_comes() -> None:
    queues = Queues()
    queues.give(*facts(claim()), day=0)
    assert queues.names == []
    queues.look(1)
    assert queues.names == ["ack_gap"]


def test_an_orphan_and_an_unassigned_takeback_are_items_of_their_own() -> None:
    queues = Queues()
    queues.give(*facts({**PAID, "patient_control_token": "nobody"}), day=41)
    assert queues.names == ["unmatched_remit"]
    others = Queues()
    others.give(*facts(provider("9", START, ("WO", CONTROL, 700))), day=1)
    assert others.names == ["takeback"]
    assert others.last["amount_cents"] == 700
    others.give(*facts(claim()), day=2)
    assert "takeback" not in others.names


def test_a_lineage_row_names_its_queues() -> None:
    account = None
    for fact in facts(claim(), DENIED):
        outcome = LEDGER.apply(account, [fact], START + 20 * DAY)
        account = outcome.account
    rows = [s.row for s in outcome.statements if s.contract == "claims.lineage" and s.row["sign"] > 0]
    assert rows[-1]["queues"] == ["denial.authorization"]


def test_an_item_is_ranked_anew_a_day_after_it_was_stated_and_only_when_its_priority_has_changed() -> None:
    queues = Queues()
    queues.give(*facts(claim(), DENIED), day=20)
    stated = queues.last
    assert queues.account is not None
    assert queues.account["due"] == START + 21 * DAY
    assert LEDGER.look(queues.account, START + 21 * DAY - 1).statements == []
    [again] = queues.look(21)
    assert again["revision"] == stated["revision"] + 1
    assert again["priority"] != stated["priority"]
    assert again["aging_points"] > stated["aging_points"]
    assert queues.look(21) == [], "once a day"
    queues.give(*facts(action("s", START + 21 * DAY, "snooze", snooze_until=START + 30 * DAY)), day=21)
    assert queues.look(29) == [], "nobody looks at an item that is snoozed"
    assert [row["status"] for row in queues.look(30)] == ["open"]
