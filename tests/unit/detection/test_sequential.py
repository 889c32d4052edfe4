"""The test of a rate: the property its bound rests on, false alarms counted, and how fast a shift is found."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.detection.sequential import hit, misses, new_test, start_day, strength
from processors.detection.settings import DetectionSettings
from processors.detection.stream import Rules, day_of, new_counter, new_stream
from tests.unit.detection.simulated import START, run_stream

SETTINGS = DetectionSettings.shipped()
TEST = SETTINGS.test
SPIKE = Rules(TEST, 1 / SETTINGS.denial_spike.false_alarms, SETTINGS.denial_spike.floor, TEST.baseline_events)
FIRST_DAY = day_of(round(START.timestamp() * 1_000_000))


@given(st.floats(0.001, 0.9), st.floats(0.0, 1.0), st.lists(st.floats(0, 50), min_size=4, max_size=4))
def test_evidence_neither_grows_nor_falls_on_average_at_the_tested_rate_and_falls_below_it(
    rate: float, share: float, evidence: list[float]
) -> None:
    before = new_test(TEST)
    start_day(before, rate, days=0)
    before["evidence"] = evidence
    after_hit, after_miss = copy.deepcopy(before), copy.deepcopy(before)
    hit(after_hit, TEST)
    misses(after_miss, 1, TEST)
    true_rate = share * rate
    mean = true_rate * strength(after_hit) + (1 - true_rate) * strength(after_miss)
    assert mean <= strength(before) * (1 + 1e-9) + 1e-12
    at_rate = rate * strength(after_hit) + (1 - rate) * strength(after_miss)
    assert at_rate == pytest.approx(strength(before), rel=1e-9)


@given(st.integers(0, 500), st.floats(0.001, 0.5))
def test_a_run_of_misses_is_the_same_at_once_as_one_by_one(number: int, rate: float) -> None:
    at_once = new_test(TEST)
    start_day(at_once, rate, days=15)
    hit(at_once, TEST)
    one_by_one = copy.deepcopy(at_once)
    misses(at_once, number, TEST)
    for _ in range(number):
        misses(one_by_one, 1, TEST)
    assert at_once["evidence"] == pytest.approx(one_by_one["evidence"], rel=1e-9)
    assert at_once["rise"] == pytest.approx(one_by_one["rise"], abs=1e-9)


def test_a_month_brings_a_prior_mass_of_one() -> None:
    test = new_test(TEST)
    for _ in range(30):
        start_day(test, 0.1, days=1)
    assert strength(test) == pytest.approx(1)


def test_false_alarms_over_a_thousand_stream_months_keep_to_the_bound(
    record_property: Callable[[str, object], None],
) -> None:
    rng = np.random.default_rng(20260301)
    alarms, months = 0, 0.0
    for _ in range(300):
        rate, volume = rng.choice([0.01, 0.02, 0.05, 0.1, 0.15]), rng.choice([10, 40, 80])
        found = run_stream(rng, new_stream(FIRST_DAY, TEST), new_counter(), SPIKE, range(120), volume, rate)
        alarms += sum(transition == "opened" for _, transition in found)
        months += (120 - TEST.baseline_days - TEST.quarantine_days) / 30
    assert months > 1_000
    bound = months * SETTINGS.denial_spike.false_alarms
    sys.stdout.write(f"{alarms} false alarms in {months:.0f} stream-months, bound {bound:.2f}\n")
    record_property("false_alarms", alarms)
    # Expected at most months x bound = 0.2; more than two would happen once in a thousand such runs.
    assert alarms <= 2


@pytest.mark.parametrize(
    ("before", "after", "median", "p95"),
    [(0.02, 0.10, 230, 450), (0.05, 0.15, 300, 550), (0.10, 0.30, 140, 260), (0.02, 0.06, 900, 2_000)],
)
def test_a_planted_shift_is_found_within_the_stated_number_of_events(
    before: float, after: float, median: int, p95: int
) -> None:
    rng = np.random.default_rng(5)
    delays = []
    for _ in range(40):
        stream, counter = new_stream(FIRST_DAY, TEST), new_counter()
        assert not list(run_stream(rng, stream, counter, SPIKE, range(60), 40, before))
        later = run_stream(rng, stream, counter, SPIKE, range(60, 180), 40, after)
        delays.append(next((events for events, transition in later if transition == "opened"), 10**9))
    assert np.median(delays) <= median
    assert np.quantile(delays, 0.95) <= p95


def test_an_alert_ends_when_the_old_rate_is_back() -> None:
    rng = np.random.default_rng(8)
    stream, counter = new_stream(FIRST_DAY, TEST), new_counter()
    assert not list(run_stream(rng, stream, counter, SPIKE, range(40), 60, 0.04))
    during = [what for _, what in run_stream(rng, stream, counter, SPIKE, range(40, 55), 60, 0.2)]
    assert during[0] == "opened"
    assert "resolved" not in during
    after = list(run_stream(rng, stream, counter, SPIKE, range(55, 90), 60, 0.04))
    assert [what for _, what in after if what != "updated"] == ["resolved"]
    assert after[-1][0] < 400, "the return is noticed soon"


def test_a_rate_that_stays_high_is_taken_as_normal_in_the_end() -> None:
    rng = np.random.default_rng(9)
    stream, counter = new_stream(FIRST_DAY, TEST), new_counter()
    list(run_stream(rng, stream, counter, SPIKE, range(40), 60, 0.04))
    found = [what for _, what in run_stream(rng, stream, counter, SPIKE, range(40, 160), 60, 0.2) if what != "updated"]
    assert found == ["opened", "resolved"]


def test_a_weekday_that_always_runs_higher_stays_quiet() -> None:
    rng = np.random.default_rng(12)
    alarms = 0
    for _ in range(20):
        stream, counter = new_stream(FIRST_DAY, TEST), new_counter()
        for day in range(120):
            rate = 0.09 if day % 7 == 0 else 0.05
            found = run_stream(rng, stream, counter, SPIKE, range(day, day + 1), 60, rate)
            alarms += sum(transition == "opened" for _, transition in found)
    assert alarms == 0
