"""The priority formula worked by hand, its limits, and what working in its order brings in a simulated team."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from processors.workqueue.cases import Case, WorkqueueRules
from processors.workqueue.priority import Experience, priority
from processors.workqueue.ranking import batches, ranked
from processors.workqueue.rules import WorkqueueSettings
from tests.unit.workqueue.lineages import START, Record, act, day, denied

SETTINGS = WorkqueueSettings.shipped()
DENIAL = SETTINGS.queues["denial"]
RULES = WorkqueueRules.shipped()


def score(facts: Record, waited: float = 0, slack: int | None = None, **options: object) -> float:
    return priority(DENIAL, facts, SETTINGS, waited_days=waited, slack_days=slack, **options).priority  # type: ignore[arg-type]  # by name


def test_the_formula_worked_by_hand() -> None:
    # 400.00 at 90 % is 360.00; 18 minutes at 75 cents and 3.00 of fees cost 16.50; 343.50 in 18 minutes.
    assert score(denied()) == pytest.approx((40_000 * 0.9 - 1_650) / 18, abs=0.01)


def test_what_is_paid_or_owed_by_the_patient_is_not_recoverable_and_charges_never_are() -> None:
    assert score(denied(paid_cents=30_000, patient_responsibility_cents=5_000)) == pytest.approx(
        (5_000 * 0.9 - 1_650) / 18, abs=0.01
    )
    assert score(denied(charge_cents=9_999_999)) == score(denied())


def test_without_an_expected_amount_a_share_of_the_charge_stands_for_it() -> None:
    found = priority(DENIAL, denied(expected_allowed_cents=None), SETTINGS, waited_days=0, slack_days=None)
    assert found.recoverable_cents == 27_000


def test_waiting_adds_a_constant_a_day_and_lowers_the_chance() -> None:
    small = denied(expected_allowed_cents=0)
    assert score(small, waited=10) - score(small) == pytest.approx(20, abs=0.01)
    found = priority(DENIAL, denied(), SETTINGS, waited_days=240, slack_days=None)
    assert found.success_probability == pytest.approx(0.45)


def test_experience_draws_the_chance_from_the_prior() -> None:
    found = priority(
        DENIAL, denied(), SETTINGS, waited_days=0, slack_days=None, experience=Experience(recovered=3, resolved=30)
    )
    assert found.success_probability == pytest.approx((0.9 * 30 + 3) / 60)


def test_items_ahead_that_cannot_be_finished_in_time_lower_the_chance() -> None:
    chances = [
        priority(DENIAL, denied(), SETTINGS, waited_days=0, slack_days=4, ahead=ahead).success_probability
        for ahead in (0, 190, 200, 210, 400)
    ]
    assert chances[0] == pytest.approx(0.9)
    assert chances[2] == pytest.approx(0.45)
    assert chances == sorted(chances, reverse=True)
    assert chances[4] < 0.001


def items(rng: np.random.Generator, count: int) -> list[Record]:
    groups = {"coding": 0.9, "authorization": 0.4, "medical_necessity": 0.25, "non_covered": 0.2, "eligibility": 0.75}
    names = list(groups)
    expected = np.exp(rng.normal(np.log(18_000), 1.3, count)).astype(int)
    return [
        denied(
            lineage_id=f"n:{number}:P",
            payer_id=f"p{rng.integers(6)}",
            root_cause_group=(group := names[rng.integers(len(names))]),
            overturn_prior=groups[group],
            expected_allowed_cents=int(expected[number]),
            denied_cents=int(expected[number] * 2.2),
            last_received_at=day(-float(rng.integers(0, 90))),
            last_paid_on=(START - timedelta(days=int(rng.integers(0, 90)))).date(),
        )
        for number in range(count)
    ]


def gained(order: list[Case], success: dict[str, bool], worked: int) -> int:
    return sum(case["recoverable_cents"] for case in order[:worked] if success[case["lineage_id"]])


def test_working_by_priority_brings_more_than_oldest_first_largest_first_or_at_random() -> None:
    rng = np.random.default_rng(7)
    facts = items(rng, 2_000)
    cases = [case for fact in facts for case in RULES.cases(fact, [], day(1))]
    success = {fact["lineage_id"]: bool(rng.random() < fact["overturn_prior"]) for fact in facts}
    by_priority = gained(ranked(cases), success, 100)
    oldest = gained(sorted(cases, key=lambda case: case["opened_at"]), success, 100)
    largest = gained(sorted(cases, key=lambda case: -case["charge_cents"] - case["amount_cents"]), success, 100)
    at_random = gained([cases[place] for place in rng.permutation(len(cases))], success, 100)
    minutes = sum(case["minutes"] for case in ranked(cases)[:100])
    minutes_largest = sum(case["minutes"] for case in sorted(cases, key=lambda case: -case["amount_cents"])[:100])
    assert by_priority / minutes > 1.5 * largest / minutes_largest
    assert by_priority > 5 * max(oldest, at_random)


def test_the_top_sixth_of_the_items_holds_most_of_what_can_be_recovered() -> None:
    rng = np.random.default_rng(11)
    facts = items(rng, 3_000)
    order = ranked([case for fact in facts for case in RULES.cases(fact, [], day(1))])
    worth = [case["recoverable_cents"] * case["success_probability"] for case in order]
    assert sum(worth[: len(worth) * 16 // 100]) / sum(worth) > 0.6


def test_no_worthwhile_item_passes_its_deadline_while_a_lower_one_is_worked() -> None:
    rng = np.random.default_rng(3)
    waiting = items(rng, 400)
    capacity = 12
    for today in range(1, 60):
        order = ranked([case for fact in waiting for case in RULES.cases(fact, [], day(today))])
        worked, left = order[:capacity], order[capacity:]
        lowest = min((case["priority"] for case in worked), default=0.0)
        expiring = [case for case in left if case["deadline_on"] == day(today).date()]
        assert not [case for case in expiring if case["priority"] > lowest]
        assert not any(case["write_off_review"] for case in worked) or all(case["write_off_review"] for case in left)
        gone = {case["lineage_id"] for case in worked}
        waiting = [fact for fact in waiting if fact["lineage_id"] not in gone]


def test_expired_and_snoozed_items_never_stand_on_top() -> None:
    fresh, stale = denied(lineage_id="fresh"), denied(lineage_id="stale", last_paid_on=day(-400).date())
    later = denied(lineage_id="later", expected_allowed_cents=900_000)
    snooze = act(1, "snooze", 0, snooze_until=day(9))
    cases = [
        *RULES.cases({**stale, "expected_allowed_cents": 900_000}, [], day(1)),
        *RULES.cases(fresh, [], day(1)),
        *RULES.cases(later, [snooze], day(1)),
    ]
    assert [case["lineage_id"] for case in ranked(cases)] == ["fresh", "stale"]


def test_batches_keep_a_payer_together_up_to_the_cap_and_lose_nothing() -> None:
    rng = np.random.default_rng(5)
    cases = [case for fact in items(rng, 200) for case in RULES.cases(fact, [], day(1))]
    found = batches(cases, cap=10)
    assert sorted(case["lineage_id"] for batch in found for case in batch) == sorted(c["lineage_id"] for c in cases)
    assert all(len(batch) <= 10 and len({(c["payer_id"], c["queue"]) for c in batch}) == 1 for batch in found)
    leaders = [batch[0] for batch in found]
    assert leaders == ranked(leaders)
    assert leaders[0] == ranked(cases)[0]
