"""Simulated practices with planted stories: each is told, of the right payer and soon; quiet days stay quiet.

Claims are priced by their contracts, acknowledged, paid, correlated and watched as in a running system.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

from tests.unit.correlation.simulated import START, Event, alerts_of

DETECTED = ("denial_spike", "reject_spike", "payer_lag_drift", "underpayment_pattern", "new_denial_pattern")
WATCHED = ("CSCOM01", "CSCOM05", "CSCOM06")
_START_US, _DAY_US = round(START.timestamp() * 1_000_000), 86_400_000_000


@cache
def changed_behaviour() -> tuple[Event, ...]:
    """Return the alerts of 60 days: from day 45 one payer pays a fifth less, another rejects more for a week."""
    stories = ("underpayment:payer=CSCOM06,day=45,factor=0.8", "reject-spike:payer=CSCOM05,day=45,until_day=52")
    return tuple(alerts_of(60, 500, *stories, payers=WATCHED))


@cache
def missing_answers() -> tuple[Event, ...]:
    """Return the alerts of 45 days: a payer falls silent, acknowledgements stop for two days, payments come back."""
    stories = ("silent-payer:payer=CSCOM03,day=15", "vendor-outage:day=25,hours=48",
               "takeback-burst:payer=CSCOM02,day=36,share=0.3")  # fmt: skip
    return tuple(alerts_of(45, 60, *stories))


def opened(alerts: Iterable[Event], *kinds: str) -> list[Event]:
    return [alert for alert in alerts if alert["kind"] in kinds and alert["state"] == "opened"]


def day_of(alert: Event) -> int:
    opened_at: int = alert["opened_at"]
    return (opened_at - _START_US) // _DAY_US


def test_forty_five_days_before_the_stories_and_the_payer_without_one_stay_quiet() -> None:
    found = opened(changed_behaviour(), *DETECTED)
    assert found, "there is something to find later"
    assert [alert["alert_id"] for alert in found if day_of(alert) < 45] == []
    assert {(alert["kind"], alert["payer_id"]) for alert in found} == {
        ("underpayment_pattern", "CSCOM06"),
        ("reject_spike", "CSCOM05"),
    }


def test_a_payer_that_pays_less_than_its_contract_is_found_by_procedure_within_a_week() -> None:
    found = opened(changed_behaviour(), "underpayment_pattern")
    first = min(found, key=day_of)
    assert day_of(first) <= 51
    assert first["claims"] <= 12
    assert {"99213", "99214"} <= {alert["procedure_code"] for alert in found}
    assert all(alert["amount_cents"] > 0 for alert in found)


def test_a_payer_that_rejects_more_is_found_while_it_does() -> None:
    (spike,) = opened(changed_behaviour(), "reject_spike")
    assert 45 <= day_of(spike) <= 52
    evidence = {entry["name"]: float(entry["value"]) for entry in spike["evidence"] if entry["name"].endswith("rate")}
    assert evidence["baseline rate"] < 0.03


def test_a_silent_payer_leaves_claims_unanswered_and_the_others_do_not() -> None:
    resolved = {alert["alert_id"] for alert in missing_answers() if alert["state"] == "resolved"}
    waiting = [one for one in opened(missing_answers(), "missing_277ca") if one["alert_id"] not in resolved]
    assert {alert["payer_id"] for alert in waiting} == {"CSCOM03"}
    assert len(waiting) > 50
    assert 15 <= min(map(day_of, waiting)) <= 17


def test_an_outage_of_two_days_shows_as_missing_acknowledgements_of_all_payers() -> None:
    late = [one for one in opened(missing_answers(), "missing_277ca") if one["payer_id"] != "CSCOM03"]
    by_day = Counter(map(day_of, late))
    assert by_day[26] > 5 * max(number for day, number in by_day.items() if day not in (25, 26, 27))
    assert len({alert["payer_id"] for alert in late if day_of(alert) == 26}) > 10


def test_payments_taken_back_without_a_claim_are_told_of_the_payer_that_does_it() -> None:
    found = opened(missing_answers(), "unassigned_takeback")
    assert {alert["payer_id"] for alert in found} == {"CSCOM02"}
    assert all(36 <= day_of(alert) <= 40 for alert in found)
    assert len(found) >= 3


def test_missing_answers_alone_raise_no_alert_about_changed_behaviour() -> None:
    assert opened(missing_answers(), *DETECTED) == []
