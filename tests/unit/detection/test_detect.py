"""Live detection over the events of payers: quiet payers stay quiet, planted stories are told with evidence."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from processors.detection.alert import Alert
from processors.detection.detect import Detector
from processors.detection.settings import DetectionSettings
from processors.detection.stream import MOST_DAYS
from tests.unit.detection.simulated import GROUPS, Row, adjudicated, at, days_of_claims, line

DETECTOR = Detector.shipped()
NORMAL = dict(zip(GROUPS, (0.03, 0.03, 0.02, 0.02, 0.01), strict=True))


def told(alerts: list[Alert], kind: str) -> list[tuple[str, str]]:
    return [(alert["key"], alert["state"]) for alert in alerts if alert["kind"] == kind and alert["state"] != "updated"]


def quiet_start(store: dict[str, Any], rng: np.random.Generator, days: int = 45, volume: int = 40) -> None:
    for now, row in days_of_claims(rng, range(days), volume, lambda _: NORMAL):
        assert DETECTOR.step(store, row, now) == []


def test_thirty_quiet_days_of_many_payers_stay_quiet() -> None:
    alerts = []
    for payer in range(16):
        rng, store = np.random.default_rng(payer), {}  # type: ignore[var-annotated]  # filled by the detector
        volume = int(rng.choice([8, 25, 60]))
        for now, row in days_of_claims(rng, range(45), volume, lambda _: NORMAL):
            alerts += DETECTOR.step(store, row, now)
    assert alerts == []


def test_a_denial_spike_is_told_once_with_evidence_and_ends_when_it_is_over() -> None:
    rng, store = np.random.default_rng(1), dict[str, Any]()
    quiet_start(store, rng)
    spike = {**NORMAL, "authorization": 0.15}
    alerts = []
    for now, row in days_of_claims(rng, range(45, 60), 40, lambda _: spike):
        alerts += DETECTOR.step(store, row, now)
    assert told(alerts, "denial_spike") == [("P1|authorization", "opened")]
    opened = next(alert for alert in alerts if alert["kind"] == "denial_spike")
    assert (opened["payer_id"], opened["root_cause_group"], opened["severity"]) == ("P1", "authorization", "critical")
    assert opened["claims"] >= 5
    assert opened["amount_cents"] == opened["claims"] * 10_000
    assert 0 < len(opened["lineage_ids"]) <= 5
    evidence = {entry["name"]: entry["value"] for entry in opened["evidence"]}
    assert 0.01 < float(evidence["baseline rate"]) < 0.03
    assert float(evidence["rate since"]) > 0.05
    later = []
    for now, row in days_of_claims(rng, range(60, 80), 40, lambda _: NORMAL):
        later += DETECTOR.step(store, row, now)
    assert told(later, "denial_spike") == [("P1|authorization", "resolved")]
    resolved = next(alert for alert in later if alert["state"] == "resolved" and alert["kind"] == "denial_spike")
    assert resolved["opened_at"] == opened["opened_at"]
    assert resolved["resolved_at"] is not None


def test_a_payer_that_begins_to_deny_a_modifier_is_found_by_the_modifier() -> None:
    rng, store = np.random.default_rng(2), dict[str, Any]()

    def claims(days: range, rate: float) -> list[Alert]:
        alerts = []
        for now, row in days_of_claims(rng, days, 40, lambda _: NORMAL):
            if rng.random() < 0.2:
                refused = rng.random() < rate
                row["lines"].append(line("99213", denied=refused, group="coding", modifiers=["25"]))
            alerts += DETECTOR.step(store, row, now)
        return alerts

    assert claims(range(45), 0.03) == []
    found = told(claims(range(45, 60), 0.6), "new_denial_pattern")
    assert ("P1|modifier|25", "opened") in found
    assert not [key for key, _ in found if key.startswith("P1|procedure|") and key != "P1|procedure|99213"]


def test_a_modifier_never_seen_before_that_is_always_denied_is_new() -> None:
    rng, store = np.random.default_rng(3), dict[str, Any]()
    quiet_start(store, rng)
    alerts = []
    for number in range(40):
        refused = line("11042", denied=True, group="bundling", modifiers=["XU"])
        alerts += DETECTOR.step(store, adjudicated(number, refused, line("99213")), at(45 + number / 10))
    keys = [key for key, state in told(alerts, "new_denial_pattern") if state == "opened"]
    assert keys == ["P1|procedure|11042", "P1|modifier|XU"]


def test_a_procedure_that_is_paid_short_of_its_contract_is_found() -> None:
    rng, store = np.random.default_rng(4), dict[str, Any]()

    def claims(days: range, rate: float) -> list[Alert]:
        alerts = []
        for now, row in days_of_claims(rng, days, 60, lambda _: NORMAL):
            billed = row["lines"][0]
            short = billed["procedure_code"] == "97110" and not billed["denied"] and rng.random() < rate
            if short:
                billed |= {"variance_reason": "underpaid", "variance_cents": -1_500}
            alerts += DETECTOR.step(store, row, now)
        return alerts

    assert claims(range(45), 0.02) == []
    alerts = claims(range(45, 60), 0.7)
    assert told(alerts, "underpayment_pattern") == [("P1|procedure|97110", "opened")]
    opened = next(alert for alert in alerts if alert["kind"] == "underpayment_pattern")
    assert (opened["procedure_code"], opened["amount_cents"]) == ("97110", opened["claims"] * 1_500)


def lagging(rng: np.random.Generator, store: dict[str, Any], days: range, more: int) -> list[Alert]:
    """Run payment days whose answers share a delay and come oldest first, as payers send them."""
    alerts = []
    for day in days:
        shared = rng.normal(0, 2)
        lags = sorted((int(lag + shared + more) for lag in rng.gamma(9, 1.6, 12)), reverse=True)
        for number, lag in enumerate(lags):
            paid = adjudicated(day * 100 + number, line("99213"), payer_lag_days=lag)
            alerts += DETECTOR.step(store, paid, at(day + number / 100))
    return alerts


def test_a_payer_that_answers_later_is_found_by_its_payment_days() -> None:
    rng, store = np.random.default_rng(6), dict[str, Any]()
    assert lagging(rng, store, range(90), 0) == []
    alerts = lagging(rng, store, range(90, 110), 12)
    assert told(alerts, "payer_lag_drift") == [("P1|lag", "opened")]
    assert alerts[0]["opened_at"] <= at(104), "within two weeks of daily payments"
    assert told(lagging(rng, store, range(110, 150), 0), "payer_lag_drift") == [("P1|lag", "resolved")]


def test_payment_days_with_a_shared_delay_sorted_by_age_raise_no_alert() -> None:
    alerts = []
    for payer in range(20):
        alerts += lagging(np.random.default_rng(payer), {}, range(120), 0)
    assert alerts == []


def test_the_first_answers_of_a_payer_which_are_the_quick_ones_teach_nothing() -> None:
    rng, store = np.random.default_rng(1), dict[str, Any]()
    for day in range(30):
        for number, lag in enumerate(rng.gamma(9, 1.6, 12)):
            paid = adjudicated(number, line("99213"), payer_lag_days=min(day, int(lag)))
            assert DETECTOR.step(store, paid, at(day + number / 100)) == []
    assert lagging(rng, store, range(30, 90), 0) == []


@pytest.mark.parametrize("kind", ["ack_277ca", "ack_999"])
def test_a_burst_of_rejections_is_found_by_who_rejects(kind: str) -> None:
    rng, store = np.random.default_rng(7), dict[str, Any]()

    def acks(days: range, rate: float) -> list[Alert]:
        return [
            alert
            for day in days
            for number in range(50)
            for alert in DETECTOR.step(
                store,
                {
                    "kind": kind,
                    "rejected": bool(rng.random() < rate),
                    "payer_id": "P1",
                    "clearinghouse_id": "CH1",
                    "lineage_id": f"n:{number}:P",
                    "expected_allowed_cents": None,
                },
                at(day + number / 100),
            )
        ]

    assert acks(range(45), 0.03) == []
    alerts = acks(range(45, 50), 0.4)
    name = {"ack_277ca": "277CA", "ack_999": "999"}[kind]
    assert told(alerts, "reject_spike") == [(f"P1|{name}|CH1", "opened")]
    assert alerts[0]["clearinghouse_id"] == "CH1"


def test_an_alert_ends_by_the_daily_look_although_no_further_hit_comes() -> None:
    rng, store = np.random.default_rng(1), dict[str, Any]()
    quiet_start(store, rng)
    for now, row in days_of_claims(rng, range(45, 60), 40, lambda _: {**NORMAL, "authorization": 0.15}):
        DETECTOR.step(store, row, now)
    found: list[Alert] = []
    for number in range(300):
        found += DETECTOR.step(store, adjudicated(number, line("99213")), at(60 + number / 60))
    found += DETECTOR.sweep(store, at(66))
    assert ("P1|authorization", "resolved") in told(found, "denial_spike")


def test_only_what_is_stated_first_about_a_first_adjudication_counts() -> None:
    store: dict[str, Any] = {}
    for changed in ({"sign": -1}, {"revision": 2}, {"first_adjudication": False}, {"kind": "provider"}):
        assert DETECTOR.step(store, adjudicated(1, line("99213"), **changed), at(0)) == []
    assert store == {}


def test_the_state_survives_json_and_the_alerts_stay_the_same() -> None:
    def run(*, through_json: bool) -> list[Alert]:
        rng, store, alerts = np.random.default_rng(1), dict[str, Any](), []
        for day in range(60):
            rates = NORMAL if day < 45 else {**NORMAL, "authorization": 0.15}
            for now, row in days_of_claims(rng, range(day, day + 1), 40, lambda _, rates=rates: rates):  # type: ignore[misc]  # bound now
                alerts += DETECTOR.step(store, row, now)
            if through_json:
                store = json.loads(json.dumps(store))
        return alerts

    assert run(through_json=True) == run(through_json=False) != []


def test_the_state_of_a_payer_is_bounded() -> None:
    settings = DetectionSettings.shipped()
    small = settings.model_copy(
        update={"new_denial_pattern": settings.new_denial_pattern.model_copy(update={"keys": 50})}
    )
    store: dict[str, Any] = {}
    detector = Detector(small)
    rows: list[Row] = []
    for number in range(2_000):
        denied = number % 9 == 0
        rows.append(
            adjudicated(number, line(f"{number:05}", denied=denied, group="coding"), group="coding" if denied else None)
        )
    for number, row in enumerate(rows):
        detector.step(store, row, at(number / 10))
    assert len([key for key in store if key.startswith("new_denial_pattern|")]) <= 50
    assert len([key for key in store if key.startswith("count|new_denial_pattern|")]) <= 50
    assert len(store["count|denial_spike"]["days"]) <= MOST_DAYS
    assert max(len(json.dumps(value)) for key, value in store.items() if not key.startswith("index|")) < 4_000


def test_an_event_from_before_the_latest_day_counts_to_that_day() -> None:
    store: dict[str, Any] = {}
    DETECTOR.step(store, adjudicated(1, line("99213")), at(5))
    DETECTOR.step(store, adjudicated(2, line("99213")), at(5) - timedelta(days=3))
    assert [events for _, events in store["count|denial_spike"]["days"]] == [2]
