"""The items that a lineage has in the workqueues now: membership, deadline, priority, status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypedDict

from processors.adjudication.denial_groups import UNMAPPED
from processors.workqueue.actions import Action, fold
from processors.workqueue.conditions import Tests, all_hold, tests_of
from processors.workqueue.deadlines import deadline
from processors.workqueue.priority import NO_EXPERIENCE, Experience, priority, slack
from processors.workqueue.rules import Queue, WorkqueueSettings

_SECONDS_A_DAY = 86_400.0
CREDIT = "credit_cents"
"""Field of what was paid beyond what is allowed."""


class Case(TypedDict):
    """One live item; fields as in the contract workqueue.case."""

    queue: str
    lineage_id: str
    patient_control_token: str | None
    claim_id: str | None
    payer_id: str | None
    billing_npi: str | None
    claim_type: str | None
    procedure_code: str | None
    reason: str
    carc: str | None
    root_cause_group: str | None
    remark_codes: list[str]
    status: str
    owner: str | None
    snoozed_until: datetime | None
    priority: float
    recoverable_cents: int
    success_probability: float
    cost_cents: int
    minutes: float
    aging_points: float
    deadline_on: date | None
    deadline_basis: str | None
    write_off_review: bool
    charge_cents: int
    expected_allowed_cents: int | None
    paid_cents: int
    amount_cents: int
    opened_at: datetime
    due_at: datetime | None


@dataclass(frozen=True)
class WorkqueueRules:
    """Decides which items a lineage has.

    Attributes:
        settings: The queues.
    """

    settings: WorkqueueSettings

    @classmethod
    def shipped(cls) -> WorkqueueRules:
        """Return the rules with the queues that claimstream ships."""
        return cls(WorkqueueSettings.shipped())

    def cases(
        self,
        facts: Mapping[str, Any],
        actions: Sequence[Action],
        now: datetime,
        *,
        ahead: Mapping[str, int] | None = None,
        experience: Experience = NO_EXPERIENCE,
    ) -> list[Case]:
        """Return the items that a lineage has now, at most one in a queue.

        Args:
            facts: State of the lineage, keyed like the contract claims.lineage, with what the queues read beyond it
                (the fields named in config/workqueues.yaml). A missing field counts as null.
            actions: What people did with items of the lineage, in any queue and order.
            now: The clock: for aging, deadlines and the end of a snooze. An item whose trigger began later than
                this is not yet there.
            ahead: Items that stand ahead in each queue, where the caller knows.
            experience: What the tenant has seen of this payer and root cause.

        Returns:
            The items, in the order of the queues. One that is done is left out until its trigger begins anew.
        """
        seen = {**facts, CREDIT: credit(facts)}
        found = []
        for name, queue in self.triggered(seen):
            since = seen.get(queue.since) or seen.get("as_of")
            if since is None or since > now:
                continue
            status = fold([action for action in actions if action["queue"] == name], since)
            if status.done_at is None:
                length = (ahead or {}).get(name, 0)
                case = self._case(name, queue, seen, since, now, length, experience)
                case["status"], case["owner"] = status.status(now), status.owner
                case["snoozed_until"] = status.snoozed_until if case["status"] == "snoozed" else None
                found.append(case)
        return found

    def triggered(self, facts: Mapping[str, Any]) -> Iterator[tuple[str, Queue]]:
        """Yield the queues whose conditions hold: what tells most lineages, which are in none, from the others.

        Args:
            facts: As for `cases`, with the field CREDIT; dates and instants may be of any type.
        """
        for name, queue, tests in self._tests:
            if all_hold(tests, facts):
                group = facts.get("root_cause_group") or UNMAPPED
                yield (f"{name}.{group}" if queue.per_group else name), queue

    @cached_property
    def _tests(self) -> list[tuple[str, Queue, Tests]]:
        return [(name, queue, tests_of(queue.when)) for name, queue in self.settings.queues.items()]

    def _case(
        self,
        name: str,
        queue: Queue,
        facts: Mapping[str, Any],
        since: datetime,
        now: datetime,
        ahead: int,
        experience: Experience,
    ) -> Case:
        until = deadline(queue, facts, since, self.settings)
        ranked = priority(
            queue,
            facts,
            self.settings,
            waited_days=(now - since).total_seconds() / _SECONDS_A_DAY,
            slack_days=slack(until.on, now.date()),
            ahead=ahead,
            experience=experience,
        )
        return Case(
            queue=name,
            lineage_id=facts["lineage_id"],
            patient_control_token=facts.get("patient_control_token"),
            claim_id=facts.get("claim_id"),
            payer_id=facts.get("payer_id"),
            billing_npi=facts.get("billing_npi"),
            claim_type=facts.get("claim_type"),
            procedure_code=facts.get("procedure_code"),
            reason=queue.reason,
            carc=facts.get("primary_carc"),
            root_cause_group=facts.get("root_cause_group"),
            remark_codes=list(facts.get("remark_codes") or ()),
            status="open",
            owner=None,
            snoozed_until=None,
            priority=ranked.priority,
            recoverable_cents=ranked.recoverable_cents,
            success_probability=ranked.success_probability,
            cost_cents=ranked.cost_cents,
            minutes=ranked.minutes,
            aging_points=ranked.aging_points,
            write_off_review=ranked.write_off_review,
            deadline_on=until.on,
            deadline_basis=until.basis,
            charge_cents=facts.get("charge_cents") or 0,
            expected_allowed_cents=facts.get("expected_allowed_cents"),
            paid_cents=facts.get("paid_cents") or 0,
            amount_cents=_amount(queue, facts, ranked.recoverable_cents),
            opened_at=since,
            due_at=since + timedelta(hours=queue.due_hours),
        )


def credit(facts: Mapping[str, Any]) -> int:
    """Return what was paid beyond what is allowed."""
    return max(0, (facts.get("paid_cents") or 0) - (facts.get("allowed_cents") or 0))


def _amount(queue: Queue, facts: Mapping[str, Any], stake: int) -> int:
    """Return the amount the queue is about: what is denied, else what is at stake."""
    denied = facts.get("denied_cents") or 0
    return denied if denied and "denied_cents" in queue.when else stake
