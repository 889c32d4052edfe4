"""Until when the work on an item can succeed, and what that day follows from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from processors.workqueue.rules import OTHER_PAYER, DaysByPayerType, Limit, Queue, WorkqueueSettings


class Deadline(NamedTuple):
    """Last day on which the work can still succeed.

    Attributes:
        on: The day; None where the facts do not tell one.
        basis: timely_filing, appeal_window, contract or policy.
    """

    on: date | None
    basis: str | None


UNKNOWN = Deadline(None, None)


def deadline(queue: Queue, facts: Mapping[str, Any], since: datetime, settings: WorkqueueSettings) -> Deadline:
    """Return the earliest limit that a queue names.

    Args:
        queue: The queue.
        facts: State of the lineage; read are payer_type, timely_filing_days, service_to, last_paid_on,
            last_received_at, root_cause_group.
        since: When the item came into the queue.
        settings: Days of each limit.
    """
    return min(_limits(queue, facts, since, settings), key=lambda limit: limit.on or date.max, default=UNKNOWN)


def _limits(queue: Queue, facts: Mapping[str, Any], since: datetime, settings: WorkqueueSettings) -> Iterator[Deadline]:
    rule = queue.deadline
    served = facts.get("service_to") or facts.get("service_from")
    answered = facts.get("last_paid_on") or _day(facts.get("last_received_at"))
    if rule.filing and served:
        days = facts.get("timely_filing_days") or _days(settings.filing_days, facts)
        yield Deadline(_less(served + timedelta(days=days), rule.filing), "timely_filing")
    if rule.appeal and answered:
        yield Deadline(
            _less(answered + timedelta(days=_days(settings.appeal_days, facts)), rule.appeal), "appeal_window"
        )
    if rule.dispute and answered:
        yield Deadline(_less(answered + timedelta(days=_days(settings.dispute_days, facts)), rule.dispute), "contract")
    if answered and facts.get("root_cause_group") in queue.corrected_groups:
        yield Deadline(answered + timedelta(days=_days(settings.corrected_days, facts)), "timely_filing")
    if rule.days:
        yield Deadline(since.date() + timedelta(days=rule.days), "policy")


def _less(day: date, limit: Limit) -> date:
    return day - timedelta(days=limit.less)


def _days(days: DaysByPayerType, facts: Mapping[str, Any]) -> int:
    return days.get(facts.get("payer_type") or OTHER_PAYER, days[OTHER_PAYER])


def _day(instant: datetime | None) -> date | None:
    return instant.date() if instant else None
