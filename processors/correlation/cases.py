"""Workqueues: the cases of an account, stated when they open or change, said farewell to when they end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from processors.adjudication.denial_groups import CarcGroups
from processors.adjudication.posting import posting_verdict
from processors.correlation import claim_items
from processors.correlation.balance import Story
from processors.correlation.facts import Fact
from processors.correlation.ledger import Account, View
from processors.correlation.matching import Lineage
from processors.correlation.policy import DAY_US
from processors.correlation.rows import received
from processors.correlation.statements import GONE, SOURCE, Statement, event_id
from processors.workqueue.cases import CREDIT, WorkqueueRules, credit

CONTRACT = "workqueue.case"

Row = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MISSING = {"missing_999": "999", "missing_277ca": "277ca", "missing_835": "835"}
_DRIFTING = ("priority", "aging_points", "success_probability")
"""What changes with the clock alone: stated anew once a day, each case a day after its last statement."""

_DAYS = ("service_from", "service_to", "last_paid_on")
_INSTANTS = (
    "last_received_at", "posting_received_at", "rejected_at", "missing_since", "silent_since", "takeback_since",
    "credit_since",
)  # fmt: skip


@dataclass(frozen=True)
class Cases:
    """Puts lineages and orphans into workqueues.

    Attributes:
        rules: Membership, deadlines and priorities.
        groups: Reason codes: owners and overturn priors.
    """

    rules: WorkqueueRules
    groups: CarcGroups

    def statements(self, account: Account, view: View, now: int, as_of: int) -> list[Statement]:
        """Return what changes in the queues, bring the account's cases up to date and note queues on lineages.

        Args:
            account: The account; its `cases`, `items` and `due` are changed.
            view: The account, understood.
            now: The clock: for snoozes and deadlines.
            as_of: Instant of what made a change known.
        """
        held = self._held(account, view, _instant(now))
        for name, row in view.lineage_rows.items():
            row["queues"] = sorted(case["queue"] for case in held.values() if case["lineage_id"] == name)
        statements = [*self._ended(account, held, as_of), *self._changed(account, held, now)]
        statements += claim_items.changed(account, view, as_of)
        turns = [at for name, row in held.items() for at in _turns_at(row, account["cases"][name][2])]
        account["due"] = min([at for at in (account["due"], *turns) if at], default=None)
        return statements

    def _held(self, account: Account, view: View, now: datetime) -> dict[str, Row]:
        actions: dict[str, list[Fact]] = {}
        for fact in account["facts"].values():
            if fact["type"] == "action":
                actions.setdefault(fact["lineage_id"], []).append(_action(fact))
        held = {}
        for facts in self._subjects(account, view):
            facts[CREDIT] = credit(facts)
            if next(self.rules.triggered(facts), None) is None:
                continue
            for case in self.rules.cases(_dated(facts), actions.get(facts["lineage_id"], []), now):
                row = {name: _physical(value) for name, value in case.items()}
                row |= {"tenant_id": account["tenant_id"], "_hash": facts["_hash"], "finished_at": None}
                held[f"{row['queue']}|{row['lineage_id']}"] = row
        return held

    def _subjects(self, account: Account, view: View) -> Iterator[Row]:
        missing = {
            row["lineage_id"]: row
            for _, row in account["alerts"].values()
            if row["state"] == "opened" and row["kind"] in _MISSING
        }
        for name, story in view.stories.items():
            yield self._of_lineage(story, view.lineage_rows[name], missing.get(name))
        for row in view.subject_rows.values():
            if not row["matched"]:
                yield _of_orphan(row, account["key"].split("|", 2)[2])

    def _of_lineage(self, story: Story, row: Row, missing: Row | None) -> Row:
        decision = story.decision
        facts = {**row, "matched": True, "rejected_at": _rejected_at(story.lineage)}
        if missing is not None:
            facts |= {"missing_ack": _MISSING[missing["kind"]], "missing_since": missing["due_at"]}
            facts["silent_since"] = missing["due_at"] if missing["kind"] == "missing_835" else None
        if decision is None:
            return facts
        said = decision.adjudication
        group = self.groups.group_of(said["primary_carc"], said["remark_codes"]) if said["primary_carc"] else None
        last = _exceptions(story)
        posted = any(action["outcome"] == "posted" for action in story.lineage.actions)
        return facts | {
            "last_received_at": decision.remit["at"],
            "last_paid_on": decision.paid_on,
            "primary_carc": said["primary_carc"],
            "root_cause_group": said["root_cause_group"],
            "overturn_prior": group.overturn_prior if group else None,
            "owner": group.owner if group else None,
            "remark_codes": said["remark_codes"],
            "procedure_code": next((line["procedure_code"] for line in said["lines"] if line["denied"]), None)
            or next((line["procedure_code"] for line in said["lines"]), None),
            "posting_exceptions": [] if posted else last,
            "posting_received_at": decision.remit["at"],
            "credit_since": decision.remit["at"],
        }

    def _changed(self, account: Account, held: Mapping[str, Row], now: int) -> Iterator[Statement]:
        cases: dict[str, list[Any]] = account["cases"]
        for name, row in held.items():
            revision, before, ranked_at = cases.get(name, (0, None, 0))
            if before is not None and _steady(before) == _steady(row):
                if now < ranked_at + DAY_US:
                    continue
                if before["priority"] == row["priority"]:
                    cases[name] = [revision, before, now]
                    continue
            cases[name] = [revision + 1, row, now]
            yield _statement(account, name, row, revision + 1)

    def _ended(self, account: Account, held: Mapping[str, Row], as_of: int) -> Iterator[Statement]:
        cases: dict[str, list[Any]] = account["cases"]
        for name, (revision, row, _) in list(cases.items()):
            if row is None or name in held:
                continue
            done = [
                fact["at"]
                for fact in account["facts"].values()
                if fact["type"] == "action" and fact["action"] == "done" and fact["queue"] == row["queue"]
            ]
            status = "done" if done else "left"
            cases[name] = [revision + 1, None, 0]
            finished = max(done) if done else as_of
            yield _statement(account, name, {**row, "status": status, "finished_at": finished}, revision + 1)
            yield Statement(CONTRACT, {**row, "status": GONE})


def _exceptions(story: Story) -> list[str]:
    """Return why the latest decision does not post by itself."""
    decision = story.decision
    if decision is None:
        return []
    return list(posting_verdict(decision.remit, decision.adjudication, decision.change, matched=True).exceptions)


def _statement(account: Account, name: str, row: Row, revision: int) -> Statement:
    head = {"source": SOURCE, "revision": revision, "event_id": event_id(CONTRACT, account["key"], name, revision)}
    return Statement(CONTRACT, {**row, **head})


def _steady(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _DRIFTING}


def _turns_at(row: Row, ranked_at: int) -> Iterator[int]:
    """Yield when the clock alone will change a case: the end of a snooze, a day's aging, the day after its deadline."""
    if row["status"] == "snoozed":
        yield row["snoozed_until"]
        return
    yield ranked_at + DAY_US
    if row["deadline_on"] is not None and not row["write_off_review"]:
        yield (row["deadline_on"] + 1) * DAY_US


def _of_orphan(row: Row, token: str) -> Row:
    return {
        **row,
        "patient_control_token": token,  # leads an action back to the account, whatever the account is named after
        "lineage_id": row["subject_id"],
        "matched": row["kind"] != "claim",  # the queue of unmatched remittances is about claim payments
        "closed": False,
        "voided": False,
        "last_received_at": row["received_at"],
        "last_paid_on": row["paid_on"],
        "posting_exceptions": [],
        "takeback_since": row["received_at"],
        "allowed_cents": row["paid_cents"],
    }


def _rejected_at(lineage: Lineage) -> int | None:
    latest = lineage.latest
    if latest.rejected_277ca is not None:
        return received(latest.rejected_277ca)
    return latest.ack_999_at if latest.accepted_999 is False else None


def _action(fact: Fact) -> Row:
    until = fact["snooze_until"]
    return {
        **fact,
        "event_id": fact["id"],
        "acted_at": _instant(fact["at"]),
        "snooze_until": None if until is None else _instant(until),
    }


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _dated(facts: Row) -> Row:
    """Return facts with dates and instants as the rules of the queues take them."""
    made = dict(facts)
    for name in _DAYS:
        if made.get(name) is not None:
            made[name] = _EPOCH.date() + timedelta(days=made[name])
    for name in _INSTANTS:
        if made.get(name) is not None:
            made[name] = _instant(made[name])
    return made


def _physical(value: object) -> object:
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, date):
        return (value - _EPOCH.date()).days
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
