"""How much a minute of work on an item is expected to bring, with the inputs that it follows from.

    priority = (E x P - c) / m + aging

E is what can be recovered: expected allowed less payments and patient's part, never billed charges. P is the chance
that the work succeeds, by root cause, payer and age, times the chance to finish before the deadline with the items
ahead in the queue. c is the expected cost of the work and m its expected minutes. Aging adds a small constant for
every day of waiting, so that nothing starves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from processors.workqueue.rules import Queue, WorkqueueSettings

RECOVERABLE = "recoverable"
BY_GROUP = "group"


class Priority(NamedTuple):
    """A priority and its inputs.

    Attributes:
        priority: Expected cents gained per minute of work, plus aging; never above zero past the deadline.
        recoverable_cents: E.
        success_probability: P.
        cost_cents: c.
        minutes: m.
        aging_points: What waiting has added.
        write_off_review: The deadline has passed: the item waits for a decision to write off.
    """

    priority: float
    recoverable_cents: int
    success_probability: float
    cost_cents: int
    minutes: float
    aging_points: float
    write_off_review: bool


class Experience(NamedTuple):
    """What a tenant has seen of a payer and root cause.

    Attributes:
        recovered: Cases that succeeded.
        resolved: Cases that came to an end.
    """

    recovered: float
    resolved: float


NO_EXPERIENCE = Experience(0, 0)


def priority(
    queue: Queue,
    facts: Mapping[str, Any],
    settings: WorkqueueSettings,
    *,
    waited_days: float,
    slack_days: int | None,
    ahead: int = 0,
    experience: Experience = NO_EXPERIENCE,
) -> Priority:
    """Return the priority of an item.

    Args:
        queue: Its queue.
        facts: State of its lineage.
        settings: Costs and chances.
        waited_days: Days since the item came into the queue.
        slack_days: Days until its deadline; None without a deadline.
        ahead: Items that will be worked before it.
        experience: What the tenant has seen of its payer and root cause.
    """
    minutes = queue.minutes_by_group.get(facts.get("root_cause_group") or "", queue.minutes)
    cost = round(minutes * settings.labour_cents_per_minute) + queue.fixed_cost_cents
    stake = _stake(queue, facts, settings)
    aged = 0.5 ** (max(0.0, waited_days) / settings.success_half_life_days)
    base = _success(queue, facts, settings, experience)
    chance = base * (aged if queue.success == BY_GROUP else 1.0) * _in_time(slack_days, ahead, settings)
    aging = settings.aging_cents_per_day * max(0.0, waited_days)
    score = (stake * chance - cost) / minutes + aging
    expired = slack_days is not None and slack_days < 0
    return Priority(
        priority=round(min(score, 0.0) if expired else score, 2),
        recoverable_cents=stake,
        success_probability=round(chance, 4),
        cost_cents=cost,
        minutes=minutes,
        aging_points=round(aging, 2),
        write_off_review=expired,
    )


def _stake(queue: Queue, facts: Mapping[str, Any], settings: WorkqueueSettings) -> int:
    if queue.stake != RECOVERABLE:
        return max(0, int(facts.get(queue.stake) or 0))
    expected = facts.get("expected_allowed_cents")
    if expected is None:
        expected = (facts.get("charge_cents") or 0) * settings.allowed_percent_of_charge // 100
    settled = (facts.get("paid_cents") or 0) + (facts.get("patient_responsibility_cents") or 0)
    return max(0, int(expected) - int(settled))


def _success(queue: Queue, facts: Mapping[str, Any], settings: WorkqueueSettings, experience: Experience) -> float:
    """Return the chance of success: the prior, drawn toward the tenant's own experience."""
    prior = float(facts.get("overturn_prior") or 0.0) if isinstance(queue.success, str) else queue.success
    pseudo = settings.prior_cases
    return (prior * pseudo + experience.recovered) / (pseudo + experience.resolved)


def _in_time(slack_days: int | None, ahead: int, settings: WorkqueueSettings) -> float:
    """Return the chance that more items than stand ahead are worked before the deadline.

    Items are finished at a steady rate, so their number up to the deadline is about Poisson; its normal
    approximation is exact enough for a chance that only orders a queue. The day of the deadline counts.
    """
    if slack_days is None:
        return 1.0
    if slack_days < 0:
        return 0.0
    worked = (slack_days + 1) * settings.items_per_day
    return 0.5 * (1 + math.erf((worked - ahead) / math.sqrt(2 * worked)))


def slack(deadline_on: date | None, today: date) -> int | None:
    """Return the days until a deadline; negative once it has passed."""
    return None if deadline_on is None else (deadline_on - today).days
